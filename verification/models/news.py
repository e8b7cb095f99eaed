from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from community.models import Member
from verification.models.cases import Case


class NewsQuerySet(models.QuerySet["News"]):
    def untold(self) -> Self:
        """Keep what its member has not been told, the oldest first."""
        return self.filter(told_at=None).order_by("at")


class News(models.Model):
    """That a case moved in a way its member should hear of. Triggers write it, with what it tells of; the worker tells.

    It says of which kind it is and no more: what was decided, asked or said is read at the case.
    """

    class Kind(models.TextChoices):
        ASKED = "asked", _("a question")
        DECIDED = "decided", _("a decision")
        EXPIRING = "expiring", _("the badge ends within ninety days")
        EXPIRED = "expired", _("it has ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="news")
    member = models.ForeignKey(Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    told_at = models.DateTimeField(_("told"), null=True, editable=False)

    objects = NewsQuerySet.as_manager()

    class Meta:
        verbose_name = _("news")
        verbose_name_plural = _("news")
        ordering = ("at",)
        constraints = [
            models.UniqueConstraint("case", "kind", condition=~Q(kind="asked"), name="news_is_told_once_a_case"),
        ]
        indexes = [models.Index(fields=["at"], name="news_untold", condition=Q(told_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"
