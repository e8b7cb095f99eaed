"""Writing the demo's cases: history as it would have been, had the town been open for two years."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from uuid import uuid4
from zlib import crc32

from django.db import connection
from django.utils.timezone import now

from community.models import Consent, Member
from config.demo.cases import (
    AMELIA,
    BALTAZAR,
    BY_APPEAL,
    CUSTODIA,
    DOCUMENT,
    ENDED,
    QUESTIONS,
    REFEREES,
    REFERENCE,
    WAITING,
    Wish,
)
from config.demo.papers import paper
from config.demo.people import LOGINS, MEMBERS, REQUESTS
from verification import sealing
from verification.models import Attempt, Case, Evidence, ListingRequest, Opening, Question, Vote, Vouch

DAY = timedelta(days=1)
BADGE = timedelta(days=5 * 365)
KEPT = timedelta(days=14)  # a document, after the decision
DESK = (AMELIA, BALTAZAR, CUSTODIA)


@dataclass
class Papers:
    """The sealed pages of a document, to be written once its row is committed."""

    evidence: Evidence
    pages: list[bytes]


def write_cases() -> list[Papers]:
    """Write every case of the demo, the oldest first, so that their numbers rise; the papers to be kept with them."""
    people = {member.email: member for member in Member.objects.select_related("profile")}
    wishes = sorted((*_badges(), *ENDED, *WAITING), key=lambda wish: -(wish.days + wish.took))
    papers: list[Papers] = []
    firsts: dict[str, Case] = {}
    with _history():
        for wish in wishes:
            member = people[wish.email]
            Consent.objects.get_or_create(
                member=member, purpose=Consent.Purpose.VERIFICATION, withdrawn_at=None, defaults={"version": "1"}
            )
            case = _case(wish, member, firsts.get(wish.email) if wish.appeal else None)
            firsts[wish.email] = case
            if not wish.appeal:
                papers += _what_the_route_asks_for(wish, case, people)
            _votes(wish, case, people)
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget_words_of_cases()")  # as the nights since then would have
    return papers


def _badges() -> Iterator[Wish]:
    """How whoever wears the badge came by it: one route after the other, decided in hours or days."""
    routes = cycle((DOCUMENT, QUESTIONS, REFERENCE, QUESTIONS))
    for person in (*LOGINS, *MEMBERS):
        if person.verified_days_ago is None:
            continue
        chance, days = crc32(person.email.encode()), person.verified_days_ago
        route = DOCUMENT if person.email == BY_APPEAL else next(routes)
        if route == DOCUMENT and days < 15:  # its paper would still be there
            route = QUESTIONS
        if route == REFERENCE and days > 380:  # nobody had worn the badge for 90 days yet
            route = QUESTIONS
        desk = [email for email in DESK if email != person.email][chance % 2 :]
        voters = (*desk, *(email for email in DESK if email not in (*desk, person.email)))
        by_appeal = person.email == BY_APPEAL
        by = (BALTAZAR,) if by_appeal else voters[: 2 if route == DOCUMENT else 1]
        took = 0.1 + (chance % 97) / 16
        yield Wish(person.email, route, days, "approved", took, by=by, appeal=by_appeal, score=9 + chance % 4)


@contextmanager
def _history() -> Iterator[None]:
    """Let votes be written with the day they were given on: triggers would say today, and decide anew. Owner alone."""
    triggers = ("vote_is_fair", "vote_is_informed", "vote_moves_the_case")
    with connection.cursor() as cursor:
        for trigger in triggers:
            cursor.execute(f"ALTER TABLE verification_vote DISABLE TRIGGER {trigger}")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to be made cannot be altered
        for trigger in triggers:
            cursor.execute(f"ALTER TABLE verification_vote ENABLE TRIGGER {trigger}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _case(wish: Wish, member: Member, first: Case | None) -> Case:
    then = _ago(wish.days)
    handed_in = then - wish.took * DAY
    is_open = wish.status in Case.OPEN
    waits = is_open and wish.is_handed_in and wish.status == Case.Status.PENDING
    return Case.objects.create(
        member=member,
        route=wish.route,
        status=wish.status,
        language=member.language,
        note=wish.note,
        created_at=handed_in - timedelta(hours=2),
        waiting_since=handed_in if waits else None,
        handed_in_at=handed_in if wish.is_handed_in else None,
        decided_at=None if is_open else then,
        expires_at=then + BADGE if wish.status == Case.Status.APPROVED else None,
        reason=wish.reason,
        sentence=wish.said,
        appeal_of=first,
    )


def _what_the_route_asks_for(wish: Wish, case: Case, people: dict[str, Member]) -> list[Papers]:
    if wish.route == DOCUMENT:
        return _document(wish, case, people)
    begun = case.created_at + timedelta(minutes=20)
    if wish.route == QUESTIONS:
        drawn = list(Question.objects.filter(nation=wish.nation).order_by("slug").values_list("slug", flat=True)[:12])
        choices = [0] * wish.score + [2] * (12 - wish.score)
        at = {"started_at": begun, "finished_at": begun + timedelta(minutes=4), "score": wish.score}
        Attempt.objects.create(
            case=case, nation=wish.nation, drawn=drawn, orders=["0123"] * 12, choices=choices[:12], **at
        )
    elif wish.route == REFERENCE:
        answers = {"created_at": begun, "expires_at": begun + KEPT}
        referees = [people[email] for email in REFEREES if email != wish.email][: 2 if wish.is_handed_in else 1]
        for referee in referees:
            given = {"status": "given", "referee": referee, "answered_at": begun + timedelta(hours=1)}
            Vouch.objects.create(case=case, digest=uuid4().hex, **answers, **given)
        if not wish.is_handed_in:
            Vouch.objects.create(case=case, digest=uuid4().hex, **answers)
    return []


def write_claim_papers() -> list[Papers]:
    """The documents that came with owners' claims, where the desk has a key."""
    papers = []
    for request in REQUESTS if sealing.can_seal() else ():
        if request.paper:
            claim = ListingRequest.objects.get(email=request.email)
            owner = Member.objects.get(email=request.email)
            Consent.objects.create(member=owner, purpose=Consent.Purpose.CLAIM, version="1")
            pages = paper(request.paper, request.name, number=2009)
            evidence = Evidence(claim=claim, kind=request.paper, pages=len(pages))
            sealed = sealing.seal(pages, evidence=evidence.pk)
            evidence.sealed_key, evidence.key_id = sealed.sealed_key, sealed.key_id
            evidence.save(force_insert=True)
            papers.append(Papers(evidence, sealed.pages))
    return papers


def _document(wish: Wish, case: Case, people: dict[str, Member]) -> list[Papers]:
    """A paper: sealed like everyone's where the desk has a key; of what ended long ago, only that there was one."""
    uploaded_at, ended = case.created_at + timedelta(minutes=20), case.decided_at
    evidence = Evidence(case=case, kind=wish.kind, pages=2, uploaded_at=uploaded_at)
    papers = []
    if ended and ended + KEPT < now():
        evidence.destroyed_at = evidence.destroy_after = ended + KEPT
    elif sealing.can_seal():
        pages = paper(wish.kind, people[wish.email].profile.display_name, number=case.number)
        sealed = sealing.seal(pages, evidence=evidence.pk)
        evidence.sealed_key, evidence.key_id = sealed.sealed_key, sealed.key_id
        papers = [Papers(evidence, sealed.pages)]
    else:
        return []
    evidence.save(force_insert=True)
    for place, email in enumerate(wish.by, start=1):
        at = uploaded_at + place * ((ended or now()) - uploaded_at) / 4
        Opening.objects.create(evidence=evidence, by=people[email], at=at, written_in=1)
    return papers


def _votes(wish: Wish, case: Case, people: dict[str, Member]) -> None:
    """What the desk said, the last word at the moment the case moved."""
    last = case.decided_at or _ago(wish.days / 2)
    for place, email in enumerate(reversed(wish.by)):
        at = last - place * (last - case.created_at) / 3
        verdict, said = Vote.Verdict.APPROVE, {}
        if wish.status == Case.Status.REJECTED:
            verdict, said = Vote.Verdict.REJECT, {"reason": wish.reason, "sentence": "" if place else wish.said}
        elif wish.status == Case.Status.NEEDS_INFORMATION:
            verdict, said = Vote.Verdict.ASK, {"sentence": wish.said}
        Vote.objects.create(case=case, by=people[email], verdict=verdict, at=at, **said)


def _ago(days: float) -> datetime:
    return now() - days * DAY
