from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from community.models import Member
from verification.models.cases import Case, Stop
from verification.models.listings import ListingRequest

MOST_FILES = 5  # of one case
MOST_PAPERS = 3  # of one claim
HOUR = timedelta(hours=1)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def told(self) -> Self:
        """Bring the columns that doors may read: no door reads a key, and a member not the hash."""
        return self.defer("sealed_key", "key_id", "fingerprint")

    def standing(self) -> Self:
        """Keep what has not been destroyed."""
        return self.filter(destroyed_at=None)


class Evidence(models.Model):
    """A document that a member handed to the desk: in their case, or with their claim to a business.

    Its pages lie sealed on disk, under a key of its own. The key is here, sealed to the desk; without it the pages are
    noise, so emptying ``sealed_key`` destroys them. ``destroy_after`` follows the case or the claim, by triggers
    (verification/migrations/0024, 0064). ``fingerprint`` is a keyed hash of the file, against double use in cases.
    """

    class Kind(models.TextChoices):
        PASSPORT = "passport", _("passport")
        IDENTITY_CARD = "identity_card", _("identity card")
        BIRTH = "birth", _("birth certificate")
        CITIZENSHIP = "citizenship", _("citizenship record")
        OTHER = "other", _("another document")

    class ClaimKind(models.TextChoices):
        REGISTRATION = "registration", _("company registration")
        BILL = "bill", _("bill in its name")
        LICENCE = "licence", _("licence or permit")
        LEASE = "lease", _("lease")
        BANK_LETTER = "bank_letter", _("letter from its bank")
        ANOTHER = "another", _("another document")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, null=True, related_name="evidence")
    claim = models.ForeignKey(
        ListingRequest, verbose_name=_("claim"), on_delete=models.CASCADE, null=True, related_name="papers"
    )
    kind = models.CharField(_("kind"), max_length=13, choices=[*Kind.choices, *ClaimKind.choices])
    pages = models.PositiveSmallIntegerField(_("pages"))
    sealed_key = models.BinaryField(null=True)
    key_id = models.CharField(max_length=32)  # of the desk's key that it is sealed to
    fingerprint = models.CharField(max_length=64, blank=True)
    uploaded_at = models.DateTimeField(_("handed in"), db_default=Now(), editable=False)
    destroy_after = models.DateTimeField(_("destroyed at the latest"), db_default=Now(), editable=False)
    destroyed_at = models.DateTimeField(_("destroyed"), null=True, editable=False)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ("uploaded_at",)
        constraints = [
            models.CheckConstraint(
                name="evidence_has_a_key_until_it_is_destroyed",
                condition=Q(sealed_key=None, destroyed_at__isnull=False)
                | Q(sealed_key__isnull=False, destroyed_at=None),
            ),
            models.CheckConstraint(name="evidence_has_a_page", condition=Q(pages__gte=1)),
            models.CheckConstraint(
                name="evidence_is_of_a_case_or_a_claim",
                condition=Q(case__isnull=False, claim=None) | Q(case=None, claim__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["destroy_after"], name="evidence_standing", condition=Q(destroyed_at=None)),
            models.Index(fields=["fingerprint"], name="evidence_by_fingerprint", condition=~Q(fingerprint="")),
        ]

    def __str__(self) -> str:
        return f"evidence {self.pk}"


class OpeningQuerySet(models.QuerySet["Opening"]):
    def told(self) -> Self:
        """Bring the columns that the document's member may read: who opened it by number, and not by name."""
        return self.defer("by", "written_in")

    def before(self, stop: Stop) -> Self:
        """Keep what a moderator opened in the hour before they were stopped."""
        return self.filter(by=stop.moderator_id, at__gt=stop.at - HOUR, at__lte=stop.at)

    def by_case(self) -> Any:
        """Each ``case`` by its id, with its number, ``of_case``, and how ``many`` times its documents were opened."""
        in_order = self.order_by("evidence__case__number")
        by_case = in_order.values(case=F("evidence__case"), of_case=F("evidence__case__number"))
        return by_case.annotate(many=Count("pk"))


class Opening(models.Model):
    """A moderator opened a document. Written down and committed before its key is given out.

    Its member reads when, and the number of who did. It is of the document as a whole, since one key opens all pages.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evidence = models.ForeignKey(
        Evidence, verbose_name=_("document"), on_delete=models.CASCADE, related_name="openings"
    )
    by = models.ForeignKey(Member, verbose_name=_("moderator"), on_delete=models.SET_NULL, null=True, related_name="+")
    # Who, as its member reads it: the first of the desk's people to open a document of theirs, the second, …
    number = models.PositiveSmallIntegerField(_("who"), default=0, editable=False)  # given by the database
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    written_in = models.BigIntegerField(editable=False)  # the transaction that wrote it

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        ordering = ("at",)
        indexes = [models.Index(fields=["by", "at"], name="opening_by_moderator")]

    def __str__(self) -> str:
        return f"opening {self.pk}"
