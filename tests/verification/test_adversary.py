"""What someone tried who reads the source, and what the database says to it now."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.timezone import now

from community.identity import acting_as
from community.models import AuditEntry, Letter, Member
from tests.databases import as_role
from tests.doors import log_in_fully, staff
from tests.factories import CaseFactory, EvidenceFactory, ListingRequestFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, look, moderator, run, state, told, vote
from verification import actions, cases, news
from verification.models import Case, Opening, Stop

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
def test_an_account_is_neither_made_older_nor_locked_away_at_the_desk():
    member = MemberFactory()
    with at_the_desk(MemberFactory(is_staff=True, is_superuser=True)):
        for column in ("joined_at", "adult_confirmed_at", "guidelines_accepted_at"):
            assert told(f"UPDATE community_member SET {column} = now() - interval '9 years'").startswith("permission")
        for mode in ("ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE", "ROW EXCLUSIVE"):
            assert told(f"LOCK TABLE community_member IN {mode} MODE").startswith("permission denied")
        assert told("UPDATE community_member SET language = 'en' WHERE id = %s", member.pk) == "done"


@pytest.mark.parametrize(
    "table", ["case", "vote", "reply", "conflict", "note", "evidence", "opening", "vouch", "stop", "attempt", "news"]
)
@pytest.mark.django_db
def test_nobody_at_the_desk_locks_up_the_case_file(table):
    with at_the_desk(MemberFactory(is_staff=True, is_superuser=True)):
        for mode in ("ACCESS EXCLUSIVE", "EXCLUSIVE", "SHARE"):
            assert told(f"LOCK TABLE verification_{table} IN {mode} MODE").startswith("permission denied"), mode


@pytest.mark.django_db
def test_the_badge_on_a_door_comes_with_a_granted_claim_alone():
    amelia = moderator()
    own, other = (ListingRequestFactory(kind="claim", member=member) for member in (amelia, MemberFactory()))
    badge = "UPDATE businesses_business SET verified_at = %s WHERE id = %s"
    with at_the_desk(amelia):
        for business in (own.business_id, other.business_id):
            assert told(badge, now(), business) == "badge_by_a_claim"
        actions.grant_claim(other, by=amelia)
        assert ask("SELECT verified_at IS NOT NULL FROM businesses_business WHERE id = %s", other.business_id) == [
            (True,)
        ]
    with as_role("owner"):
        run("UPDATE verification_listingrequest SET decided_at = now() - interval '1 day' WHERE id = %s", other.pk)
    with at_the_desk(amelia):
        assert told(badge, None, other.business_id) == "badge_by_a_claim"  # nor is it taken off by SQL


@pytest.mark.django_db
def test_whoever_left_is_not_brought_back_into_sight_at_the_desk():
    member = MemberFactory(profile__withdrawn_at=now())
    with at_the_desk(MemberFactory(is_staff=True, is_superuser=True)):
        for change in ("withdrawn_at = NULL", "visibility = 'public'", "contact = 'open'"):
            statement = f"UPDATE community_profile SET {change} WHERE member_id = %s"
            assert told(statement, member.pk).startswith("permission denied")


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


def test_nobody_reads_what_an_attempt_came_to_and_undoes_its_last_answer(committed):
    with as_role("owner"):
        case = CaseFactory(route=Case.Route.CULTURAL_KNOWLEDGE, waiting_since=None)
    with acting_as(case.member):
        ((attempt,),) = ask("SELECT start_attempt(%s, 'portugal')", case.pk)
    question, answer = "SELECT place FROM attempt_question(%s, 'pt')", "SELECT answer_attempt(%s, %s, 0)"
    result = "SELECT is_enough IS NOT NULL FROM verification_attempt WHERE id = %s"
    for place in range(1, 13):
        with acting_as(case.member):
            assert ask(question, attempt) == [(place,)]
        with acting_as(case.member):
            assert told(answer, attempt, place) == "done"
            assert ask(question, attempt)[:1] == ([] if place == 12 else [(place + 1,)])
            assert ask(result, attempt) == [(False,)]
    with acting_as(case.member):
        assert told(answer, attempt, 13) == "not_asked"
        assert ask(question, attempt) == []
        assert ask(result, attempt) == [(True,)]


@pytest.mark.django_db
def test_the_twenty_first_opening_stops_whoever_rolls_it_back_and_tells_the_others():
    case, amelia, baltazar = CaseFactory(route=Case.Route.DOCUMENT), moderator(), moderator()
    paper = EvidenceFactory(case=case)
    with as_role("owner"):
        Opening.objects.bulk_create(Opening(evidence=paper, by=amelia, written_in=1) for _ in range(20))
    with at_the_desk(amelia):
        cases.claim(case)
        run("SAVEPOINT here")
        assert ask("SELECT open_evidence(%s)", paper.pk) == [(None,)]
        run("ROLLBACK TO SAVEPOINT here")
        assert not Stop.objects.exists()

    for _twice in range(2):
        with as_role("worker"):
            news.tell_the_desk_of_stops()

    with as_role("owner"):
        assert [stop.moderator_id for stop in Stop.objects.all()] == [amelia.pk]
        assert [letter.to for letter in Letter.objects.all()] == [baltazar.email]
        assert Case.objects.get(pk=case.pk).claimed_by_id is None
    with at_the_desk(amelia):
        assert told("SELECT claim_case(%s)", case.pk) == "stopped"
    with as_role("owner"):
        Stop.objects.update(lifted_at=now())
    with as_role("worker"):
        news.tell_the_desk_of_stops()
    with at_the_desk(amelia):  # what was lifted is not put back
        assert told("SELECT claim_case(%s)", case.pk) == "done"


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
@pytest.mark.django_db
def test_no_door_reads_or_moves_the_mark_of_a_stop(door):
    with as_role(door), acting_as(moderator()):
        for statement in (
            "SELECT setval('verification_stopped', 1)",
            "SELECT last_value FROM verification_stopped",
            "SELECT stop_moderator(gen_random_uuid(), 1)",
        ):
            assert told(statement).startswith("permission denied"), statement


@pytest.mark.django_db
def test_an_administrator_does_not_learn_at_the_desk_who_decided_what_was_theirs():
    ana, rui = (MemberFactory(is_staff=True, is_superuser=True) for _ in range(2))
    amelia, baltazar = moderator(), moderator()
    case = CaseFactory(route=Case.Route.DOCUMENT, member=ana)
    paper = EvidenceFactory(case=case)
    wish = ListingRequestFactory(member=ana)
    with at_the_desk(amelia):
        cases.claim(case)
        cases.open_evidence(paper)
        cases.write_note(case, "Parece bem.", by=amelia)
        run(
            "UPDATE verification_listingrequest SET outcome = 'refused', decided_at = now(), decided_by_id = %s"
            " WHERE id = %s",
            amelia.pk,
            wish.pk,
        )
    for who in (amelia, baltazar):
        assert vote(case, who) == "done"
    with as_role("owner"):
        LogEntry.objects.create(
            user_id=amelia.pk,
            content_type=ContentType.objects.get_for_model(wish),
            object_id=str(wish.pk),
            object_repr="",
            action_flag=CHANGE,
        )
    both = [amelia.pk, baltazar.pk]

    def seen() -> tuple[set[str], int, int, int]:
        kinds = set(AuditEntry.objects.filter(actor__in=both).values_list("kind", flat=True))
        ((done,),) = ask("SELECT sum(votes + questions + openings) FROM desk_load() WHERE moderator = ANY (%s)", both)
        votes = ask("SELECT FROM verification_vote")
        return kinds, int(done), LogEntry.objects.count(), len(votes)

    with at_the_desk(ana):
        assert seen() == (set(), 0, 0, 0)
    with at_the_desk(rui):
        kinds, *others = seen()
        assert kinds == {"community_profile"} | {
            f"verification_{it}" for it in ("case", "evidence", "listingrequest", "note")
        }
        assert others == [5, 1, 2]


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
