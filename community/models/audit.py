from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def for_member(self) -> Self:
        """Bring what a member may read: at the site ``actor`` is not theirs to ask for."""
        return self.defer("actor")


class AuditEntry(models.Model):
    """One change of one row: who did what to what, when and at which door.

    Written by triggers alone (community/migrations/0041), for whoever changes the row and however they do
    it. No run-time role may add, change or remove one. It names the columns that changed and keeps what they
    said only where a dispute would turn on it (who may see, a consent, a rank): the audit is no second copy
    of what people say of themselves.
    """

    class Verb(models.TextChoices):
        INSERT = "insert", _("added")
        UPDATE = "update", _("changed")
        DELETE = "delete", _("removed")

    at = models.DateTimeField(_("time"))
    door = models.CharField(_("door"), max_length=10)  # the database role that did it: site, desk, worker, owner
    actor = models.UUIDField(_("done by"), null=True)  # no foreign key: what was done outlives who did it
    subject = models.UUIDField(_("whom it concerns"), null=True)
    by_subject = models.BooleanField(_("by themselves"))
    verb = models.CharField(_("what was done"), max_length=6, choices=Verb.choices)
    kind = models.CharField(_("table"), max_length=63)
    key = models.CharField(_("row"), max_length=64)  # the primary key
    changed = ArrayField(models.CharField(max_length=63), verbose_name=_("columns"), default=list)
    told = models.JSONField(_("before and after"), default=dict)  # {column: [before, after]}

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit")
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["subject", "-id"], name="audit_by_subject", condition=Q(subject__isnull=False)),
            models.Index(fields=["actor"], name="audit_by_actor", condition=Q(actor__isnull=False)),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.key}"
