from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from businesses.models import Business
from community.models import Member, Profile
from events.models import Event
from verification.models.decisions import AlreadyDecided, Leased, LeasedQuerySet

BY_URGENCY = (Case(When(kind="minor", then=0), default=1).asc(), "created_at")


class ReportQuerySet(LeasedQuerySet):
    def open(self) -> Self:
        """Keep what waits for the desk: someone young at risk first, then the longest waiting."""
        return super().open().order_by(*BY_URGENCY)

    def as_reporter(self) -> Self:
        """Bring the columns that whoever reported may read: not who at the desk looked after it."""
        return self.only("kind", "about", "about_id", "message", "created_at", "outcome", "answer", "closed_at")


class Report(Leased):
    """Someone's word that something here is not right: about an event, a business, a member, or the town.

    Whoever reported reads it again, with the desk's answer; whoever is reported never does, at neither
    door. What may not be seen cannot be reported: row security looks for it as the reporter.
    """

    class About(models.TextChoices):
        EVENT = "event", _("event")
        BUSINESS = "business", _("business")
        MEMBER = "member", _("member")
        TOWN = "town", _("LusoTown itself")

    class Kind(models.TextChoices):
        SPAM = "spam", _("spam or advertising")
        SCAM = "scam", _("a scam or fraud")
        HARASSMENT = "harassment", _("harassment or threats")
        HATE = "hate", _("hatred or discrimination")
        CULTURE = "culture", _("disrespect for a culture or origin")
        WRONG = "wrong", _("wrong or out-of-date information")
        MINOR = "minor", _("someone under 18 at risk")
        OTHER = "other", _("something else")

    class Outcome(models.TextChoices):
        ACTED = "acted", _("we acted on it")
        LEFT = "left", _("we left it as it is")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("what it is about"), max_length=10, choices=Kind.choices)
    about = models.CharField(_("reported"), max_length=8, choices=About.choices, editable=False)
    about_id = models.UUIDField(null=True, editable=False)
    about_name = models.CharField(_("name"), max_length=200, editable=False)  # as it was then, for the desk alone
    message = models.TextField(_("message"), max_length=2000, blank=True)
    reporter = models.ForeignKey(
        Member, verbose_name=_("reported by"), on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    email = models.EmailField(_("e-mail address"), blank=True)  # of a stranger who wants to hear of it
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(_("handed in"), auto_now_add=True)
    outcome = models.CharField(_("outcome"), max_length=5, choices=Outcome.choices, blank=True, editable=False)
    answer = models.TextField(_("answer"), max_length=2000, blank=True, editable=False)
    closed_by = models.ForeignKey(
        Member, verbose_name=_("closed by"), on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ("created_at",)
        constraints = [
            models.CheckConstraint(
                name="report_is_about_one_thing_or_the_town",
                condition=Q(about="town", about_id=None) | Q(~Q(about="town"), about_id__isnull=False),
            ),
            models.CheckConstraint(
                name="report_closed_in_full_or_not_at_all",
                condition=Q(outcome="", answer="", closed_at=None, closed_by=None)
                | Q(~Q(outcome=""), closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="report_waiting", condition=Q(outcome="")),
            models.Index(fields=["closed_at", "id"], name="report_ended", condition=~Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.whom}"

    @property
    def whom(self) -> str:
        """What is reported by its name; of someone who was erased none is left."""
        return self.about_name or gettext("former member")

    def close(self, outcome: Outcome, *, answer: str, by: Member, at: datetime) -> None:
        """Record what became of it, and what is said to whoever reported it.

        Raises AlreadyDecided if that was done, AlreadyTaken if someone else looks after it.
        """
        if self.outcome:
            raise AlreadyDecided
        self.claim(by=by, at=at)
        self.outcome, self.answer, self.closed_by, self.closed_at = outcome, answer, by, at
        self.save(update_fields=["outcome", "answer", "closed_by", "closed_at"])


def find_reported(about: str, pk: uuid.UUID) -> Event | Business | Profile | None:
    """What a report is about, if the reader may see it."""
    match about:
        case Report.About.EVENT:
            return Event.objects.published().filter(pk=pk).first()
        case Report.About.BUSINESS:
            return Business.objects.filter(pk=pk).only("slug", "name").first()
        case Report.About.MEMBER:
            return Profile.objects.filter(pk=pk).first()
    return None
