"""Who works at the desk: how they come to, what was changed about it, and what they agreed to."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from community.models.people import Member, Rank


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def told(self) -> Self:
        """What of them may be read at the desk: all but what opens something."""
        return self.select_related("member").defer("digest", "sent_to")

    def standing(self, *, at: datetime) -> Self:
        """Keep those that wait for a second word, or for their member."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)


class Invitation(models.Model):
    """An administrator's wish that a member work at the desk, worth nothing until a second one says the same.

    For a colleague it is another rank, or, with ``starts_anew``, the way back in for who lost their keys. Only
    functions of the database write here (community/migrations/0086).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="invitations")
    rank = models.CharField(_("rank"), max_length=13, choices=Rank.choices)
    starts_anew = models.BooleanField(_("with new keys"))  # a password and a second step of their own choice
    invited_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(_("invited"), default=now)
    seconded_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    seconded_at = models.DateTimeField(_("confirmed"), null=True)
    by_operator = models.BooleanField(default=False)  # who keeps the machine spoke for an administrator there is not
    expires_at = models.DateTimeField(_("good until"))
    sent_to = models.CharField(max_length=320, blank=True)  # an address that has changed since opens nothing
    digest = models.CharField(max_length=64, blank=True)  # of the secret in the link
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to the desk")
        verbose_name_plural = _("invitations to the desk")
        indexes = [models.Index(fields=["digest"], condition=~Q(digest=""), name="invitation_by_digest")]
        constraints = [
            models.CheckConstraint(
                name="invitation_takes_two_people",
                condition=~Q(invited_by=F("seconded_by")) & ~Q(invited_by=F("member")) & ~Q(seconded_by=F("member")),
            ),
            models.CheckConstraint(
                name="invitation_accepted_after_its_second_word",
                condition=Q(accepted_at=None) | Q(seconded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_opens_only_after_its_second_word",
                condition=Q(digest="") | Q(seconded_at__isnull=False, accepted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def waits_for_second_word(self) -> bool:
        return self.seconded_at is None


class StaffChange(models.Model):
    """Something that was changed about who works at the desk; the other administrators are told of each, once."""

    class Kind(models.TextChoices):
        INVITED = "invited", _("invited")
        SECONDED = "seconded", _("confirmed by a second word")
        WITHDRAWN = "withdrawn", _("invitation taken back")
        ACCEPTED = "accepted", _("came in with new keys")
        CHANGED = "changed", _("rank changed")
        REMOVED = "removed", _("works here no more")
        CLOSED = "closed", _("account closed")

    at = models.DateTimeField(_("time"), default=now)
    kind = models.CharField(_("what"), max_length=9, choices=Kind.choices)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    rank = models.CharField(_("rank"), max_length=13, blank=True, choices=Rank.choices)
    by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change of staff")
        verbose_name_plural = _("changes of staff")
        ordering = ("-id",)
        indexes = [models.Index(fields=["id"], condition=Q(told_at=None), name="staff_change_to_tell")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Onboarding(models.Model):
    """That someone who works at the desk read its rules and agreed to them, as they stood in that version."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="onboardings")
    version = models.PositiveSmallIntegerField(_("version"))
    accepted_at = models.DateTimeField(_("accepted"), default=now)

    class Meta:
        verbose_name = _("the desk’s rules")
        verbose_name_plural = _("the desk’s rules")
        constraints = [models.UniqueConstraint(fields=["member", "version"], name="rules_are_accepted_once_a_version")]

    def __str__(self) -> str:
        return f"rules {self.version}"
