"""The rules of the case file, asked of the database with raw SQL as each door's role, under someone's identity."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils.timezone import now

from community.identity import acting_as
from community.models import AuditEntry, Consent, Member, Profile
from tests.databases import as_role
from tests.factories import (
    BusinessFactory,
    CaseFactory,
    EventFactory,
    EvidenceFactory,
    ListingRequestFactory,
    MemberFactory,
    consent_to_verification,
    fill_profile,
)
from tests.verification.desks import VOTE, ask, at_the_desk, moderator, run, state, told, vote
from verification import cases
from verification.models import AlreadyDecided, AlreadyTaken, Case, Conflict, Reason, Reply, Stop

pytestmark = pytest.mark.django_db
Status = Case.Status


def document(**fields: Any) -> Case:
    """A case with a document in it."""
    case = CaseFactory(route=Case.Route.DOCUMENT, **fields)
    EvidenceFactory(case=case)
    return case


# The desk's role, under the identity of one moderator.


def test_nobody_claims_or_decides_their_own_case():
    amelia = moderator()
    case = CaseFactory(member=amelia)

    assert vote(case, amelia) == "own_case"
    with as_role("owner"):
        Case.objects.filter(pk=case.pk).update(claimed_by=amelia, claimed_until=now() + timedelta(minutes=9))
    with at_the_desk(amelia):
        assert told(VOTE, case.pk, amelia.pk, "approve", "") == "own_case"
        assert told("SELECT 1 FROM verification_case WHERE id = %s", case.pk) == "nothing"
    assert state(case) == ("pending", False)


def test_a_document_takes_two_moderators_and_one_cannot_be_both():
    case, amelia = document(), moderator()

    assert vote(case, amelia) == "done"
    assert state(case) == ("pending", False)
    assert vote(case, amelia) == "voted_already"
    with at_the_desk(amelia):
        assert told(VOTE, case.pk, moderator().pk, "approve", "") == "vote_of_another"
        assert told(VOTE, case.pk, None, "approve", "") == "vote_of_another"
    assert state(case) == ("pending", False)

    assert vote(case, moderator()) == "done"
    assert state(case) == ("approved", True)


@pytest.mark.parametrize("route", [Case.Route.CULTURAL_KNOWLEDGE, Case.Route.COMMUNITY_REFERENCE])
def test_the_other_routes_take_one_approval(route):
    case = CaseFactory(route=route)

    assert vote(case, moderator()) == "done"
    assert state(case) == ("approved", True)


@pytest.mark.parametrize("route", Case.Route.values)
def test_a_rejection_takes_two_by_whatever_route(route):
    case = CaseFactory(route=route)

    assert vote(case, moderator(), "reject") == "done"
    assert state(case) == ("pending", False)
    assert vote(case, moderator(), "reject") == "done"
    assert state(case) == ("rejected", False)


@pytest.mark.parametrize("third", ["approve", "reject"])
@pytest.mark.parametrize("route", Case.Route.values)
def test_where_two_differ_a_third_decides(route, third):
    case = CaseFactory(route=route)
    if route == Case.Route.DOCUMENT:
        EvidenceFactory(case=case)

    assert [vote(case, moderator(), verdict) for verdict in ("reject", "approve")] == ["done", "done"]
    assert state(case) == ("pending", False)
    assert vote(case, moderator(), third) == "done"
    assert state(case) == (("approved", True) if third == "approve" else ("rejected", False))


def test_nobody_votes_without_holding_the_case_at_this_moment():
    case, amelia, baltazar = CaseFactory(), moderator(), moderator()
    with at_the_desk(amelia):
        assert told(VOTE, case.pk, amelia.pk, "approve", "") == "not_claimed"
        assert told("SELECT claim_case(%s)", case.pk) == "done"
    assert vote(case, baltazar) == "claimed_by_another"
    with at_the_desk(baltazar):
        assert told(VOTE, case.pk, baltazar.pk, "approve", "") == "not_claimed"
    with as_role("owner"):
        Case.objects.filter(pk=case.pk).update(claimed_until=now() - timedelta(seconds=1))
    with at_the_desk(amelia):
        assert told(VOTE, case.pk, amelia.pk, "approve", "") == "not_claimed"
    assert state(case) == ("pending", False)

    assert vote(case, baltazar) == "done"  # the lease has freed itself


def test_each_vote_lets_the_case_go():
    case, amelia = document(), moderator()
    vote(case, amelia)

    with as_role("owner"):
        assert Case.objects.values_list("claimed_by", "claimed_until").get(pk=case.pk) == (None, None)


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_whoever_no_longer_works_at_the_desk_decides_nothing(change):
    case, amelia = CaseFactory(), moderator()
    with at_the_desk(amelia):
        run("SELECT claim_case(%s)", case.pk)
    with as_role("owner"):
        Member.objects.filter(pk=amelia.pk).update(**change)

    assert vote(case, amelia) == "no_rank"
    with at_the_desk(amelia):
        assert told(VOTE, case.pk, amelia.pk, "approve", "") == "no_rank"


def test_a_stopped_moderator_decides_nothing_until_another_administrator_lifts_it():
    case, custodia = CaseFactory(), MemberFactory(is_staff=True, is_superuser=True)
    with as_role("owner"):
        stop = Stop.objects.create(moderator=custodia)
    assert vote(case, custodia) == "stopped"
    with at_the_desk(custodia):
        assert told("SELECT lift_stop(%s)", stop.pk) == "stopped"
        for statement in (
            "UPDATE verification_stop SET lifted_at = now()",
            "DELETE FROM verification_stop",
            f"INSERT INTO verification_stop (id, moderator_id) VALUES (gen_random_uuid(), '{moderator().pk}')",
        ):
            assert "permission denied" in told(statement)
    with at_the_desk(moderator()):
        assert told("SELECT lift_stop(%s)", stop.pk) == "no_rank"

    with at_the_desk(MemberFactory(is_staff=True, is_superuser=True)):
        run("SELECT lift_stop(%s)", stop.pk)
    assert vote(case, custodia) == "done"


def test_whoever_declared_a_conflict_stands_aside_for_good():
    case, amelia = CaseFactory(), moderator()
    with at_the_desk(amelia):
        run("SELECT claim_case(%s)", case.pk)
        cases.declare_conflict(case, Conflict.Kind.PERSONAL, by=amelia)
        assert told("UPDATE verification_conflict SET kind = 'vouch'").startswith("permission denied")
        assert told("DELETE FROM verification_conflict").startswith("permission denied")
        other = "INSERT INTO verification_conflict (case_id, moderator_id, kind) VALUES (%s, %s, 'vouch')"
        assert "row-level security" in told(other, case.pk, moderator().pk)

    assert vote(case, amelia) == "conflict"
    assert vote(case, moderator()) == "done"


def test_a_conflict_that_was_declared_holds_for_the_appeal_too():
    case, amelia = CaseFactory(), moderator()
    with at_the_desk(amelia):
        run("SELECT claim_case(%s)", case.pk)
        cases.declare_conflict(case, Conflict.Kind.PERSONAL, by=amelia)
    for _ in range(2):
        vote(case, moderator(), "reject")
    with acting_as(case.member):
        appeal = cases.appeal(case, language="en", note="Look again.")

    assert vote(appeal, amelia) == "conflict"
    assert vote(appeal, moderator()) == "done"


@pytest.mark.parametrize("ties", ["both claim it", "one claims it, one organises there", "both organise there"])
def test_a_business_in_common_is_a_conflict_without_anybodys_word(ties):
    case, amelia, baltazar, business = document(), moderator(), moderator(), BusinessFactory()
    ListingRequestFactory(business=BusinessFactory(), member=baltazar)
    for someone in (case.member, amelia):
        if ties == "both claim it" or (ties.startswith("one") and someone == amelia):
            ListingRequestFactory(business=business, member=someone)
        else:
            EventFactory(organizer=someone, business=business)
    assert vote(case, amelia) == "conflict"
    assert vote(case, baltazar) == "done"  # another business stands in nobody's way


def test_what_was_said_and_decided_is_changed_by_nobody():
    amelia, case = moderator(), CaseFactory()
    vote(case, amelia, "reject")
    vote(case, moderator(), "reject")
    before = ask_as_owner("SELECT * FROM verification_case"), ask_as_owner("SELECT * FROM verification_vote")
    for door, someone in (("desk", amelia), ("site", case.member), ("worker", case.member), ("desk", moderator())):
        with as_role(door), acting_as(someone):
            for statement in (
                "UPDATE verification_case SET status = 'approved'",
                "UPDATE verification_case SET decided_at = NULL",
                "UPDATE verification_case SET claimed_by_id = NULL",
                "UPDATE verification_case SET waiting_since = now()",
                "DELETE FROM verification_case",
                "UPDATE verification_vote SET verdict = 'approve'",
                "DELETE FROM verification_vote",
                "UPDATE community_auditentry SET actor = NULL",
                "DELETE FROM community_auditentry",
                "TRUNCATE verification_vote",
                "ALTER TABLE verification_vote DISABLE TRIGGER ALL",
                "SET session_replication_role = replica",
                "SELECT end_cases_of(gen_random_uuid())",
                "SELECT lock_case(gen_random_uuid())",
            ):
                assert told(statement).startswith(("permission denied", "must be owner")), (door, statement)

    assert (ask_as_owner("SELECT * FROM verification_case"), ask_as_owner("SELECT * FROM verification_vote")) == before


def ask_as_owner(statement: str) -> list[tuple]:
    with as_role("owner"):
        return ask(statement)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'approved', reason = '', expires_at = now()",
        "status = 'pending', decided_at = NULL, reason = ''",
        "reason = 'unreadable'",
        "sentence = 'Other words.'",
        "sentence = ''",
        "decided_at = now()",
        "route = 'document'",
        "number = 7",
        "member_id = (SELECT id FROM community_member WHERE is_staff LIMIT 1)",
    ],
)
def test_a_decision_stands_even_for_the_owner(change):
    ended = {"status": Status.REJECTED, "decided_at": now() - timedelta(days=1), "waiting_since": None}
    case = CaseFactory(reason="other", sentence="Too dark.", **ended)
    moderator()

    with as_role("owner"):
        assert told(f"UPDATE verification_case SET {change}") == "a_decision_stands"
    assert state(case) == ("rejected", False)


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
def test_no_door_writes_the_badge(door):
    member = MemberFactory(is_staff=True)
    other = MemberFactory(profile=None)
    with as_role(door), acting_as(member):
        assert told("UPDATE community_profile SET heritage_verified_at = now()").startswith("permission denied")
        added = told(
            "INSERT INTO community_profile (member_id, display_name, visibility, heritage_verified_at)"
            " VALUES (%s, 'Ana', 'private', now())",
            other.pk,
        )
        assert added == "badge_comes_later" or added.startswith("permission denied")


def test_the_desk_corrects_a_name_and_the_badge_stays():
    member, amelia = MemberFactory(), moderator()
    with as_role("owner"):
        Profile.objects.filter(pk=member.pk).update(heritage_verified_at=now())
    with at_the_desk(amelia):
        assert Profile.objects.filter(pk=member.pk).update(display_name="Ana") == 1
    assert Profile.objects.filter(pk=member.pk).count() == 0


# The site's role, under the identity of a member.


def test_a_member_reads_their_own_case_and_not_who_looks_after_it():
    case, other = CaseFactory(), CaseFactory()
    with acting_as(case.member):
        assert [found.pk for found in Case.objects.as_its_member()] == [case.pk]
        for statement in (
            "SELECT claimed_by_id FROM verification_case",
            "SELECT 1 FROM verification_vote",
            "SELECT 1 FROM verification_conflict",
            "SELECT 1 FROM verification_stop",
            "SELECT claim_case(gen_random_uuid())",
            "SELECT recusal(gen_random_uuid())",
        ):
            assert told(statement).startswith("permission denied"), statement
        assert told("SELECT withdraw_case(%s)", other.pk) == "case_not_found"
        assert told("SELECT hand_in_case(%s)", other.pk) == "case_not_found"
    with acting_as(None):
        assert not Case.objects.as_its_member().exists()


def test_a_case_is_opened_as_oneself_undecided_with_consent_and_one_at_a_time():
    member, other = MemberFactory(), MemberFactory()
    consent_to_verification(other)
    with acting_as(member), pytest.raises(cases.Refused, match="case_needs_consent"):
        cases.open_case(member, Case.Route.DOCUMENT, language="pt")
    consent_to_verification(member)
    with acting_as(member):
        for fields in (
            {"member_id": other.pk},
            {"status": Status.APPROVED, "decided_at": now(), "expires_at": now()},
            {"status": Status.NEEDS_INFORMATION},
            {"claimed_by_id": other.pk, "claimed_until": now(), "waiting_since": now()},
        ):
            case = Case(**{"member_id": member.pk, "route": Case.Route.DOCUMENT, "language": "pt"} | fields)
            with pytest.raises(Error), transaction.atomic():
                case.save(force_insert=True)
        hurried = Case.objects.create(
            member=member, route=Case.Route.DOCUMENT, language="pt", waiting_since=now(), created_at="2020-01-01T00:00Z"
        )
        assert ask("SELECT waiting_since, created_at = now() FROM verification_case") == [(None, True)]
        with pytest.raises(cases.OpenAlready):
            cases.open_case(member, Case.Route.DOCUMENT, language="pt")
        cases.withdraw(hurried)
        again = cases.open_case(member, Case.Route.DOCUMENT, language="pt")
    assert again.number == hurried.number + 2  # the one that was refused took a number too


def test_whoever_wears_the_badge_asks_again_only_when_it_is_about_to_end():
    case = CaseFactory()
    vote(case, moderator())
    with acting_as(case.member), pytest.raises(cases.Refused, match="verified_already"):
        cases.open_case(case.member, Case.Route.DOCUMENT, language="pt")
    old = CaseFactory(
        status=Status.APPROVED, decided_at=now(), expires_at=now() + timedelta(days=89), waiting_since=None
    )
    with as_role("owner"):
        Profile.objects.filter(pk=old.member_id).update(heritage_verified_at=now())
    with acting_as(old.member):
        assert cases.open_case(old.member, Case.Route.DOCUMENT, language="pt").is_open


def test_a_question_is_answered_by_its_member_and_the_desk_goes_on():
    case, amelia = document(waiting_since=now() - timedelta(days=3)), moderator()
    with at_the_desk(amelia):
        cases.claim(case)
        assert cases.ask(case, "Which year?", by=amelia).status == "needs_information"
    assert vote(case, moderator()) == "not_waiting"
    with acting_as(MemberFactory()), pytest.raises(Error):
        cases.reply(case, "1974")
    with acting_as(case.member):
        assert Case.objects.as_its_member().get().sentence == "Which year?"
        cases.reply(case, "1974")
        with pytest.raises(AlreadyDecided):
            cases.reply(case, "1975")
    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).waiting_since > now() - timedelta(minutes=1)
    assert [vote(case, by) for by in (amelia, moderator())] == ["done", "done"]  # who asked may decide
    assert state(case) == ("approved", True)
    with as_role("owner"):
        assert list(Reply.objects.values_list("text", flat=True)) == ["1974"]


def rejected() -> tuple[Case, list[Member]]:
    case, desk = document(), [moderator(), moderator()]
    assert [vote(case, by, "reject") for by in desk] == ["done", "done"]
    return case, desk


def test_an_appeal_goes_to_a_third_and_its_answer_is_final():
    first, desk = rejected()
    with acting_as(first.member):
        second = cases.appeal(first, language="en", note="Look again.")
    assert (second.appeal_of_id, second.route) == (first.pk, first.route)

    assert [vote(second, by) for by in desk] == ["had_a_part_before", "had_a_part_before"]
    assert vote(second, moderator()) == "done"
    assert state(second) == ("approved", True)
    with as_role("owner"):
        assert Case.objects.get(pk=first.pk).status == "rejected"


def test_a_lost_appeal_is_the_end_and_there_is_one_within_fourteen_days():
    first, _ = rejected()
    with acting_as(first.member):
        second = cases.appeal(first, language="pt", note="")
    assert vote(second, moderator(), "reject") == "done"
    assert state(second) == ("rejected", False)
    with acting_as(first.member):
        for case in (first, second):
            with pytest.raises(cases.Refused):
                cases.appeal(case, language="pt", note="")

    late = CaseFactory(
        status=Status.REJECTED, decided_at=now() - timedelta(days=14, minutes=1), reason="other", waiting_since=None
    )
    other = CaseFactory(status=Status.REJECTED, decided_at=now(), reason="other", waiting_since=None)
    with acting_as(late.member):
        for case in (late, Case(pk=other.pk, member_id=late.member_id, route=late.route)):
            with pytest.raises(cases.Refused, match="not_to_be_appealed"):
                cases.appeal(case, language="pt", note="")


def test_taking_back_the_consent_ends_the_case_and_the_badge():
    waiting, verified = CaseFactory(), CaseFactory()
    vote(verified, moderator())
    for case, ends_as in ((waiting, "withdrawn"), (verified, "expired")):
        with acting_as(case.member):
            Consent.objects.get(purpose="verification").withdraw(at=now())
        assert state(case) == (ends_as, False)


def test_at_night_badges_end_after_their_time_and_old_cases_go():
    ended = {"waiting_since": None, "reason": "other", "status": Status.REJECTED}
    due = CaseFactory(status=Status.APPROVED, decided_at=now(), expires_at=now(), waiting_since=None)
    asked = CaseFactory(status=Status.NEEDS_INFORMATION, waiting_since=None, created_at=now() - timedelta(days=61))
    fresh = CaseFactory(waiting_since=None)
    waiting = CaseFactory(created_at=now() - timedelta(days=400), waiting_since=now() - timedelta(days=399))
    old, recent = (CaseFactory(decided_at=now() - timedelta(days=days), **ended) for days in (731, 700))
    with as_role("owner"):
        Profile.objects.filter(pk=due.member_id).update(heritage_verified_at=now())
    with as_role("worker"):
        assert ask("SELECT expire_cases()") == [(2,)]
        assert ask("SELECT expire_cases()") == [(0,)]
        run("SELECT clear_cases()")

    assert [state(case) for case in (due, asked, fresh, waiting)] == [
        *[("expired", False)] * 2,
        *[("pending", False)] * 2,
    ]
    with as_role("owner"):
        assert set(Case.objects.filter(status="rejected")) == {recent}
        assert not Case.objects.filter(pk=old.pk).exists()


def test_the_next_case_is_the_longest_waiting_that_is_free_and_ones_to_decide():
    amelia, baltazar = moderator(), moderator()
    own, first, second, english = (
        CaseFactory(waiting_since=now() - timedelta(days=days), **fields)
        for days, fields in ((9, {"member": amelia}), (8, {}), (7, {}), (6, {"language": "en"}))
    )
    with at_the_desk(amelia):
        assert cases.claim_next() == first.pk
        assert cases.claim_next(languages=["en"]) == english.pk
        assert cases.claim_next(route="document") is None
    with at_the_desk(baltazar):
        assert cases.claim_next() == own.pk
        assert cases.claim_next() == second.pk
        assert cases.claim_next() is None
        with pytest.raises(AlreadyTaken):
            cases.claim(first)
        assert cases.recusal(own) is None
    with at_the_desk(amelia):
        cases.release(first)
        cases.declare_conflict(first, Conflict.Kind.PERSONAL, by=amelia)
        assert cases.recusal(first) == "conflict"
        assert cases.claim_next() is None


def test_the_next_case_is_of_the_first_language_that_has_one():
    amelia = moderator()
    english, old, new = (
        CaseFactory(waiting_since=now() - timedelta(days=days), language=language)
        for days, language in ((9, "en"), (8, "pt"), (7, "pt"))
    )
    with at_the_desk(amelia):
        assert [cases.claim_next(languages=["pt", "en"]) for _ in range(4)] == [old.pk, new.pk, english.pk, None]


def test_a_moderator_reads_their_accounts_language_and_those_they_say_they_speak():
    amelia = MemberFactory(is_staff=True, language="en")
    with at_the_desk(amelia):
        assert cases.languages_i_read() == {"en"}
    fill_profile(amelia, "private")  # who says pt-PT
    with at_the_desk(amelia):
        assert cases.languages_i_read() == {"en", "pt"}
    with as_role("desk"):
        assert cases.languages_i_read() == set()


def test_the_audit_explains_a_decision_and_its_member_reads_it_without_the_moderators_name():
    case, amelia = CaseFactory(), moderator()
    vote(case, amelia)
    with as_role("owner"):
        entry = AuditEntry.objects.get(kind="verification_case", verb="update")
        assert (entry.actor, entry.subject, entry.door) == (amelia.pk, case.member_id, "desk")
        assert entry.told["status"] == ["pending", "approved"]
        assert AuditEntry.objects.filter(kind="community_profile", actor=amelia.pk, subject=case.member_id).exists()
    with acting_as(case.member):
        read = "SELECT told -> 'status' ->> 1 FROM community_auditentry WHERE kind = 'verification_case'"
        assert ("approved",) in ask(read)
        assert told("SELECT actor FROM community_auditentry").startswith("permission denied")


def test_every_reason_has_its_words_and_another_needs_a_sentence():
    case, amelia = CaseFactory(), moderator()
    with at_the_desk(amelia):
        cases.claim(case)
        with pytest.raises(cases.Refused, match="vote_against_has_a_reason"):
            cases.reject(case, Reason.OTHER, by=amelia)
        assert cases.reject(case, Reason.OTHER, by=amelia, sentence="We could not reach you.").status == "pending"
