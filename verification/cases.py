"""What may be done with a case, at either door.

The rules are the database's (verification/migrations/0021): each of these asks it, as whoever acts at this moment
(``acting_as``), and turns its no into an exception. The database has a clock of its own.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import Error, connection, transaction
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from community.addresses import absolute
from community.models import Consent, Member
from verification import sealing
from verification.models import (
    AlreadyDecided,
    AlreadyTaken,
    Case,
    Conflict,
    Evidence,
    Note,
    Reason,
    Reply,
    Stop,
    Vote,
    Vouch,
)
from verification.papers import Copies


class Refused(Exception):
    """The rules do not allow it; ``rule`` names the one, and nothing has changed."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class NotYours(Refused):
    """Whoever acts stands too near to the case, had their part in it, or may not act at all."""


class NotClaimed(Refused):
    """Whoever acts does not hold the case, or no longer."""


class Stopped(NotYours):
    """Whoever acts opened too many documents, and may not act until an administrator says so. This much is kept."""


class Asked(NamedTuple):
    """A question as it is shown: its place from 1, its words, its answers in the order of this attempt, its time."""

    place: int
    asks: str
    options: list[str]
    seconds_left: int


class Presented(NamedTuple):
    """What a link to vouch by asks: for whom, until when, and the rule by which its holder may not."""

    applicant: str
    until: datetime
    bar: str | None


class OpenAlready(Refused):
    """A member has one open case at a time."""


class NotFound(Refused):
    """There is no such case for whoever acts."""


RULES: dict[str, type[Exception]] = {
    **dict.fromkeys(("not_waiting", "ended_already", "not_asked", "a_decision_stands"), AlreadyDecided),
    "claimed_by_another": AlreadyTaken,
    "not_claimed": NotClaimed,
    **dict.fromkeys(("case_not_found", "claim_not_found", "no_such_vouch"), NotFound),
    "case_is_open_once_a_member": OpenAlready,
    **dict.fromkeys(("no_rank", "stopped", "own_case", "conflict"), NotYours),
    **dict.fromkeys(("voted_already", "had_a_part_before", "vote_of_another"), NotYours),
}


MOVED_ON = _("It has moved on in the meantime. This is where it stands now.")
IN_WORDS = {
    "not_complete": _("Something is still missing before it can be handed in."),
    "not_to_be_appealed": _("It can no longer be appealed against: the 14 days are over, or you have done so already."),
    "five_files_a_case": _("You have sent five files, as many as there can be. Remove one to send another."),
    "used_before": _("This file has been used to verify another account. Send another document, or write to us."),
    "at_the_desk": _("Our moderators are looking at it. Withdraw the case if you want it destroyed."),
    "two_tries_in_ninety_days": _(
        "You have had your two tries within 90 days. Hand it in as it is, or choose another way."
    ),
    "no_such_nation": _("Choose one of the nations."),
    "others_turn": _("Someone else is doing this at this moment. Try again in a minute."),
    "four_links_at_once": _("Four of your links are open. Wait until one is answered, or for one to end."),
    "own_case": _("This link is your own: send it to the person you ask."),
    "vouched_already": _("You have answered for this person already; nobody does so twice."),
    "not_verified_long_enough": _("Only members who have had the badge for 90 days can vouch."),
    "three_vouches_at_once": _(
        "You have vouched for three people whose cases are still open. Wait until one is decided."
    ),
    "a_ring": _("This person vouched for you, or for someone who did. Nobody can vouch in a circle."),
    "three_files_a_claim": _("You have sent three files, as many as there can be. Remove one to send another."),
    "looked_at_now": _(
        "A moderator is looking at it at this moment. Try again in half an hour, or withdraw the claim: then it is "
        "destroyed at once."
    ),
    "case_is_open_once_a_member": _("You have an open case already. One can have one at a time."),
    "verified_already": _("You wear the badge already. You can renew it in its last 90 days."),
}


def in_words(error: Exception) -> str:
    """Why something did not happen, for the member who wanted it."""
    return str(IN_WORDS.get(getattr(error, "rule", ""), MOVED_ON))


@contextmanager
def the_rules() -> Iterator[None]:
    """Run a block in one transaction, and raise for a rule of the database what it means."""
    try:
        with transaction.atomic():
            yield
    except Error as error:
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if rule is None:
            raise
        refusal = RULES.get(rule, Refused)
        raise (refusal(rule) if issubclass(refusal, Refused) else refusal()) from error


def _ask(function: str, *values: Any) -> Any:
    places = ", ".join("%s" for _ in values)
    with the_rules(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({places})", values)
        return cursor.fetchone()[0]


# At the site, as the member.

WORDING = "1"  # the version of the sentence in templates/verification/mine/_consent.html: raise it with every change


def has_consented(member: Member) -> bool:
    """Whether their consent to be verified stands."""
    return Consent.objects.standing().filter(member=member, purpose=Consent.Purpose.VERIFICATION).exists()


def begin(member: Member, route: Case.Route, *, language: str, note: str = "") -> Case:
    """Keep a member's consent, unless it stands already, and begin a case; both or neither. Raises as ``open_case``."""
    with the_rules():
        if not has_consented(member):
            Consent.objects.create(member=member, purpose=Consent.Purpose.VERIFICATION, version=WORDING)
        return open_case(member, route, language=language, note=note)


def open_case(member: Member, route: Case.Route, *, language: str, note: str = "") -> Case:
    """Begin a case; the desk sees it as waiting once it is handed in.

    Raises OpenAlready, or Refused by ``case_needs_consent`` or ``verified_already``.
    """
    with the_rules():
        return Case.objects.create(member=member, route=route, language=language, note=note)


def appeal(case: Case, *, language: str, note: str) -> Case:
    """Ask for a rejection, or a badge's being taken back, to be looked at by someone else; their answer is final.

    It waits for the desk at once. Raises OpenAlready, or Refused by ``not_to_be_appealed`` after 14 days.
    """
    with the_rules():
        return Case.objects.create(
            member_id=case.member_id, route=case.route, language=language, note=note, appeal_of=case
        )


def hand_in(case: Case) -> None:
    """Give a case to the desk. Raises Refused by ``not_complete`` while its route asks for more, or AlreadyDecided."""
    _ask("hand_in_case", case.pk)


def reply(case: Case, text: str) -> Reply:
    """Answer the desk's question, and give the case back. Raises AlreadyDecided if nothing is asked (any more)."""
    with the_rules():
        return Reply.objects.create(case=case, text=text)


def withdraw(case: Case) -> None:
    """End a case at its member's own wish. Raises AlreadyDecided if a moderator was faster: a decision stands."""
    _ask("withdraw_case", case.pk)


def hand_in_paper(case: Case, kind: str, copies: Copies, *, document: bytes) -> Evidence:
    """Seal what was copied of a document, keep it for the desk, and know the file again by its fingerprint.

    The caller lets ``sealing.discard`` go over it should the transaction fail after this. Raises Unsealable while
    there is no key to seal to, or Refused by ``five_files_a_case``, ``used_before`` or ``not_asked``: then nothing is
    kept.
    """
    return keep_paper(Evidence(case=case, kind=kind, fingerprint=sealing.fingerprint(document).hex()), copies)


def keep_paper(evidence: Evidence, copies: Copies) -> Evidence:
    """Seal a new document and keep it; the rest of it is said already. Raises as ``hand_in_paper`` does."""
    evidence.pages = len(copies.pages)
    sealed = sealing.seal(copies.pages, evidence=evidence.pk)
    evidence.sealed_key, evidence.key_id = sealed.sealed_key, sealed.key_id
    sealing.keep(sealed.pages, evidence=evidence.pk)
    try:
        with the_rules():
            evidence.save(force_insert=True)
    except BaseException:
        sealing.discard(evidence.pk)
        raise
    return evidence


def destroy(evidence: Evidence) -> bool:
    """Destroy a document's key, at its member's own wish or, as the worker, when it is due; whether it was done now.

    Its file is unlinked afterwards. Raises Refused by ``at_the_desk`` while a moderator may need it.
    """
    return _ask("destroy_evidence", evidence.pk)


def destroy_now(evidence: Evidence) -> None:
    """Destroy a document at its member's wish, and unlink its file with the commit. Raises as ``destroy`` does."""
    if destroy(evidence):
        transaction.on_commit(partial(sealing.discard, evidence.pk), robust=True)  # without its key it is noise already


def start_attempt(case: Case, nation: str) -> UUID:
    """Begin to be asked about a nation; the attempt's id. Twelve questions, 40 seconds each, 12 minutes in all.

    Raises Refused by ``two_tries_in_ninety_days``, ``attempt_is_open`` or ``no_such_nation``, or AlreadyDecided.
    """
    return _ask("start_attempt", case.pk, nation)


def open_question(attempt: UUID, *, language: str) -> Asked | None:
    """The question that waits for an answer, and from now on its time runs; None once all is over."""
    with the_rules(), connection.cursor() as cursor:
        cursor.execute("SELECT place, asks, options, seconds_left FROM attempt_question(%s, %s)", [attempt, language])
        row = cursor.fetchone()
    return Asked(*row) if row else None


def answer_question(attempt: UUID, place: int, choice: int) -> bool:
    """Answer the open question by the place of the answer among those shown, from 0; whether there is another.

    Raises AlreadyDecided if it is not open (any more): a question is answered once.
    """
    return _ask("answer_attempt", attempt, place, choice)


def ask_for_vouch(case: Case) -> tuple[Vouch, str]:
    """Make a link for someone to vouch by, good for 14 days and once; the token for it is kept nowhere.

    Raises Refused by ``not_asked`` or ``four_links_at_once``.
    """
    token = secrets.token_urlsafe(32)
    with the_rules():
        return Vouch.objects.create(case=case, digest=digest_of(token)), token


def link_of(token: str) -> str:
    """What is sent to whoever is asked to vouch."""
    return absolute(f"{reverse('vouch')}?{urlencode({'token': token})}")


def vouch_presented(token: str) -> Presented | None:
    """What a link asks of the member who holds it; None if there is no such link for them (any more)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT applicant, answer_until, bar FROM vouch_presented(%s)", [digest_of(token)])
        row = cursor.fetchone()
    return Presented(*row) if row else None


def answer_vouch(token: str, *, gives: bool) -> None:
    """Vouch for whoever made the link, or decline; the second word that is given hands their case in.

    Raises NotFound for a link that was used, is too old or is not for whoever acts; else Refused by the rule's name.
    """
    _ask("answer_vouch", digest_of(token), gives)


def digest_of(token: str) -> str:
    """The keyed hash that the database keeps: whoever can write into it still cannot make a link."""
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"vouches").digest()
    return hashlib.blake2b(token.encode(), key=key, digest_size=32).hexdigest()


# At the desk, as the moderator.


def claim(case: Case) -> datetime:
    """Look after a case for half an hour; the end of it.

    Raises AlreadyTaken, AlreadyDecided or NotYours.
    """
    return _ask("claim_case", case.pk)


def claim_next(*, languages: Sequence[str] = ("",), route: str = "") -> UUID | None:
    """Look after the longest waiting case that nobody holds and whoever acts may decide; its id.

    Of the first of these languages that has one; empty is every language at once.
    """
    return _ask("claim_next_case", list(languages), route)


def languages_i_read() -> set[str]:
    """The languages that whoever acts reads: their account's, and those that their profile says they speak."""
    return set(_ask("languages_i_read"))


def release(case: Case) -> None:
    """Let a case go before its time."""
    _ask("release_case", case.pk)


def recusal(case: Case) -> str | None:
    """The rule by which whoever acts may have no part in a case, if there is one."""
    return _ask("recusal", case.pk)


def declare_conflict(case: Case, kind: Conflict.Kind, *, by: Member) -> None:
    """Stand aside from a case for good."""
    with the_rules():
        Conflict.objects.create(case=case, moderator=by, kind=kind)


def approve(case: Case, *, by: Member, sentence: str = "") -> Case:
    """Vote for it; the last vote that is needed gives the member the badge. The case as it is now.

    Raises AlreadyDecided, NotClaimed or NotYours, or Refused by ``used_before`` if one of its files gave another the
    badge; then nothing has changed.
    """
    return _vote(case, Vote.Verdict.APPROVE, by=by, sentence=sentence)


def reject(case: Case, reason: Reason, *, by: Member, sentence: str = "") -> Case:
    """Vote against it; a second of the same mind makes it so. The case as it is now. Raises as ``approve`` does."""
    return _vote(case, Vote.Verdict.REJECT, by=by, reason=reason, sentence=sentence)


def ask(case: Case, question: str, *, by: Member) -> Case:
    """Ask its member something; until they answer it is their turn. Raises as ``approve`` does."""
    return _vote(case, Vote.Verdict.ASK, by=by, sentence=question)


def _vote(case: Case, verdict: Vote.Verdict, *, by: Member, reason: str = "", sentence: str = "") -> Case:
    with the_rules():
        Vote.objects.create(case_id=case.pk, by=by, verdict=verdict, reason=reason, sentence=sentence)
    return Case.objects.get(pk=case.pk)


def propose_to_revoke(case: Case, sentence: str, *, by: Member) -> None:
    """Say, as an administrator, why an approval's badge should be taken back; it takes another's word.

    Raises NotYours, AlreadyDecided where it is worn no more, or Refused by ``proposed_already``.
    """
    _vote(case, Vote.Verdict.REVOKE, by=by, sentence=sentence)


def revoke(case: Case, *, by: Member) -> None:
    """Take the badge back as another proposed; its member reads their sentence.

    Raises NotYours, AlreadyDecided, or Refused by ``nothing_proposed``.
    """
    _vote(case, Vote.Verdict.REVOKE, by=by)


def leave_the_badge(case: Case, *, by: Member) -> None:
    """Set aside what was proposed, by oneself or another. Raises as ``revoke`` does."""
    _vote(case, Vote.Verdict.KEEP, by=by)


def lift(stop: Stop) -> None:
    """Let a stopped moderator go on; an administrator who is not stopped says so. Raises NotYours."""
    _ask("lift_stop", stop.pk)


def write_note(case: Case, text: str, *, by: Member) -> Note:
    """Leave the other moderators a word. Raises AlreadyDecided."""
    with the_rules():
        return Note.objects.create(case=case, by=by, text=text)


def applicant_as_shown(case: Case) -> dict[str, Any]:
    """What members may see of whoever asks, and the names on their papers; empty unless the caller holds the case."""
    return json.loads(_ask("applicant_as_shown", case.pk) or "{}")


def open_evidence(evidence: Evidence) -> UUID:
    """Write down that whoever acts opens a document; the id of the opening, for ``opened_key`` once this is committed.

    Raises NotClaimed, NotYours, or Stopped: then the transaction must go on to its commit.
    """
    opening = _ask("open_evidence", evidence.pk)
    if opening is None:
        raise Stopped("stopped")
    return opening


def opened_key(opening: UUID) -> tuple[UUID, bytes, str]:
    """Of what an earlier transaction opened: the document's id, its sealed key and which of the desk's keys opens it.

    Raises Refused by ``not_opened`` a quarter of an hour later, or as ``open_evidence`` does.
    """
    with the_rules(), connection.cursor() as cursor:
        cursor.execute("SELECT evidence, sealed_key, key_id FROM opened_key(%s)", [opening])
        evidence, sealed_key, key_id = cursor.fetchone()
    return evidence, bytes(sealed_key), key_id
