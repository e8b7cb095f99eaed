"""Documents handed to the desk: who may hand in, who may open, and that they vanish; asked with raw SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Consent, Erasure, Member
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, moderator, run, state, told, vote
from verification import cases
from verification.models import Case, Conflict, Evidence, Opening, Stop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def document(**fields: Any) -> Case:
    return CaseFactory(route=Case.Route.DOCUMENT, **fields)


def hand_in(case: Case, **fields: Any) -> Evidence:
    given = {"kind": "passport", "pages": 1, "sealed_key": b"sealed", "key_id": "desk-1", "fingerprint": "abc"} | fields
    return Evidence.objects.create(case_id=case.pk, **given)


def paper(case: Case, **fields: Any) -> Evidence:
    """A document of a case that waits for the desk."""
    return EvidenceFactory(case=case, **fields)


def deadline(evidence: Evidence) -> timedelta:
    with as_role("owner"):
        found = Evidence.objects.get(pk=evidence.pk)
    return found.destroy_after - now()


def about(found: timedelta, wanted: timedelta) -> bool:
    return abs(found - wanted) < timedelta(minutes=5)


def stands(evidence: Evidence) -> bool:
    with as_role("owner"):
        return Evidence.objects.get(pk=evidence.pk).sealed_key is not None


def test_a_member_hands_in_up_to_five_documents_and_then_the_case():
    case = document(waiting_since=None)
    with acting_as(case.member):
        with pytest.raises(cases.Refused, match="not_complete"):
            cases.hand_in(case)
        for _ in range(5):
            hand_in(case)
        with pytest.raises(Error, match="five_files_a_case"), transaction.atomic():
            hand_in(case)
        cases.hand_in(case)
        with pytest.raises(Error, match="not_asked"), transaction.atomic():
            hand_in(case)
        assert Evidence.objects.told().count() == 5


@pytest.mark.parametrize("wrong", ["another's case", "another route", "waiting at the desk", "decided", "nobody"])
def test_evidence_goes_into_ones_own_open_document_case_alone(wrong):
    case = document(waiting_since=None)
    caller: Member | None = case.member
    match wrong:
        case "another's case":
            caller = MemberFactory()
        case "another route":
            case = CaseFactory(waiting_since=None)
            caller = case.member
        case "waiting at the desk":
            case = document()
            caller = case.member
        case "decided":
            case = document(waiting_since=None, status="withdrawn", decided_at=now())
            caller = case.member
        case "nobody":
            caller = None
    with acting_as(caller), pytest.raises(Error), transaction.atomic():
        hand_in(case)
    with as_role("owner"):
        assert not Evidence.objects.exists()


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
def test_no_door_reads_a_key_or_changes_what_was_handed_in_and_opened(door):
    case, amelia = document(), moderator()
    evidence = paper(case)
    with at_the_desk(amelia):
        cases.claim(case)
        cases.open_evidence(evidence)
    with as_role(door), acting_as(amelia if door == "desk" else case.member):
        for statement in (
            "SELECT sealed_key FROM verification_evidence",
            "SELECT * FROM verification_evidence",
            "UPDATE verification_evidence SET destroy_after = now() + interval '9 years'",
            "UPDATE verification_evidence SET destroyed_at = now()",
            "DELETE FROM verification_evidence",
            "UPDATE verification_opening SET by_id = NULL",
            "UPDATE verification_opening SET written_in = 1",
            "DELETE FROM verification_opening",
            "INSERT INTO verification_opening (id, evidence_id, by_id, written_in)"
            f" VALUES (gen_random_uuid(), '{evidence.pk}', '{amelia.pk}', 1)",
            "SELECT check_opening(gen_random_uuid())",
        ):
            assert told(statement).startswith("permission denied"), statement
        if door != "desk":
            assert told("SELECT by_id FROM verification_opening").startswith("permission denied")
            assert told("SELECT open_evidence(%s)", evidence.pk).startswith("permission denied")


def test_a_member_reads_when_their_document_was_opened_and_another_nothing():
    case, amelia = document(), moderator()
    evidence = paper(case)
    with at_the_desk(amelia):
        cases.claim(case)
        cases.open_evidence(evidence)
    read = "SELECT evidence_id FROM verification_opening WHERE at <= clock_timestamp()"
    with acting_as(case.member):
        assert ask(read) == [(evidence.pk,)]
    with acting_as(MemberFactory()):
        assert ask(read) == []
        assert ask("SELECT id FROM verification_evidence") == []


def test_only_whoever_holds_the_case_at_this_moment_opens_its_documents():
    case, amelia, baltazar = document(), moderator(), moderator()
    evidence = paper(case)
    with at_the_desk(amelia):
        assert told("SELECT open_evidence(%s)", evidence.pk) == "not_claimed"
        cases.claim(case)
    with at_the_desk(baltazar):
        assert told("SELECT open_evidence(%s)", evidence.pk) == "not_claimed"
        run("SELECT set_config('app.member', '', true)")
        assert told("SELECT open_evidence(%s)", evidence.pk) == "not_claimed"
    with as_role("owner"):
        Case.objects.filter(pk=case.pk).update(claimed_until=now() - timedelta(seconds=1))
    with at_the_desk(amelia):
        assert told("SELECT open_evidence(%s)", evidence.pk) == "not_claimed"
        cases.claim(case)
        assert cases.open_evidence(evidence)
        cases.declare_conflict(case, Conflict.Kind.PERSONAL, by=amelia)
        assert told("SELECT open_evidence(%s)", evidence.pk) == "not_claimed"
    with as_role("owner"):  # a lease that nobody should hold
        Case.objects.filter(pk=case.pk).update(claimed_by=amelia, claimed_until=now() + DAY)
    with at_the_desk(amelia):
        assert told("SELECT open_evidence(%s)", evidence.pk) == "conflict"
    with as_role("owner"):
        assert Opening.objects.count() == 1


def test_the_twenty_first_opening_in_an_hour_stops_the_moderator_and_gives_nothing():
    case, amelia = document(), moderator()
    evidence = paper(case)
    with as_role("owner"):
        Opening.objects.bulk_create(Opening(evidence=evidence, by=amelia, written_in=1) for _ in range(20))
        Opening.objects.filter(pk=Opening.objects.first().pk).update(at=now() - timedelta(minutes=61))
    with at_the_desk(amelia):
        cases.claim(case)
        assert cases.open_evidence(evidence)
        with pytest.raises(cases.Stopped):
            cases.open_evidence(evidence)
        assert told("SELECT open_evidence(%s)", evidence.pk) == "not_claimed"
        assert told("SELECT claim_case(%s)", case.pk) == "stopped"
    with as_role("owner"):
        assert list(Stop.objects.values_list("moderator", "lifted_at")) == [(amelia.pk, None)]
        assert Opening.objects.count() == 21
        assert Case.objects.get(pk=case.pk).claimed_by is None


def test_whoever_decides_an_appeal_opens_what_was_handed_in_first():
    first = document()
    evidence = paper(first)
    for _ in range(2):
        assert vote(first, moderator(), "reject") == "done"
    assert about(deadline(evidence), 14 * DAY)
    with acting_as(first.member):
        second = cases.appeal(first, language="pt", note="")
    assert about(deadline(evidence), 90 * DAY)
    third = moderator()
    with at_the_desk(third):
        cases.claim(second)
        assert cases.open_evidence(evidence)
        cases.approve(second, by=third)
    assert about(deadline(evidence), 14 * DAY)


def test_a_document_vanishes_after_the_decision_and_its_case_stays():
    case = document()
    old, fresh = paper(case, uploaded_at=now() - 80 * DAY), paper(case)
    assert about(deadline(fresh), 90 * DAY)
    for _ in range(2):
        assert vote(case, moderator()) == "done"
    assert about(deadline(fresh), 14 * DAY)
    assert about(deadline(old), 10 * DAY)
    with as_role("worker"):
        assert not cases.destroy(fresh)  # before its time
    with as_role("owner"):
        Evidence.objects.filter(pk=fresh.pk).update(destroy_after=now() - timedelta(minutes=1))
    with as_role("worker"):
        assert ask("SELECT overdue_evidence()") == [(fresh.pk,)]
        assert [each.pk for each in Evidence.objects.told()] == [fresh.pk]
        assert [cases.destroy(fresh), cases.destroy(fresh)] == [True, False]
        assert ask("SELECT overdue_evidence()") == []
    assert (stands(fresh), stands(old)) == (False, True)


def test_a_day_after_the_consent_is_taken_back_and_after_a_withdrawal():
    decided, waiting, withdrawn = document(), document(), document()
    papers = [paper(case) for case in (decided, waiting, withdrawn)]
    for _ in range(2):
        vote(decided, moderator())
    for case in (decided, waiting):
        with acting_as(case.member):
            Consent.objects.get(purpose="verification").withdraw(at=now())
    with acting_as(withdrawn.member):
        cases.withdraw(withdrawn)

    assert [about(deadline(each), DAY) for each in papers] == [True, True, True]


def test_neither_a_consent_given_anew_nor_an_appeal_makes_a_document_stay():
    case = document()
    evidence = paper(case)
    for _ in range(2):
        vote(case, moderator(), "reject")

    def take_consent_back() -> None:
        Consent.objects.standing().get(purpose="verification").withdraw(at=now())

    with acting_as(case.member):
        take_consent_back()
        other = cases.begin(case.member, Case.Route.CULTURAL_KNOWLEDGE, language="pt")
        cases.withdraw(other)
        take_consent_back()
        Consent.objects.create(member=case.member, purpose="verification", version=cases.WORDING)
        appeal = cases.appeal(case, language="pt", note="")
    assert about(deadline(evidence), DAY)
    assert vote(appeal, moderator(), "reject") == "done"
    assert about(deadline(evidence), DAY)

    with as_role("owner"):  # the deadline beside it is not what is believed
        Evidence.objects.update(destroy_after=now() + 900 * DAY, uploaded_at=now() - 2 * DAY)
    with as_role("worker"):
        assert ask("SELECT overdue_evidence()") == []
    with as_role("owner"):
        Consent.objects.exclude(withdrawn_at=None).update(withdrawn_at=now() - timedelta(hours=25))
    with as_role("worker"):
        assert ask("SELECT overdue_evidence()") == [(evidence.pk,)]


@pytest.mark.parametrize(
    "fact",
    [
        "UPDATE verification_evidence SET uploaded_at = now() - interval '90 days'",
        "UPDATE verification_evidence SET destroy_after = now()",
        "UPDATE community_consent SET withdrawn_at = now() - interval '25 hours'",
        "UPDATE verification_case SET member_id = NULL",
    ],
)
def test_the_nightly_proof_finds_what_should_be_gone_from_the_facts(fact):
    evidence = paper(document())
    with as_role("worker"):
        assert ask("SELECT overdue_evidence()") == []
    with as_role("owner"):
        run(fact)
        if "consent" in fact or "uploaded" in fact:  # the deadline beside it is not what is believed
            Evidence.objects.update(destroy_after=now() + 900 * DAY)
    with as_role("worker"):
        assert ask("SELECT overdue_evidence()") == [(evidence.pk,)]


@pytest.mark.parametrize(("days", "overdue"), [(13, False), (14, True)])
def test_the_nightly_proof_counts_from_the_decision_and_from_that_of_the_appeal(days, overdue):
    ended = {"status": "rejected", "reason": "other", "waiting_since": None}
    then = now() - days * DAY - timedelta(minutes=1)
    case = document(decided_at=now() - 30 * DAY, **ended)
    evidence = paper(case, uploaded_at=now() - 40 * DAY)
    CaseFactory(member=case.member, route=case.route, appeal_of=case, decided_at=then, **ended)
    with as_role("worker"):
        assert ask("SELECT overdue_evidence()") == ([(evidence.pk,)] if overdue else [])


def test_a_member_takes_a_document_back_while_it_is_their_turn():
    case, other = document(waiting_since=None), document(waiting_since=None)
    with acting_as(case.member):
        evidence = hand_in(case)
    with acting_as(other.member):
        assert told("SELECT destroy_evidence(%s)", evidence.pk) == "case_not_found"
    with acting_as(case.member):
        assert cases.destroy(evidence)
        kept = hand_in(case)
        cases.hand_in(case)
        with pytest.raises(cases.Refused, match="at_the_desk"):
            cases.destroy(kept)
    assert (stands(evidence), stands(kept)) == (False, True)


def test_a_paper_that_gave_someone_the_badge_gives_nobody_else_one():
    verified, other = document(), document(waiting_since=None)
    paper(verified, fingerprint="f00d")
    with acting_as(other.member):
        hand_in(other, fingerprint="f00d")  # not yet: whoever merely holds it shuts nobody out
    for _ in range(2):
        assert vote(verified, moderator()) == "done"
    with acting_as(other.member), pytest.raises(Error, match="used_before"), transaction.atomic():
        hand_in(other, fingerprint="f00d")

    # Nor where it was handed in before: the approval that would decide is refused, and nothing has moved.
    with acting_as(other.member):
        cases.hand_in(other)
    first, second = moderator(), moderator()
    assert [vote(other, first), vote(other, second)] == ["done", "used_before"]
    assert state(other) == ("pending", False)
    with at_the_desk(second):
        cases.ask(other, "Tem outro documento?", by=second)
    with acting_as(other.member):
        (shared,) = Evidence.objects.told()
        assert cases.destroy(shared)
        hand_in(other, fingerprint="cafe")
        cases.reply(other, "Outro documento.")
    assert [vote(other, moderator()), vote(other, moderator())] == ["done", "done"]
    assert state(other) == ("approved", True)


def test_a_paper_that_gave_the_badge_on_appeal_gives_nobody_else_one():
    first, other = document(), document()
    for case in (first, other):
        paper(case, fingerprint="f00d")
    for _ in range(2):
        vote(first, moderator(), "reject")
    with acting_as(first.member):
        appeal = cases.appeal(first, language="pt", note="")
    assert vote(appeal, moderator()) == "done"
    assert state(appeal) == ("approved", True)
    assert [vote(other, moderator()), vote(other, moderator())] == ["done", "used_before"]


def test_erasing_a_member_destroys_the_keys_of_their_documents_at_once():
    evidence = paper(document(), fingerprint="f00d")
    with as_role("owner"):
        wish = Erasure.objects.create(member_id=evidence.case.member_id, asked_at=now() - DAY, due_at=now() - DAY)
    with as_role("worker"):
        run("SELECT erase_member(%s, repeat('a', 64))", wish.pk)
    with as_role("owner"):
        found = Evidence.objects.get()
        assert (found.sealed_key, found.fingerprint, found.case.member_id) == (None, "", None)
        assert found.case.status == "withdrawn"
