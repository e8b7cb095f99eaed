from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from community.models import Member
from verification.models.cases import Case

VOUCHES_NEEDED = 2


class VouchQuerySet(models.QuerySet["Vouch"]):
    def told(self) -> Self:
        """Bring the columns that doors may read: not the hash of the link."""
        return self.defer("digest")


class Vouch(models.Model):
    """A link by which an applicant asks someone to vouch for them, used once; and the answer of whoever used it.

    Who may answer is held by ``answer_vouch()`` (verification/migrations/0026). A referee who is banned, leaves or
    loses the badge before the case, or its appeal, is decided voids their word.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("asked")
        GIVEN = "given", _("word given")
        DECLINED = "declined", _("declined")
        VOID = "void", _("void")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="vouches")
    digest = models.CharField(max_length=64, unique=True)  # a keyed hash of the token in the link
    referee = models.ForeignKey(
        Member, verbose_name=_("referee"), on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.OPEN, editable=False)
    created_at = models.DateTimeField(_("asked on"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("to be answered until"), db_default=Now(), editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)

    objects = VouchQuerySet.as_manager()

    class Meta:
        verbose_name = _("reference")
        verbose_name_plural = _("references")
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint("case", "referee", name="vouch_is_given_once_a_case_by_each"),
            models.CheckConstraint(
                name="vouch_names_its_referee_only_once_given",
                condition=Q(status__in=("open", "declined"), referee=None) | Q(status__in=("given", "void")),
            ),
            models.CheckConstraint(
                name="vouch_answered_in_full_or_not_at_all",
                condition=Q(status="open", answered_at=None) | ~Q(status="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"vouch {self.pk}"
