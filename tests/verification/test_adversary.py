"""What someone tried who reads the source, and what the database says to it now."""

from __future__ import annotations

import pytest
from django.db import connection

from community.identity import acting_as
from community.models import Member
from tests.databases import as_role
from tests.doors import log_in_fully, staff
from tests.factories import CaseFactory, EvidenceFactory, ListingRequestFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, look, moderator, run, state, told, vote
from verification.models import Case

ADDRESS = "UPDATE community_member SET email = 'elsewhere@example.org' WHERE id = %s"
PAPER = (
    "INSERT INTO verification_evidence (id, case_id, kind, pages, sealed_key, key_id, fingerprint, uploaded_at,"
    " destroy_after) VALUES (gen_random_uuid(), %s, 'passport', 1, 'sealed', 'key', '', now(), now())"
)
QUESTION_AND_APPROVAL = (
    "INSERT INTO verification_vote (id, case_id, by_id, verdict, reason, sentence) VALUES"
    " (gen_random_uuid(), %s, %s, 'ask', '', 'Porquê?'), (gen_random_uuid(), %s, %s, 'approve', '', '')"
)


def asks(case: Case, by: Member) -> None:
    with at_the_desk(by):
        assert told("SELECT claim_case(%s)", case.pk) == "done"
        run(
            "INSERT INTO verification_vote (id, case_id, by_id, verdict, reason, sentence)"
            " VALUES (gen_random_uuid(), %s, %s, 'ask', '', 'Porquê?')",
            case.pk,
            by.pk,
        )


def replies(case: Case) -> str:
    return told("INSERT INTO verification_reply (id, case_id, text) VALUES (gen_random_uuid(), %s, 'Sim.')", case.pk)


@pytest.mark.django_db
def test_an_approval_is_of_the_papers_that_were_there():
    case, amelia, baltazar = CaseFactory(route=Case.Route.DOCUMENT), moderator(), moderator()
    paper = EvidenceFactory(case=case)
    assert vote(case, amelia) == "done"
    asks(case, baltazar)
    with acting_as(case.member):
        assert told("SELECT destroy_evidence(%s)", paper.pk) == "done"
        assert told(PAPER, case.pk) == "done"
        assert replies(case) == "done"

    assert vote(case, baltazar) == "done"
    assert state(case) == ("pending", False)
    assert vote(case, moderator()) == "done"
    assert state(case) == ("approved", True)


@pytest.mark.django_db
def test_an_answer_without_other_papers_leaves_the_approval_standing():
    case, amelia, baltazar = CaseFactory(route=Case.Route.DOCUMENT), moderator(), moderator()
    EvidenceFactory(case=case)
    assert vote(case, amelia) == "done"
    asks(case, baltazar)
    with acting_as(case.member):
        assert replies(case) == "done"

    assert vote(case, baltazar) == "done"
    assert state(case) == ("approved", True)


@pytest.mark.django_db
def test_one_statement_gives_no_two_verdicts():
    case, amelia = CaseFactory(route=Case.Route.DOCUMENT), moderator()
    EvidenceFactory(case=case)
    with at_the_desk(amelia):
        assert told("SELECT claim_case(%s)", case.pk) == "done"
        look(case)
        assert told(QUESTION_AND_APPROVAL, case.pk, amelia.pk, case.pk, amelia.pk) == "not_waiting"
    assert state(case) == ("pending", False)


@pytest.mark.django_db
def test_an_address_is_an_administrators_to_change_and_a_colleagues_nobodys():
    member, ana = MemberFactory(), MemberFactory(is_staff=True, is_superuser=True)
    with at_the_desk(moderator()):
        assert told(ADDRESS, member.pk) == "only an administrator changes an address"
    with at_the_desk(ana):
        assert told(ADDRESS, moderator().pk) == "new keys take the word of two administrators"
        run("SELECT invite_to_desk(%s, 'moderator', false)", member.pk)
        assert told(ADDRESS, member.pk) == "whoever is invited keeps the address until they are in"
        run("SELECT withdraw_invitation(id) FROM community_invitation")
        assert told(ADDRESS, member.pk) == "done"


def test_nobody_is_anybody_at_the_desk_in_a_transaction_that_sees_the_past(committed):
    case, amelia = CaseFactory(waiting_since=None), moderator()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_isolation = 'repeatable read'")
        with at_the_desk(amelia):
            assert ask("SELECT current_member()") == [(None,)]
        with acting_as(case.member):
            assert told("SELECT withdraw_case(%s)", case.pk) == "read_committed_only"
    finally:
        connection.close()
    with at_the_desk(amelia):
        assert ask("SELECT current_member()") == [(amelia.pk,)]
    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).status == Case.Status.PENDING


@pytest.mark.django_db
def test_a_moderator_does_not_meet_their_own_wish_at_the_desk(desk):
    amelia = staff("change_listingrequest")
    log_in_fully(desk, amelia)
    with as_role("owner"):
        own, request = ListingRequestFactory(member=amelia), ListingRequestFactory()
    assert desk.get(f"/verification/listingrequest/{request.pk}/decide/?decision=refuse").status_code == 200
    assert desk.get(f"/verification/listingrequest/{own.pk}/decide/?decision=refuse").status_code == 404


def test_nobody_goes_through_an_attempt_reads_the_score_and_undoes_it_all(committed):
    with as_role("owner"):
        case = CaseFactory(route=Case.Route.CULTURAL_KNOWLEDGE, waiting_since=None)
    answer = "SELECT answer_attempt(%s, 1, 0)"
    with acting_as(case.member):
        ((attempt,),) = ask("SELECT start_attempt(%s, 'portugal')", case.pk)
        ask("SELECT asks FROM attempt_question(%s, 'pt')", attempt)
        assert told(answer, attempt) == "not_asked"
    with acting_as(case.member):
        assert told(answer, attempt) == "done"


@pytest.mark.django_db
def test_a_moderator_is_shown_an_address_and_types_none(desk):
    log_in_fully(desk, staff("view_member", "change_member", "view_profile", "change_profile"))
    member = MemberFactory()
    profile = {"profile-TOTAL_FORMS": "1", "profile-INITIAL_FORMS": "1", "profile-MIN_NUM_FORMS": "1"}
    profile |= {"profile-MAX_NUM_FORMS": "1", "profile-0-member": str(member.pk), "profile-0-display_name": "Eva"}
    form = {"email": "elsewhere@example.org", "language": "en", "is_active": "on"}

    assert desk.post(f"/community/member/{member.pk}/change/", form | profile).status_code == 302
    with as_role("owner"):
        assert Member.objects.get(pk=member.pk).email == member.email
