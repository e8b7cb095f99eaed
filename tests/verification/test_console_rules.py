"""What the desk may read of a case, asked with raw SQL: a second moderator decides by themselves."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from community.models import AuditEntry, Profile
from tests.databases import as_role
from tests.factories import BlockFactory, CaseFactory, EvidenceFactory, MemberFactory, fill_profile
from tests.verification.desks import VOTE, ask, at_the_desk, moderator, told, vote
from verification import cases
from verification.models import Case, Conflict

pytestmark = pytest.mark.django_db
READ_VOTES = "SELECT verdict FROM verification_vote ORDER BY at"
ADD_NOTE = (
    "INSERT INTO verification_note (id, case_id, by_id, text) VALUES (gen_random_uuid(), %s, %s, 'Seal unclear.')"
)


def document(**fields: Any) -> Case:
    """A case with a document in it."""
    case = CaseFactory(route=Case.Route.DOCUMENT, **fields)
    EvidenceFactory(case=case)
    return case


def shown_of_applicant(case: Case) -> dict[str, Any]:
    ((found,),) = ask("SELECT applicant_as_shown(%s)", case.pk)
    return json.loads(found or "{}")


def test_a_second_moderator_sees_that_there_is_a_vote_and_not_which_until_they_voted():
    case, amelia, baltazar, carla = document(), moderator(), moderator(), moderator()
    vote(case, amelia, "reject")

    with at_the_desk(baltazar):
        assert ask(READ_VOTES) == []
        assert ask("SELECT * FROM votes_on(ARRAY[%s]::uuid[])", case.pk) == [(case.pk, 1)]
        assert ask("SELECT cases_voted_on()") == [(case.pk,)]
    with at_the_desk(amelia):
        assert ask(READ_VOTES) == [("reject",)]
    vote(case, baltazar)
    with at_the_desk(baltazar):
        assert ask(READ_VOTES) == [("reject",), ("approve",)]
    with at_the_desk(carla):
        assert ask(READ_VOTES) == []
    vote(case, carla)
    with at_the_desk(moderator()):
        assert ask(READ_VOTES) == [("reject",), ("approve",), ("approve",)]
        assert ask("SELECT cases_voted_on()") == []


def test_a_question_is_read_by_all_of_the_desk():
    case, amelia = document(), moderator()
    with at_the_desk(amelia):
        cases.claim(case)
        cases.ask(case, "Which year is it from?", by=amelia)

    with at_the_desk(moderator()):
        assert ask(READ_VOTES) == [("ask",)]
        assert ask("SELECT * FROM votes_on(ARRAY[%s]::uuid[])", case.pk) == []


def test_a_question_of_ones_own_shows_nobody_how_others_voted():
    case, amelia, baltazar = document(), moderator(), moderator()
    vote(case, amelia, "reject")
    with at_the_desk(baltazar):
        cases.claim(case)
        cases.ask(case, "Which year is it from?", by=baltazar)
        assert ask(READ_VOTES) == [("ask",)]


def test_whoever_is_nobody_at_the_desk_is_not_told_that_there_is_a_vote():
    case = document()
    vote(case, moderator())
    with as_role("desk"):
        assert ask("SELECT * FROM votes_on(ARRAY[%s]::uuid[])", case.pk) == []
        assert ask("SELECT cases_voted_on()") == []


def test_nothing_tells_a_moderator_of_the_votes_on_their_own_case():
    amelia = moderator()
    case = document(member=amelia)
    vote(case, moderator())

    with at_the_desk(amelia):
        assert ask(READ_VOTES) == []
        assert ask("SELECT * FROM votes_on(ARRAY[%s]::uuid[])", case.pk) == []
        assert ask("SELECT cases_voted_on()") == []
        assert ask("SELECT cases_named(%s)", "member") == []


def test_whoever_holds_a_case_sees_of_its_member_what_members_see():
    case, amelia, baltazar = document(), moderator(), moderator()
    with as_role("owner"):
        Profile.objects.filter(pk=case.member_id).update(visibility="community")
    fill_profile(case.member, "public", arrival="community", interests="verified", bio="private")

    for other in (amelia, baltazar):
        with at_the_desk(other):
            assert shown_of_applicant(case) == {}
    with at_the_desk(amelia):
        cases.claim(case)
        shown = shown_of_applicant(case)
        assert set(shown) == {"names", "portrait", "regions", "fluency", "celebrations", "year", "home", "languages"}
        assert (shown["names"], shown["regions"], shown["year"]) == ("Maria Secreta", ["minho"], 1999)
    with at_the_desk(baltazar):
        assert shown_of_applicant(case) == {}


@pytest.mark.parametrize("why", ["the lease is over", "a conflict", "withdrawn from sight", "private", "a block"])
def test_and_nothing_else_of_them(why):
    case, amelia = CaseFactory(), moderator()
    with as_role("owner"):
        Profile.objects.filter(pk=case.member_id).update(visibility="public")
    fill_profile(case.member, "public")
    with at_the_desk(amelia):
        cases.claim(case)
        assert "regions" in shown_of_applicant(case)
        assert "names" not in shown_of_applicant(case)  # there is no paper to compare them with
    with as_role("owner"):
        match why:
            case "the lease is over":
                Case.objects.filter(pk=case.pk).update(claimed_until=now() - timedelta(seconds=1))
            case "a conflict":
                Conflict.objects.create(case=case, moderator=amelia, kind="personal")
                Case.objects.filter(pk=case.pk).update(  # a lease that nobody should hold
                    claimed_by=amelia, claimed_until=now() + timedelta(minutes=9)
                )
            case "withdrawn from sight":
                Profile.objects.filter(pk=case.member_id).update(withdrawn_at=now())
            case "private":
                Profile.objects.filter(pk=case.member_id).update(visibility="private")
            case "a block":
                BlockFactory(blocker=case.member, blocked=amelia)
    with at_the_desk(amelia):
        assert shown_of_applicant(case) == {}


def test_cases_are_found_by_the_words_of_a_name_with_and_without_accents():
    def named(name: str) -> Case:
        return CaseFactory(member=MemberFactory(profile__display_name=name))

    conceicao, other = named("Conceição d'Ávila"), named("Rui Prates")
    with at_the_desk(moderator()):
        for words in ("conceicao", "CONC", "avila conc", "Ávila", "d'av"):
            assert ask("SELECT cases_named(%s)", words) == [(conceicao.pk,)], words
        assert ask("SELECT cases_named(%s)", "p") == [(other.pk,)]
        for words in ("", " ", "'", "&|!", "nobody", "eicao"):
            assert ask("SELECT cases_named(%s)", words) == [], words
    with as_role("desk"):
        assert ask("SELECT cases_named(%s)", "p") == []


def test_kept_views_are_ones_own_and_ask_what_the_queue_knows():
    amelia, baltazar = moderator(), moderator()
    keep = "INSERT INTO verification_savedfilter (id, member_id, name, query) VALUES (gen_random_uuid(), %s, %s, %s)"
    with at_the_desk(amelia):
        assert told(keep, amelia.pk, "Mine", "queue=mine&language=pt") == "done"
        assert "row-level security" in told(keep, baltazar.pk, "Theirs", "queue=mine")
        for query in ("", "q=Maria", "queue=mine&q=Maria", "queue=", "queue=mine&after=2026", "queue=<script>"):
            assert told(keep, amelia.pk, "x", query) == "filter_asks_what_the_queue_knows", query
    with at_the_desk(baltazar):
        assert ask("SELECT name FROM verification_savedfilter") == []
        assert told("DELETE FROM verification_savedfilter") == "nothing"
    with as_role("owner"):
        amelia.is_staff = False
        amelia.save(update_fields=["is_staff"])
    with at_the_desk(amelia):
        assert ask("SELECT name FROM verification_savedfilter") == []


@pytest.mark.parametrize("door", ["site", "worker"])
def test_no_other_door_asks_what_the_desk_may(door):
    case = document()
    with as_role(door):
        for statement in ("SELECT cases_named('a')", "SELECT cases_voted_on()", "SELECT votes_on('{}')",
                          "SELECT has_voted(gen_random_uuid())", "SELECT applicant_as_shown(gen_random_uuid())",
                          "SELECT FROM verification_note"):  # fmt: skip
            assert told(statement).startswith("permission denied"), statement
    assert case


def test_a_note_is_a_moderators_own_on_anothers_open_case_and_stays():
    case, amelia = document(), moderator()
    own, over = document(member=amelia), document(waiting_since=None, status="withdrawn", decided_at=now())

    with at_the_desk(amelia):
        assert told(ADD_NOTE, case.pk, amelia.pk) == "done"
        assert told(ADD_NOTE, case.pk, moderator().pk).startswith("new row violates row-level security")
        assert told(ADD_NOTE, own.pk, amelia.pk).startswith("new row violates row-level security")
        assert told(ADD_NOTE, over.pk, amelia.pk) == "ended_already"
        assert told("UPDATE verification_note SET text = 'x'").startswith("permission denied")
        assert told("DELETE FROM verification_note").startswith("permission denied")
    with at_the_desk(moderator()):
        assert ask("SELECT text FROM verification_note") == [("Seal unclear.",)]
    with as_role("owner"):
        (entry,) = AuditEntry.objects.filter(kind="verification_note")
        assert (entry.actor, entry.door, entry.verb) == (amelia.pk, "desk", "insert")
        case.delete()
        assert ask("SELECT FROM verification_note") == []


def test_the_desks_role_with_a_moderators_identity_gets_round_nothing():
    """The script of an intruder: the desk's password, the identity of one moderator, and SQL."""
    amelia = moderator()
    own, paper = document(member=amelia), document()

    assert vote(own, amelia) == "own_case"
    assert vote(paper, amelia) == "done"
    assert vote(paper, amelia) == "voted_already"
    with at_the_desk(amelia):
        for statement in (
            f"UPDATE verification_case SET status = 'approved' WHERE id = '{paper.pk}'",
            f"UPDATE verification_case SET waiting_since = NULL WHERE id = '{own.pk}'",
            f"INSERT INTO verification_case (id, member_id, route, status, language, note)"
            f" VALUES (gen_random_uuid(), '{amelia.pk}', 'document', 'approved', 'pt', '')",
            "UPDATE verification_vote SET by_id = NULL",
            "DELETE FROM verification_vote",
            "UPDATE community_profile SET heritage_verified_at = now()",
            "UPDATE community_auditentry SET actor = NULL",
            "DELETE FROM community_auditentry",
            "INSERT INTO community_auditentry (door) VALUES ('site')",
            "TRUNCATE community_auditentry",
            "ALTER TABLE verification_vote DISABLE TRIGGER ALL",
            "ALTER TABLE community_auditentry DISABLE ROW LEVEL SECURITY",
            "SET session_replication_role = 'replica'",
            "SELECT clear_audit()",
            "SELECT sealed_key FROM verification_evidence",
            "SELECT end_cases_of(gen_random_uuid())",
            "SELECT recusal_of(gen_random_uuid(), gen_random_uuid())",
        ):
            said = told(statement)
            assert "denied" in said or "must be owner" in said, (statement, said)
        assert told(VOTE, paper.pk, amelia.pk, "approve", "") == "voted_already"
    with as_role("owner"):
        assert set(Case.objects.values_list("status", flat=True)) == {"pending"}
