"""What a member asks of the town about their own data: a copy of it, or an end to it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from community.models.people import Member

WAITS = timedelta(hours=24)  # a copy for its member, and an erasure for second thoughts
SLOW = timedelta(minutes=5)  # a copy that is not made by then is worth a word


class ExportQuerySet(models.QuerySet["Export"]):
    def standing(self, *, at: datetime) -> Self:
        """Keep what is being made, or waits to be taken."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at))

    def expired(self, *, at: datetime) -> Self:
        """Keep what nobody took in time."""
        return self.filter(expires_at__lte=at)


class Export(models.Model):
    """A copy of a member's data: asked for, made by the worker, taken once within a day, then gone.

    The file is sealed and lies outside what is served; its key is here. Neither says anything without the other.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="export")
    asked_at = models.DateTimeField(_("asked for"), default=now, editable=False)
    ready_at = models.DateTimeField(_("ready"), null=True, editable=False)
    expires_at = models.DateTimeField(_("kept until"), null=True, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), null=True, editable=False)
    key = models.BinaryField(null=True, editable=False)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy of my data")
        verbose_name_plural = _("copies of data")
        constraints = [
            models.CheckConstraint(
                name="export_is_ready_in_full_or_not_at_all",
                condition=Q(ready_at=None, expires_at=None, size=None, key=None)
                | Q(ready_at__isnull=False, expires_at__isnull=False, size__isnull=False, key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def path(self) -> Path:
        """Where the sealed file lies once it is ready."""
        return Path(settings.EXPORT_ROOT) / f"{self.pk}.sealed"

    @property
    def is_ready(self) -> bool:
        return self.ready_at is not None

    @property
    def is_slow(self) -> bool:
        """Whether it takes longer than it should."""
        return self.ready_at is None and self.asked_at < now() - SLOW


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def due(self, *, at: datetime) -> Self:
        """Keep those whose day for second thoughts is over and whose work is not done."""
        return self.filter(due_at__lte=at, erased_at=None)


class Erasure(models.Model):
    """A member's wish to be erased; then the trace that someone was: a keyed hash, and when.

    Asked for and taken back by the member alone, through ``ask_erasure()`` and ``take_back_erasure()``
    (community/migrations/0043). ``pictures`` are files still to be removed once their rows are gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.OneToOneField(Member, on_delete=models.CASCADE, null=True, related_name="erasure")
    asked_at = models.DateTimeField(_("asked for"), editable=False)
    due_at = models.DateTimeField(_("due"), editable=False)
    pictures = ArrayField(models.CharField(max_length=100), default=list, editable=False)
    trace = models.CharField(max_length=64, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.CheckConstraint(
                name="erasure_names_a_member_or_leaves_a_trace",
                condition=Q(member__isnull=False, trace="", erased_at=None) | Q(member=None) & ~Q(trace=""),
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"
