"""Who wants to be found by what they share with others, and what of them may be looked at for it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models.people import Consent, Member

WORDING = "1"  # the version of what templates/members/matches.html says of it: raise it with every change of meaning


class MatchingChoiceQuerySet(models.QuerySet["MatchingChoice"]):
    def open(self) -> Self:
        """Keep those who opted in."""
        return self.filter(opted_in_at__isnull=False)


class MatchingChoice(models.Model):
    """A member's wish to be matched with others who wish it too; without a row, or a time in it, they do not.

    Only ``opted_in_at`` is theirs to write. It stands on their consent (purpose matching): once that is taken back,
    it is empty. The rest is kept by triggers in the same transaction (community/migrations/0031): what others may
    see of them, each value with the kind it is of (``region:minho``, ``interest:fado``), and how often it changed
    today. ``place`` is where they stand in the rows of bits that matches are found with; it never changes.
    """

    place = models.AutoField(primary_key=True)
    member = models.OneToOneField(
        Member, verbose_name=_("member"), on_delete=models.DO_NOTHING, db_constraint=False, related_name="matching"
    )  # the database itself removes the row with its member
    opted_in_at = models.DateTimeField(_("opted in"), null=True, blank=True)
    active_on = models.DateField(_("last active"), editable=False)  # to the day, and never shown to others
    is_standing = models.BooleanField(default=False, editable=False)  # opted in, and others may see them at all
    is_verified = models.BooleanField(default=False, editable=False)
    is_guarded = models.BooleanField(default=False, editable=False)  # their profile is for verified members alone
    to_members = ArrayField(models.TextField(), default=list, editable=False)
    to_verified = ArrayField(models.TextField(), default=list, editable=False)  # and to these alone
    changes = models.PositiveSmallIntegerField(default=0, editable=False)
    changed_on = models.DateField(null=True, editable=False)
    changed_in = models.TextField(blank=True, default="", editable=False)  # the request that changed it last

    objects = MatchingChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("matching")
        verbose_name_plural = _("matching")
        indexes = [
            models.Index(fields=["-active_on", "place"], name="matching_by_activity", condition=Q(is_standing=True)),
        ]

    def __str__(self) -> str:
        return "in" if self.opted_in_at else "out"

    @transaction.atomic
    def opt_in(self, *, at: datetime) -> None:
        """Be matched from now on. It is a consent of its own: the database refuses it without one."""
        if self.opted_in_at is None:
            yes = {"purpose": Consent.Purpose.MATCHING, "version": WORDING}
            Consent.objects.create(member_id=self.member_id, given_at=at, **yes)
            self.opted_in_at = at
            self.save(update_fields=["opted_in_at"])

    @transaction.atomic
    def opt_out(self, *, at: datetime) -> None:
        """Be matched no longer, from this moment: the consent is taken back, and the wish goes with it."""
        for consent in Consent.objects.standing().filter(member_id=self.member_id, purpose=Consent.Purpose.MATCHING):
            consent.withdraw(at=at)
        self.opted_in_at = None
