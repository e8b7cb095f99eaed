from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from businesses.models import Business
from community.models import Member
from verification.models.decisions import SENTENCE, AlreadyDecided, Leased, LeasedQuerySet


class ListingRequestQuerySet(LeasedQuerySet):
    def as_its_member(self) -> Self:
        """Bring the columns that whoever handed it in may read: not who at the desk decided."""
        return self.only("kind", "business_name", "outcome")


class ListingRequest(Leased):
    """An owner's word about a listing: this is mine, or take it down.

    Anyone may hand one in at the site; only the desk can read it, and a member what became of their own.
    """

    class Kind(models.TextChoices):
        CLAIM = "claim", _("claim this business")
        REMOVAL = "removal", _("remove this listing")

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    business = models.ForeignKey(
        Business, verbose_name=_("business"), on_delete=models.SET_NULL, null=True, related_name="listing_requests"
    )
    business_name = models.CharField(_("name of the business"), max_length=200, editable=False)
    member = models.ForeignKey(  # who was logged in as they handed it in; they find the answer at their account too
        Member, verbose_name=_("member"), on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("part in the business"), max_length=120)
    message = models.TextField(_("message"), max_length=2000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(_("handed in"), auto_now_add=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome.choices, blank=True, editable=False)
    sentence = models.CharField(
        _("a sentence of our own"),
        max_length=SENTENCE,
        blank=True,
        help_text=_("Optional, in the language of whoever asked. It stands in the letter after ours."),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.SET_NULL,  # a moderator who was erased: the decision stands
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = ListingRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing request")
        verbose_name_plural = _("listing requests")
        ordering = ("created_at",)
        constraints = [
            models.CheckConstraint(
                name="listing_request_decided_in_full_or_not_at_all",
                condition=Q(outcome="", decided_at=None, decided_by=None) | Q(~Q(outcome=""), decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.business_name}"

    def decide(self, outcome: Outcome, *, by: Member, at: datetime, sentence: str = "") -> None:
        """Record the desk's answer, and the sentence of their own that the moderator adds to the letter.

        Raises AlreadyDecided if there is one, as a decision stands; AlreadyTaken if someone else looks after it.
        """
        if self.outcome:
            raise AlreadyDecided
        self.claim(by=by, at=at)
        self.outcome, self.decided_by, self.decided_at, self.sentence = outcome, by, at, sentence
        self.save(update_fields=["outcome", "decided_by", "decided_at", "sentence"])
