"""The case file. Its rules stand in the database (verification/migrations/0021): no run-time role may change a case;
it moves as a row is added (a vote, a reply) or a function is asked. What is here reads, and says what may be said.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from community.models import Member
from verification.models.decisions import SENTENCE
from verification.models.listings import ListingRequest

LEASE = timedelta(minutes=30)
TIME_TO_APPEAL = timedelta(days=14)
TIME_TO_RENEW = timedelta(days=90)  # before the badge ends


class Reason(models.TextChoices):
    """Why a case was not approved, in the words that its member reads. The desk adds a sentence of its own."""

    UNREADABLE = "unreadable", _("We could not read what you sent well enough to be sure.")
    NOT_SHOWN = "not_shown", _("What you sent does not show a tie to a Portuguese-speaking country.")
    OTHER_NAME = (
        "other_name",
        _("The name on what you sent is not the one on your account, and we could not tell why."),
    )
    EXPIRED_PAPER = (
        "expired_paper",
        _("The document you sent has expired, and of this kind we need a valid one."),
    )
    ALTERED = "altered", _("The document you sent looks changed, so we cannot rely on it.")
    USED_BEFORE = "used_before", _("The document you sent has been used for another account.")
    ANSWERS = "answers", _("Your answers to the questions were not enough for us to decide on them alone.")
    REFERENCES = "references", _("We could not rely on the members who vouched for you.")
    NO_ANSWER = "no_answer", _("We asked you something and could not decide without an answer.")
    OTHER = "other", _("We could not verify your heritage for the reason below.")

    @classmethod
    def of(cls, route: str, *, unseen: bool = False, asks_badge_back: bool = False) -> list[Reason]:
        """Those that fit a route, as the database has it too (0078); ``unseen``: before its documents were opened.

        Whoever does not get back a badge that was taken reads why in a sentence.
        """
        own: dict[str, list[Reason]] = {
            Case.Route.DOCUMENT: [
                *(cls.UNREADABLE, cls.NOT_SHOWN, cls.OTHER_NAME, cls.EXPIRED_PAPER, cls.ALTERED, cls.USED_BEFORE),
            ],
            Case.Route.CULTURAL_KNOWLEDGE: [cls.ANSWERS],
            Case.Route.COMMUNITY_REFERENCE: [cls.REFERENCES],
        }
        if asks_badge_back:
            return [cls.NO_ANSWER] if unseen else [cls.NO_ANSWER, cls.OTHER]
        if unseen:
            return [cls.USED_BEFORE, cls.NO_ANSWER]
        return [*own[route], cls.NO_ANSWER, cls.OTHER]


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> Self:
        """Keep what has not come to an end."""
        return self.filter(status__in=Case.OPEN)

    def of(self, member: Member) -> Self:
        """Keep a member's own, the newest first, with the columns that they may read."""
        return self.as_its_member().filter(member=member).order_by("-created_at")

    def waiting(self) -> Self:
        """Keep what waits for the desk, the longest waiting first."""
        return self.filter(waiting_since__isnull=False).order_by("waiting_since")

    def unclaimed(self) -> Self:
        """Keep what nobody holds at this moment: a lease that ran out has freed itself."""
        return self.exclude(claimed_until__gt=Now())

    def as_its_member(self) -> Self:
        """Bring the columns that its member may read: not who at the desk looks after it.

        Each row gains ``asks_badge_back``: whether it appeals against a badge's being taken back.
        """
        taken_back = Case.objects.filter(pk=OuterRef("appeal_of_id"), worn_until__isnull=False)
        return self.defer("claimed_by", "claimed_until").annotate(asks_badge_back=Exists(taken_back))


class Case(models.Model):
    """A member's wish to have their heritage verified, by one route, and what became of it.

    ``waiting_since`` is when it last became the desk's turn; empty while it is its member's, who gathers what the
    route asks for or answers a question. A claim is a lease: it is free again when ``claimed_until`` has passed.
    ``decided_at`` is when it came to an end, whoever brought that about. An appeal is a case of its own
    (``appeal_of``), so that the first decision is never rewritten. Where two administrators took the badge back it
    ended at ``expires_at``, and ``worn_from`` and ``worn_until`` are the days that an appeal gives it back for.
    """

    class Route(models.TextChoices):
        DOCUMENT = "document", _("a document")
        CULTURAL_KNOWLEDGE = "cultural_knowledge", _("questions about where you come from")
        COMMUNITY_REFERENCE = "community_reference", _("two members who vouch for you")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        NEEDS_INFORMATION = "needs_information", _("needs information")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("not approved")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("expired")

    OPEN = (Status.PENDING, Status.NEEDS_INFORMATION)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The database counts (a trigger): a number that people can say.
    number = models.PositiveIntegerField(_("case number"), unique=True, db_default=0, editable=False)
    member = models.ForeignKey(  # empty once they were erased
        Member, verbose_name=_("member"), on_delete=models.SET_NULL, null=True, editable=False, related_name="cases"
    )
    route = models.CharField(_("route"), max_length=20, choices=Route.choices)
    status = models.CharField(
        _("status"), max_length=17, choices=Status.choices, default=Status.PENDING, editable=False
    )
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    note = models.TextField(_("what you would like to add"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("opened"), db_default=Now(), editable=False)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, editable=False)
    handed_in_at = models.DateTimeField(
        _("handed in"), null=True, editable=False
    )  # the first time it was the desk's turn
    claimed_by = models.ForeignKey(
        Member,
        verbose_name=_("looked after by"),
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    claimed_until = models.DateTimeField(_("looked after until"), null=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    reason = models.CharField(_("reason"), max_length=13, choices=Reason.choices, blank=True, editable=False)
    sentence = models.CharField(  # the desk's last: a question, or a word with the decision
        _("a sentence of our own"), max_length=SENTENCE, blank=True, editable=False
    )
    expires_at = models.DateTimeField(_("valid until"), null=True, editable=False)
    revoked_for = models.CharField(  # in the words of whoever proposed it, beside the sentence of the decision
        _("why the badge was taken back"), max_length=SENTENCE, blank=True, default="", db_default="", editable=False
    )
    worn_from = models.DateTimeField(_("worn from, before it was taken back"), null=True, editable=False)
    worn_until = models.DateTimeField(_("worn until, had it not been taken back"), null=True, editable=False)
    appeal_of = models.OneToOneField(
        "self", verbose_name=_("appeal of"), on_delete=models.PROTECT, null=True, editable=False, related_name="appeal"
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ("waiting_since", "number")
        permissions = [("view_statistics", _("Can see how the desk is doing"))]
        constraints = [
            models.UniqueConstraint(
                "member", condition=Q(status__in=("pending", "needs_information")), name="case_is_open_once_a_member"
            ),
            models.CheckConstraint(
                name="case_ended_in_full_or_not_at_all",
                condition=Q(status__in=("pending", "needs_information"), decided_at=None, expires_at=None, reason="")
                | Q(~Q(status__in=("pending", "needs_information")), decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_waits_for_the_desk_only_while_pending", condition=Q(waiting_since=None) | Q(status="pending")
            ),
            models.CheckConstraint(
                name="case_is_claimed_only_while_it_waits",
                condition=Q(claimed_by=None) | Q(claimed_until__isnull=False, waiting_since__isnull=False),
            ),
            models.CheckConstraint(
                name="case_approved_until_a_day_and_rejected_for_a_reason",
                condition=Q(status="approved", expires_at__isnull=False, reason="")
                | Q(Q(status="rejected", expires_at=None) & ~Q(reason=""))
                | ~Q(status__in=("approved", "rejected")),
            ),
            models.CheckConstraint(
                name="case_is_revoked_only_once_approved",
                condition=Q(worn_until=None) | Q(status="expired", expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_taken_back_in_full_or_not_at_all",
                condition=Q(worn_from=None, worn_until=None, revoked_for="")
                | Q(worn_from__isnull=False, worn_until__isnull=False, status="expired"),
            ),
            models.CheckConstraint(name="case_is_no_appeal_of_itself", condition=~Q(appeal_of=F("id"))),
        ]
        indexes = [
            models.Index(fields=["waiting_since", "id"], name="case_waiting", condition=Q(waiting_since__isnull=False)),
            models.Index(
                fields=["language", "waiting_since", "id"],
                name="case_waiting_by_language",
                condition=Q(waiting_since__isnull=False),
            ),
            models.Index(fields=["expires_at"], name="case_valid", condition=Q(status="approved")),
            models.Index(fields=["decided_at"], name="case_ended", condition=Q(decided_at__isnull=False)),
            models.Index(fields=["created_at", "id"], name="case_asked", condition=Q(status="needs_information")),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_with_its_member(self) -> bool:
        """Whether its member gathers what the route asks for, or is asked something."""
        return self.is_open and self.waiting_since is None

    @property
    def was_taken_back(self) -> bool:
        """Whether two administrators took the badge back that it gave."""
        return self.worn_until is not None

    @property
    def appeal_until(self) -> datetime | None:
        """Until when a rejection, or that its badge was taken back, can be appealed against."""
        if self.was_taken_back and self.expires_at:
            return self.expires_at + TIME_TO_APPEAL
        return self.decided_at + TIME_TO_APPEAL if self.decided_at and not self.is_final else None

    @property
    def is_final(self) -> bool:
        """Whether an answer to it cannot be appealed against."""
        return self.appeal_of_id is not None

    def may_be_renewed(self, *, at: datetime) -> bool:
        """Whether the badge it gave ends soon enough for a new case."""
        return self.expires_at is not None and at > self.expires_at - TIME_TO_RENEW

    def may_be_appealed(self, *, at: datetime) -> bool:
        """Whether there is still time, as long as it has not been done."""
        is_against_someone = self.was_taken_back or (self.status == self.Status.REJECTED and not self.is_final)
        return is_against_someone and self.appeal_until is not None and at < self.appeal_until


class Vote(models.Model):
    """One moderator's word on a case, never changed. It moves the case in the same transaction.

    Documents and rejections take two moderators of one mind; an approval by the other routes takes one, unless another
    spoke against it; an appeal takes one who had no part in the first case. A badge is taken back by two
    administrators: the first says why, the second says nothing more, and either may be answered by leaving it.
    """

    class Verdict(models.TextChoices):
        APPROVE = "approve", _("approve")
        REJECT = "reject", _("do not approve")
        ASK = "ask", _("ask the member")
        REVOKE = "revoke", _("take the badge back")
        KEEP = "keep", _("leave the badge")

    ON_A_CASE = (Verdict.APPROVE, Verdict.REJECT, Verdict.ASK)
    ON_A_BADGE = (Verdict.REVOKE, Verdict.KEEP)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="votes")
    by = models.ForeignKey(  # empty once they were erased: the vote stands
        Member, verbose_name=_("moderator"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    verdict = models.CharField(_("verdict"), max_length=7, choices=Verdict.choices)
    reason = models.CharField(_("reason"), max_length=13, choices=Reason.choices, blank=True)
    sentence = models.CharField(_("a sentence of our own"), max_length=SENTENCE, blank=True)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        ordering = ("at",)
        constraints = [
            models.UniqueConstraint(
                "case", "by", condition=Q(verdict__in=("approve", "reject")), name="vote_of_a_moderator_counts_once"
            ),
            models.CheckConstraint(
                name="vote_against_has_a_reason_and_a_question_its_words",
                condition=Q(verdict__in=("approve", "revoke"), reason="")
                | Q(verdict="keep", reason="", sentence="")
                | Q(Q(verdict="reject") & ~Q(reason="") & ~Q(reason="other", sentence=""))
                | Q(Q(verdict="ask", reason="") & ~Q(sentence="")),
            ),
        ]
        indexes = [
            models.Index(fields=["by", "at"], name="vote_by_moderator"),
            models.Index(fields=["at"], name="vote_to_revoke", condition=Q(verdict="revoke")),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.case_id}"


class Reply(models.Model):
    """What a member answered when the desk asked. It gives the case back to the desk, in the same transaction."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="replies")
    text = models.TextField(_("answer"), max_length=2000)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ("at",)

    def __str__(self) -> str:
        return f"reply {self.pk}"


class Conflict(models.Model):
    """A moderator's own word that they stand too near to a case or a claim to decide it. It is never taken back."""

    class Kind(models.TextChoices):
        EVENT_TEAM = "event_team", _("we organise events together")
        BUSINESS = "business", _("we share a business")
        VOUCH = "vouch", _("one of us vouched for the other")
        PERSONAL = "personal", _("I know this person")

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.CASCADE, null=True, related_name="conflicts"
    )
    claim = models.ForeignKey(
        ListingRequest, verbose_name=_("claim"), on_delete=models.CASCADE, null=True, related_name="conflicts"
    )
    moderator = models.ForeignKey(Member, verbose_name=_("moderator"), on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        constraints = [
            models.UniqueConstraint("case", "moderator", name="conflict_is_declared_once"),
            models.UniqueConstraint("claim", "moderator", name="conflict_with_a_claim_is_declared_once"),
            models.CheckConstraint(
                name="conflict_is_with_a_case_or_a_claim",
                condition=Q(case__isnull=False, claim=None) | Q(case=None, claim__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id or self.claim_id}"


class Note(models.Model):
    """What moderators write to one another on a case: never changed, and never read by its member at either door.

    It goes fourteen days after the case, or its appeal, came to an end (verification/migrations/0094).

    Whoever votes second reads it too, so it is for facts, not for verdicts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(  # empty once they were erased
        Member, verbose_name=_("moderator"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    text = models.TextField(_("note"), max_length=1000)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("at",)
        constraints = [models.CheckConstraint(name="note_has_words", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"note {self.pk}"


class StopQuerySet(models.QuerySet["Stop"]):
    def standing(self) -> Self:
        """Keep those that nobody has lifted."""
        return self.filter(lifted_at=None)


class Stop(models.Model):
    """A moderator who may decide nothing and open nothing, until another administrator lifts it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    moderator = models.ForeignKey(Member, verbose_name=_("moderator"), on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    lifted_by = models.ForeignKey(
        Member, verbose_name=_("lifted by"), on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)  # the others at the desk, by letter
    mark = models.BigIntegerField(null=True, editable=False)  # what stands even where this was rolled back

    objects = StopQuerySet.as_manager()

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        constraints = [
            models.UniqueConstraint("moderator", condition=Q(lifted_at=None), name="stop_stands_once_a_moderator"),
            models.CheckConstraint(
                name="stop_lifted_in_full_or_not_at_all",
                condition=Q(lifted_by=None) | Q(lifted_at__isnull=False),  # an administrator who was erased
            ),
        ]

    def __str__(self) -> str:
        return f"stop {self.pk}"
