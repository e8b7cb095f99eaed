from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from community.models import Member
from events.models import Event
from verification.models.decisions import SENTENCE, AlreadyDecided, Leased, LeasedQuerySet


class FirstPost(Leased):
    """A newcomer's event that the desk looks at once; it is public already.

    A trigger puts it here as it is published at the site: an account's first, and any in its first thirty days. It does
    not wait for the desk: nearly all are fine, a night's silence is a poor welcome, and what is not can be taken back.
    """

    class Outcome(models.TextChoices):
        FINE = "fine", _("fine")
        BACK = "back", _("taken back")

    class Reason(models.TextChoices):
        ADVERTISING = "advertising", _("It advertises something rather than inviting people to something.")
        UNCLEAR = "unclear", _("It does not say clearly enough what it is, where or when.")
        ELSEWHERE = "elsewhere", _("It has nothing to do with Portuguese speakers in London.")
        COPIED = "copied", _("It uses someone else's words, pictures or name.")
        UNSAFE = "unsafe", _("It could put people at risk, or break the law.")
        GUIDELINES = "guidelines", _("It goes against our community guidelines.")
        OTHER = "other", _("Another reason.")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, verbose_name=_("event"), on_delete=models.CASCADE, related_name="+")
    organizer = models.ForeignKey(
        Member, verbose_name=_("organiser"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("published"), db_default=Now())
    outcome = models.CharField(_("outcome"), max_length=4, choices=Outcome.choices, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=11, choices=Reason.choices, blank=True, editable=False)
    sentence = models.CharField(_("a sentence of our own"), max_length=SENTENCE, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decided_by = models.ForeignKey(
        Member, verbose_name=_("decided by"), on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    objects = LeasedQuerySet.as_manager()

    class Meta:
        verbose_name = _("newcomer's event")
        verbose_name_plural = _("newcomers' events")
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint("event", condition=Q(outcome=""), name="first_post_waits_once_for_each_event"),
            models.CheckConstraint(
                name="first_post_decided_in_full_or_not_at_all",
                condition=Q(outcome="", decided_at=None, decided_by=None) | Q(~Q(outcome=""), decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="first_post_taken_back_for_a_reason",
                condition=Q(~Q(outcome="back"), reason="", sentence="") | Q(~Q(reason=""), outcome="back"),
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="first_post_waiting", condition=Q(outcome="")),
            models.Index(fields=["decided_at", "id"], name="first_post_ended", condition=~Q(outcome="")),
        ]

    def __str__(self) -> str:
        return str(self.event)

    def decide(self, outcome: Outcome, *, by: Member, at: datetime, reason: str = "", sentence: str = "") -> None:
        """Record what the desk thinks of it; taken back, the event is a draft again, which the database sees to.

        Raises AlreadyDecided if that was done, AlreadyTaken if someone else looks after it.
        """
        if self.outcome:
            raise AlreadyDecided
        self.claim(by=by, at=at)
        self.outcome, self.reason, self.sentence, self.decided_by, self.decided_at = outcome, reason, sentence, by, at
        self.save(update_fields=["outcome", "reason", "sentence", "decided_by", "decided_at"])
