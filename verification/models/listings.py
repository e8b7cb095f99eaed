from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from businesses.models import Business
from community.models import Member
from verification.models.decisions import SENTENCE, AlreadyDecided, Leased, LeasedQuerySet

CODE_TRIES = 5
CODE_GOOD = timedelta(days=30)
TIME_FOR_A_PAPER = timedelta(days=7)


class ListingRequestQuerySet(LeasedQuerySet):
    def waiting(self) -> Self:
        """Keep what waits for the desk.

        While a letter is on its way it waits for whoever claims; where they mean to send a document, a week at most.
        """
        lately = {"proved_at": None, "created_at__gt": Now() - TIME_FOR_A_PAPER}
        awaited = (
            self.open().filter(way=ListingRequest.Way.PAPER, **lately).exclude(pk__in=self.with_papers().values("pk"))
        )
        return self.open().exclude(pk__in=self.with_letter_out().values("pk")).exclude(pk__in=awaited.values("pk"))

    def with_papers(self) -> Self:
        """Keep the claims with a document that has not been destroyed."""
        have = ListingRequest.objects.filter(papers__isnull=False, papers__destroyed_at=None)
        return self.open().filter(pk__in=have.values("pk"))

    def with_letter_out(self) -> Self:
        """Keep the claims whose code is good and has not been typed yet."""
        good = ClaimCode.objects.good().filter(request=models.OuterRef("pk"))
        return self.open().filter(models.Exists(good), proved_at=None)

    def as_its_member(self) -> Self:
        """Bring the columns that whoever handed it in may read: not who at the desk decided."""
        return self.only("kind", "business_name", "outcome", "created_at")


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
        DROPPED = "dropped", _("withdrawn")  # by whoever handed it in

    class Way(models.TextChoices):
        LETTER = "letter", _("a letter to its address")
        MAIL = "mail", _("an e-mail address of its own")
        PAPER = "paper", _("a document")

    class Reason(models.TextChoices):
        """Why a claim was not granted, in the words that its owner reads."""

        UNREADABLE = "unreadable", _("We could not read what you sent well enough to be sure.")
        ANOTHER_PLACE = "place", _("What you sent names another business, or another address.")
        NOT_THEIR_PART = "part", _("What you sent does not show that you may speak for the business.")
        TOO_OLD = "too_old", _("What you sent is too old, or no longer valid.")
        ALTERED = "altered", _("What you sent looks changed, so we cannot rely on it.")
        OTHER = "other", _("We could not grant it for the reason below.")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    business = models.ForeignKey(  # where a listing goes, the database empties it
        Business, verbose_name=_("business"), on_delete=models.DO_NOTHING, null=True, related_name="listing_requests"
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
    way = models.CharField(_("wishes to prove it by"), max_length=6, choices=Way.choices, blank=True)
    created_at = models.DateTimeField(_("handed in"), auto_now_add=True)
    proved_at = models.DateTimeField(_("proved"), null=True, editable=False)
    proved_by = models.CharField(_("proved by"), max_length=6, choices=Way.choices, blank=True, editable=False)
    proof_email = models.EmailField(_("address of the business"), blank=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome.choices, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices, blank=True, editable=False)
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
            models.CheckConstraint(
                name="listing_request_proved_in_full_or_not_at_all",
                condition=Q(proved_at=None, proved_by="", proof_email="")
                | Q(~Q(proved_by=""), proved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="listing_request_has_a_reason_only_if_refused", condition=Q(reason="") | Q(outcome="refused")
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="listing_request_waiting", condition=Q(outcome="")),
            models.Index(fields=["decided_at", "id"], name="listing_request_ended", condition=~Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.business_name}"

    def decide(self, outcome: Outcome, *, by: Member, at: datetime, sentence: str = "", reason: str = "") -> None:
        """Record the desk's answer, why, and the sentence of their own that the moderator adds to the letter.

        Raises AlreadyDecided if there is one, as a decision stands; AlreadyTaken if someone else looks after it.
        """
        if self.outcome:
            raise AlreadyDecided
        self.claim(by=by, at=at)
        self.outcome, self.decided_by, self.decided_at = outcome, by, at
        self.sentence, self.reason = sentence, reason
        self.save(update_fields=["outcome", "decided_by", "decided_at", "sentence", "reason"])


class ClaimCodeQuerySet(models.QuerySet["ClaimCode"]):
    def good(self) -> Self:
        """Keep the codes that can still be typed."""
        return self.filter(until__gt=Now(), tries__lt=CODE_TRIES)

    def told(self) -> Self:
        """Bring the columns that the desk may read: never the hash."""
        return self.only("request", "printed_at", "until", "tries")


class ClaimCode(models.Model):
    """The code in a letter to a business's address, as a keyed hash; the letter alone has it in the clear.

    Good for thirty days and five tries. One printed again takes the place of the one before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(ListingRequest, on_delete=models.CASCADE, related_name="codes")
    digest = models.BinaryField(max_length=32)
    printed_at = models.DateTimeField(_("printed"), db_default=Now())
    until = models.DateTimeField(_("good until"), db_default=Now() + CODE_GOOD)
    tries = models.PositiveSmallIntegerField(_("wrong tries"), db_default=0)

    objects = ClaimCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter with a code")
        verbose_name_plural = _("letters with a code")
        constraints = [models.UniqueConstraint("request", name="claim_has_one_code")]

    def __str__(self) -> str:
        return f"code {self.pk}"
