"""Cases in connections of their own: decided, withdrawn and erased at the same moment; opened and rolled back."""

from __future__ import annotations

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from time import sleep
from typing import NamedTuple

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from community.identity import acting_as
from community.models import AuditEntry, Consent, Erasure, Member, Profile
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory
from tests.verification.desks import VOTE, at_the_desk, look, moderator, run, state, told, vote, without_rules
from verification import cases, sealing, vanishing
from verification.models import AlreadyDecided, AlreadyTaken, Case, Evidence, Opening, Reason, Vote

ROUNDS = 200
DAY = timedelta(days=1)
YESTERDAY = now() - DAY
OVERTAKEN = (AlreadyDecided, AlreadyTaken, cases.NotClaimed, cases.NotFound)
NOTE, WORDS = "A minha avó é da Brava.", "Falámos disto."


class Kind(NamedTuple):
    """A kind of case: its route, whether it is an appeal, and the word that was given on it before."""

    route: Case.Route
    is_appeal: bool = False
    given: str = ""

    def end(self, done: set[str]) -> str:
        """How it ends if these came through."""
        approvals, rejections = (len({verdict} & done) + (self.given == verdict) for verdict in ("approve", "reject"))
        is_enough = approvals >= 1 and rejections == 0 and self.route != Case.Route.DOCUMENT
        if approvals >= (1 if self.is_appeal else 2) or is_enough:
            return "approved"
        return "rejected" if rejections >= (1 if self.is_appeal else 2) else "withdrawn"


KINDS = (
    Kind(Case.Route.DOCUMENT, is_appeal=True),
    Kind(Case.Route.DOCUMENT, given="approve"),
    Kind(Case.Route.CULTURAL_KNOWLEDGE),
    Kind(Case.Route.DOCUMENT, given="reject"),
    Kind(Case.Route.COMMUNITY_REFERENCE),
)


def cases_of_every_kind() -> list[Case]:
    """As many cases that wait, one kind after the other; every second member is about to be erased."""
    long_ago = now() - timedelta(days=3)
    with as_role("owner"):
        members = Member.objects.bulk_create(Member(email=f"ana{n}@example.org", language="pt") for n in range(ROUNDS))
        Profile.objects.bulk_create(Profile(member=member, display_name="Ana") for member in members)
        Consent.objects.bulk_create(Consent(member=member, purpose="verification", version="1") for member in members)
        Erasure.objects.bulk_create(Erasure(member=each, asked_at=long_ago, due_at=long_ago) for each in members[::2])
        kinds = [KINDS[number % len(KINDS)] for number in range(ROUNDS)]
        ended = {"status": "rejected", "decided_at": long_ago, "reason": "other"}
        firsts = {
            member.pk: Case(member=member, route=kind.route, language="pt", **ended)
            for member, kind in zip(members, kinds, strict=True)
            if kind.is_appeal
        }
        Case.objects.bulk_create(firsts.values())
        waits = {"language": "pt", "note": NOTE, "waiting_since": long_ago}
        made = Case.objects.bulk_create(
            Case(member=member, route=kind.route, appeal_of=firsts.get(member.pk), **waits)
            for member, kind in zip(members, kinds, strict=True)
        )
    first = moderator()
    with without_rules("verification_vote"):
        Vote.objects.bulk_create(
            Vote(case=case, by=first, verdict=kind.given, reason="no_answer" if kind.given == "reject" else "")
            for case, kind in zip(made, kinds, strict=True)
            if kind.given
        )
        Vote.objects.update(at=now())
    return made


def papers_of(all_cases: list[Case], *, opened_by: list[Member]) -> None:
    """A document of each that rests on one, its file on the disk; these moderators have looked at it."""
    with as_role("owner"):
        papers = Evidence.objects.bulk_create(
            Evidence(case=case, kind="passport", pages=1, sealed_key=b"sealed", key_id="desk-1", uploaded_at=YESTERDAY)
            for case in all_cases
            if case.route == Case.Route.DOCUMENT
        )
        for by in opened_by:
            Opening.objects.bulk_create(Opening(evidence=paper, by=by, at=YESTERDAY, written_in=0) for paper in papers)
    for paper in papers:
        sealing.keep([b"a page"], evidence=paper.pk)


def approve(case: Case, moderator: Member) -> None:
    with as_role("desk"), acting_as(moderator):
        cases.claim(case)
        cases.approve(case, by=moderator, sentence=WORDS)


def reject(case: Case, moderator: Member) -> None:
    with as_role("desk"), acting_as(moderator):
        cases.claim(case)
        cases.reject(case, Reason.NO_ANSWER, by=moderator, sentence=WORDS)


def withdraw(case: Case, _: Member) -> None:
    with acting_as(Member(pk=case.member_id)):
        cases.withdraw(case)


def erase(case: Case, _: Member) -> None:
    trace = hashlib.blake2b(case.member_id.bytes, digest_size=32).hexdigest()
    with as_role("worker"), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM community_erasure WHERE member_id = %s", [case.member_id])
        for (wish,) in cursor.fetchall():
            cursor.execute("SELECT erase_member(%s, %s)", [wish, trace])


def work_through(act, all_cases: list[Case], moderator: Member, start: Barrier) -> list[str]:
    """What came of one actor's wish in each round; a deadlock raises."""
    answers = []
    try:
        for case in all_cases:
            start.wait()
            try:
                act(case, moderator)
                answers.append(act.__name__)
            except OVERTAKEN:
                answers.append("")
    except BaseException:
        start.abort()
        raise
    finally:
        connection.close()
    return answers


@pytest.mark.usefixtures("committed")
def test_a_case_has_exactly_one_end_which_the_audit_explains_and_the_badge_agrees_with(settings, tmp_path):
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    all_cases, start, moderators = cases_of_every_kind(), Barrier(4, timeout=60), [moderator() for _ in range(4)]
    papers_of(all_cases, opened_by=moderators[:2])
    acts = zip((approve, reject, withdraw, erase), moderators, strict=True)
    with ThreadPoolExecutor(4) as everyone:
        jobs = [everyone.submit(work_through, act, all_cases, who, start) for act, who in acts]
        rounds = list(zip(*(job.result() for job in jobs), strict=True))

    seen: Counter[str] = Counter()
    for number, (case, answers) in enumerate(zip(all_cases, rounds, strict=True)):
        kind, done, is_erased = KINDS[number % len(KINDS)], set(answers[:3]) - {""}, number % 2 == 0
        end = kind.end(done)
        assert ("withdraw" in done) == (end == "withdrawn") or is_erased, (number, answers)
        assert "withdraw" not in done or end == "withdrawn", (number, answers)
        seen[end if end != "withdrawn" or "withdraw" in done else "erased"] += 1
        with as_role("owner"):
            found = Case.objects.select_related("member__profile").get(pk=case.pk)
            votes = Vote.objects.filter(case=case)
            # Who said what stands, of the erased too.
            said = Counter(votes.values_list("verdict", flat=True))
            assert said == Counter([*({kind.given} - {""}), *(done & {"approve", "reject"})])
            assert votes.filter(by=None).count() == 0
            audit = AuditEntry.objects.filter(kind="verification_case", key=str(case.pk), verb="update")
            moves = [entry.told["status"] for entry in audit if "status" in entry.told]
            if is_erased:
                assert_is_forgotten(case, found, end)
                assert moves == []  # what the audit says of a member goes with them
            else:
                assert (found.status, moves) == (end, [["pending", end]])
                assert found.member is not None
                assert found.member.profile.is_verified == (end == "approved")
                assert found.decided_at is not None
    assert len(seen) >= 3, seen  # otherwise nobody was overtaken, and nothing was tried

    with as_role("worker"):
        vanishing.destroy_due(at=now() + 2 * DAY)
    with as_role("owner"):
        standing = set(Evidence.objects.exclude(sealed_key=None).values_list("pk", flat=True))
        ours = {case.pk for case in all_cases[1::2] if case.route == Case.Route.DOCUMENT}
        assert set(Evidence.objects.filter(pk__in=standing).values_list("case", flat=True)) == ours
    assert set(sealing.lying()) == standing  # no file without its row, none without a key, no row without its file


def assert_is_forgotten(case: Case, found: Case, end: str) -> None:
    """Of an erased member's case stay its route, days and outcome; no badge, no words, and nobody whose it was."""
    assert found.status == ("expired" if end == "approved" else end)
    assert found.decided_at is not None
    assert (found.member_id, found.note, found.sentence, found.claimed_by_id) == (None, "", "", None)
    assert found.expires_at is None or found.expires_at <= now()
    assert not Profile.objects.filter(pk=case.member_id).exists()
    assert not Member.objects.filter(pk=case.member_id).exists()
    assert not Case.objects.filter(pk=case.appeal_of_id).exclude(member=None, note="", sentence="").exists()
    assert not Vote.objects.filter(case=case).exclude(sentence__in=("", "–")).exists()
    assert not AuditEntry.objects.filter(subject=case.member_id).exists()
    assert not Evidence.objects.filter(case=case).exclude(sealed_key=None, fingerprint="").exists()
    assert Opening.objects.filter(evidence__case=case).count() == 0


@pytest.mark.usefixtures("committed")
def test_two_who_ask_for_the_next_case_at_once_get_two():
    all_cases, start = cases_of_every_kind(), Barrier(2, timeout=60)

    def next_cases() -> list[object]:
        moderator = MemberFactory(is_staff=True)
        try:
            start.wait()
            taken = []
            for _ in range(20):
                with as_role("desk"), acting_as(moderator):
                    taken.append(cases.claim_next())
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as desk:
        jobs = [desk.submit(next_cases) for _ in range(2)]
        taken = [each for job in jobs for each in job.result()]

    assert len(set(taken)) == 40
    assert set(taken) <= {case.pk for case in all_cases}


@pytest.mark.usefixtures("committed")
def test_whoever_asks_for_the_next_case_does_not_wait_for_one_that_is_being_moved():
    long_ago = now() - timedelta(days=3)
    first, second = CaseFactory(waiting_since=long_ago), CaseFactory(waiting_since=long_ago + timedelta(days=1))
    amelia, is_held, is_over = moderator(), Event(), Event()

    def move_the_first() -> None:
        try:
            with as_role("owner"), transaction.atomic():
                Case.objects.select_for_update().get(pk=first.pk)
                is_held.set()
                is_over.wait(timeout=60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        job = elsewhere.submit(move_the_first)
        try:
            assert is_held.wait(timeout=60)
            with at_the_desk(amelia):
                run("SET LOCAL lock_timeout = '2s'")
                assert cases.claim_next() == second.pk
        finally:
            is_over.set()
        job.result()


@pytest.mark.usefixtures("committed")
def test_no_key_without_an_opening_that_stands_written_down():
    case, amelia, baltazar = CaseFactory(route=Case.Route.DOCUMENT), moderator(), moderator()
    evidence = EvidenceFactory(case=case)
    with at_the_desk(amelia):
        cases.claim(case)
    with pytest.raises(KeyboardInterrupt), at_the_desk(amelia):  # noqa: PT012 (the block is what is rolled back)
        opening = cases.open_evidence(evidence)
        assert told("SELECT opened_key(%s)", opening) == "not_opened"  # in the same transaction
        with transaction.atomic():
            assert told("SELECT opened_key(%s)", opening) == "not_opened"  # nor in a part of it
        raise KeyboardInterrupt
    with at_the_desk(amelia):
        assert told("SELECT opened_key(%s)", opening) == "not_opened"  # rolled back: it never was

    with at_the_desk(amelia):
        opening = cases.open_evidence(evidence)
    with at_the_desk(baltazar):
        assert told("SELECT opened_key(%s)", opening) == "not_opened"
    with at_the_desk(amelia):
        assert cases.opened_key(opening) == (evidence.pk, b"sealed", "desk-1")
        cases.release(case)
        assert told("SELECT opened_key(%s)", opening) == "not_claimed"
    with at_the_desk(amelia):
        cases.claim(case)
    with as_role("owner"):
        Opening.objects.update(at=now() - timedelta(minutes=16))
    with at_the_desk(amelia):
        assert told("SELECT opened_key(%s)", opening) == "not_opened"


@pytest.mark.usefixtures("committed")
def test_of_two_approvals_of_one_file_at_the_same_moment_one_is_refused():
    first, second = (CaseFactory(route=Case.Route.DOCUMENT) for _ in range(2))
    for case in (first, second):
        EvidenceFactory(case=case, fingerprint="f00d")
        assert vote(case, moderator()) == "done"
    deciders, approved = [moderator(), moderator()], Event()
    for case, by in zip((first, second), deciders, strict=True):
        with at_the_desk(by):
            cases.claim(case)
            look(case)

    def approves(case: Case, by: Member) -> str:
        with at_the_desk(by):
            return told(VOTE, case.pk, by.pk, "approve", "")

    def approves_first() -> None:
        try:
            with transaction.atomic():
                assert approves(first, deciders[0]) == "done"
                approved.set()
                sleep(0.3)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        job = other.submit(approves_first)
        assert approved.wait(60)
        assert approves(second, deciders[1]) == "used_before"
        job.result()
    assert (state(first), state(second)) == (("approved", True), ("pending", False))
