"""Cases in connections of their own: decided, withdrawn and erased at the same moment; opened and rolled back."""

from __future__ import annotations

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from time import sleep

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from community.identity import acting_as
from community.models import AuditEntry, Consent, Erasure, Member, Profile
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory
from tests.verification.desks import VOTE, at_the_desk, look, moderator, run, state, told, vote
from verification import cases, sealing, vanishing
from verification.models import AlreadyDecided, AlreadyTaken, Case, Evidence, Opening, Reason, Vote

ROUNDS = 200
DAY = timedelta(days=1)
YESTERDAY = now() - DAY
OVERTAKEN = (AlreadyDecided, AlreadyTaken, cases.NotClaimed, cases.NotFound)
ENDS = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}


def appeals() -> list[Case]:
    """As many cases that one vote decides; every second member is about to be erased."""
    long_ago = now() - timedelta(days=3)
    with as_role("owner"):
        members = Member.objects.bulk_create(Member(email=f"ana{n}@example.org", language="pt") for n in range(ROUNDS))
        Profile.objects.bulk_create(Profile(member=member, display_name="Ana") for member in members)
        Consent.objects.bulk_create(Consent(member=member, purpose="verification", version="1") for member in members)
        Erasure.objects.bulk_create(Erasure(member=each, asked_at=long_ago, due_at=long_ago) for each in members[::2])
        ended = {"status": "rejected", "decided_at": long_ago, "reason": "other"}
        kind = {"route": Case.Route.DOCUMENT, "language": "pt"}
        firsts = Case.objects.bulk_create(Case(member=member, **kind, **ended) for member in members)
        return Case.objects.bulk_create(
            Case(member_id=first.member_id, appeal_of=first, waiting_since=long_ago, **kind) for first in firsts
        )


def papers_of(all_cases: list[Case], *, opened_by: list[Member]) -> None:
    """A document of each, its file on the disk; these moderators have looked at it."""
    with as_role("owner"):
        papers = Evidence.objects.bulk_create(
            Evidence(case=case, kind="passport", pages=1, sealed_key=b"sealed", key_id="desk-1") for case in all_cases
        )
        for by in opened_by:
            Opening.objects.bulk_create(Opening(evidence=paper, by=by, at=YESTERDAY, written_in=0) for paper in papers)
    for paper in papers:
        sealing.keep([b"a page"], evidence=paper.pk)


def approve(case: Case, moderator: Member) -> None:
    with as_role("desk"), acting_as(moderator):
        cases.claim(case)
        cases.approve(case, by=moderator)


def reject(case: Case, moderator: Member) -> None:
    with as_role("desk"), acting_as(moderator):
        cases.claim(case)
        cases.reject(case, Reason.NOT_SHOWN, by=moderator)


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
    all_cases, start, moderators = appeals(), Barrier(4, timeout=60), [moderator() for _ in range(4)]
    papers_of(all_cases, opened_by=moderators[:2])
    acts = zip((approve, reject, withdraw, erase), moderators, strict=True)
    with ThreadPoolExecutor(4) as everyone:
        jobs = [everyone.submit(work_through, act, all_cases, who, start) for act, who in acts]
        rounds = list(zip(*(job.result() for job in jobs), strict=True))

    seen: Counter[str] = Counter()
    with as_role("owner"):
        for number, (case, answers) in enumerate(zip(all_cases, rounds, strict=True)):
            found = Case.objects.select_related("member__profile").get(pk=case.pk)
            done = [answer for answer in answers[:3] if answer]
            is_erased = number % 2 == 0
            assert len(done) == 1 or (is_erased and done == []), (number, answers)
            end = ENDS[done[0]] if done else "withdrawn"
            seen[done[0] if done else "erase"] += 1
            assert found.status == ("expired" if is_erased and end == "approved" else end)
            moves = [
                entry.told["status"]
                for entry in AuditEntry.objects.filter(kind="verification_case", key=str(case.pk), verb="update")
                if "status" in entry.told
            ]
            # What the audit says of a member goes with them; what a moderator did is in the votes.
            assert moves == ([] if is_erased else [["pending", end]])
            assert Vote.objects.filter(case=case).count() == (done[:1] in (["approve"], ["reject"]))
            assert (found.member is None) == is_erased
            if found.member:
                assert found.member.profile.is_verified == (found.status == "approved")
            else:
                assert not Profile.objects.filter(pk=case.member_id).exists()
    assert len(seen) >= 3, seen  # otherwise nobody was overtaken, and nothing was tried

    with as_role("worker"):
        vanishing.destroy_due(at=now() + 2 * DAY)
    with as_role("owner"):
        standing = set(Evidence.objects.exclude(sealed_key=None).values_list("pk", flat=True))
    assert set(sealing.lying()) == standing  # no file without its row, none without a key, no row without its file
    assert len(standing) == ROUNDS / 2


@pytest.mark.usefixtures("committed")
def test_two_who_ask_for_the_next_case_at_once_get_two():
    all_cases, start = appeals(), Barrier(2, timeout=60)

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
