from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from community.models import Member
from verification.models.cases import Case

QUESTIONS = 12  # of one attempt
A_QUESTION = timedelta(seconds=40)
ALL_QUESTIONS = timedelta(minutes=12)
OPTIONS = 4
ENOUGH = 9
TRIES, IN_WHICH = 2, timedelta(days=90)  # over all cases of a member
BANK = Path(__file__).parents[1] / "questions"
NATIONS = frozenset(path.stem for path in BANK.glob("*.toml"))  # that there are questions about


class Question(models.Model):
    """One of the bank's questions, as verification/questions says. ``options`` begin with the right one.

    No door reads this table: what is asked comes of ``attempt_question()``, which shuffles.
    """

    slug = models.SlugField(max_length=60, primary_key=True)
    nation = models.SlugField(max_length=50)
    theme = models.CharField(max_length=20)
    asks_pt = models.TextField()
    asks_en = models.TextField()
    options_pt = ArrayField(models.TextField(), size=OPTIONS)
    options_en = ArrayField(models.TextField(), size=OPTIONS)
    is_asked = models.BooleanField(default=True)  # one that left the bank stays for those who were asked it

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(
                name="question_has_four_options", condition=Q(options_pt__len=OPTIONS, options_en__len=OPTIONS)
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def told(self) -> Self:
        """Bring the columns that its member may read: whether it was enough; not what was drawn, chosen or counted."""
        return self.defer("drawn", "orders", "choices", "asked_at", "answered_at", "score")

    def counting(self, member: Member, *, at: datetime) -> Self:
        """Keep those that count against a member's tries."""
        return self.filter(case__member=member, started_at__gt=at - IN_WHICH)


class Attempt(models.Model):
    """Twelve questions about one nation, drawn and timed by the database, which also knows how many were right.

    Once all is over its member learns whether it was enough, and the desk the score; never which answers were right.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="attempts")
    nation = models.SlugField(_("nation"), max_length=50)
    drawn = ArrayField(models.CharField(max_length=60), size=QUESTIONS)
    orders = ArrayField(models.CharField(max_length=OPTIONS), size=QUESTIONS)  # "2013": the right one comes second
    choices = ArrayField(models.SmallIntegerField(), size=QUESTIONS, default=list)  # -1: too late
    started_at = models.DateTimeField(_("begun"), db_default=Now(), editable=False)
    asked_at = models.DateTimeField(null=True, editable=False)  # the one that is open
    answered_at = models.DateTimeField(null=True, editable=False)  # the one before: what comes of it is told later
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    score = models.PositiveSmallIntegerField(_("right answers"), null=True, editable=False)
    is_enough = models.GeneratedField(
        expression=Q(score__gte=ENOUGH),  # type: ignore[arg-type]  # the stubs know no Q here
        output_field=models.BooleanField(null=True),
        db_persist=True,
    )

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("started_at",)
        constraints = [
            models.CheckConstraint(
                name="attempt_finished_in_full_or_not_at_all",
                condition=Q(finished_at=None, score=None) | Q(finished_at__isnull=False, score__lte=QUESTIONS),
            ),
            models.CheckConstraint(
                name="attempt_is_finished_after_it_began",
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"
