"""What holds for every table, said once and read off the real database."""

from __future__ import annotations

import re

import pytest
from django.db import DatabaseError, connection, transaction

from community.tasks import send_letter
from config.doors import RUNTIME_ROLES
from config.privileges import PRIVILEGES, PUBLIC, Rights
from tests.databases import as_role

pytestmark = pytest.mark.django_db

SECTION = {
    "member_keeps_own ALL to public",
    "narrowed_to_an_audience SELECT to public",
    "seen_by_whom_its_member_chose SELECT to public",
}
POLICIES = {
    "account_emailaddress": {"member_keeps_own_addresses ALL to public"},
    "account_emailconfirmation": {"member_keeps_own_confirmations ALL to public"},
    "community_letter": {
        "doors_put_letters_in INSERT to lusotown_desk,lusotown_site",
        "worker_carries_letters ALL to lusotown_worker",
    },
    "community_member": {
        "desk_keeps_members ALL to lusotown_desk",
        "member_changes_own UPDATE to public",
        "member_reads_own SELECT to public",
        "stranger_signs_up INSERT to lusotown_site",
    },
    # Nobody at the desk gives ranks by writing here: functions do, which ask for two words.
    "auth_group": {"desk_reads_groups SELECT to lusotown_desk"},
    "auth_group_permissions": {"desk_reads_what_groups_may SELECT to lusotown_desk"},
    "community_member_groups": {"desk_reads_memberships SELECT to lusotown_desk"},
    "community_member_user_permissions": {"desk_reads_permissions SELECT to lusotown_desk"},
    "community_invitation": {"administrators_read_invitations SELECT to lusotown_desk"},
    "community_staffchange": {
        "administrators_read_staff_changes SELECT to lusotown_desk",
        "worker_reads_what_is_untold SELECT to lusotown_worker",
    },
    "community_onboarding": {
        "one_agrees_for_oneself INSERT to lusotown_desk",
        "read_by_oneself_and_administrators SELECT to lusotown_desk",
        "taken_along SELECT to lusotown_worker",
    },
    "community_profile": {
        "desk_keeps_profiles ALL to lusotown_desk",
        "member_adds_own_profile INSERT to lusotown_site",
        "member_changes_own_profile UPDATE to public",
        "narrowed_to_an_audience SELECT to public",
        "profile_seen_by_whom_its_member_chose SELECT to public",
    },
    "community_portrait": SECTION,
    "community_bio": SECTION,
    "community_heritage": SECTION,
    "community_interests": SECTION,
    "community_culture": SECTION,
    "community_arrival": SECTION,
    "community_homearea": SECTION,
    "community_languages": SECTION,
    "community_legalname": {"member_keeps_own ALL to public"},
    "community_block": {"member_keeps_own_blocks ALL to public"},
    "community_consent": {
        "member_consents INSERT to public",
        "member_reads_own_consents SELECT to public",
        "member_withdraws_once UPDATE to public",
    },
    "community_matchingchoice": {"member_keeps_own_choice ALL to public"},
    "community_matchingbits": set(),  # read by functions alone
    "community_token": {
        "member_makes_own_tokens INSERT to public",
        "member_reads_own_tokens SELECT to public",
        "member_revokes_own_tokens_once UPDATE to public",
    },
    "community_auditentry": {
        "nothing_of_ones_own SELECT to lusotown_desk",
        "administrators_read SELECT to lusotown_desk",
        "member_reads_what_concerns_them SELECT to lusotown_site,lusotown_worker",
    },
    "community_export": {
        "member_asks_for_a_copy INSERT to lusotown_site",
        "member_reads_own_copy SELECT to lusotown_site",
        "member_takes_own_copy DELETE to lusotown_site",
        "worker_makes_copies ALL to lusotown_worker",
    },
    "community_erasure": {
        "member_reads_own_wish SELECT to lusotown_site,lusotown_worker",
        "worker_finishes_what_is_due UPDATE to lusotown_worker",
        "worker_reads_what_is_due SELECT to lusotown_worker",
    },
    "community_notice": {
        "desk_tells_of_listings INSERT to lusotown_desk",
        "desk_tells_reporters INSERT to lusotown_desk",
        "desk_writes_letters INSERT to lusotown_desk",
        "member_marks_own_as_read UPDATE to lusotown_site",
        "member_reads_own_notices SELECT to public",
        "worker_tells_members_of_their_cases INSERT to lusotown_worker",
    },
    "community_noticechoice": {
        "desk_asks_how_to_tell SELECT to lusotown_desk",
        "member_keeps_own_choices ALL to public",
        "worker_asks_whom_to_write_to SELECT to lusotown_worker",
    },
    "community_weekly": {"member_keeps_own_weekly ALL to public"},
    "community_weeklyletter": {
        "worker_knows_whom_it_wrote_to_this_week SELECT to lusotown_worker",
        "worker_writes_as_the_member INSERT to lusotown_worker",
    },
    "community_session": {
        "desk_session_by_its_key ALL to lusotown_desk",
        "site_session_by_its_key ALL to lusotown_site",
        "worker_clears_sessions ALL to lusotown_worker",
    },
    "django_admin_log": {
        "desk_reads_its_log SELECT to lusotown_desk",
        "nothing_of_ones_own SELECT to lusotown_desk",
        "desk_writes_its_log INSERT to lusotown_desk",
    },
    "events_event": {
        "desk_keeps_events ALL to lusotown_desk",
        "event_seen_by_whom_it_is_for SELECT to public",
        "organizer_adds_own_event INSERT to public",
        "organizer_changes_own_event UPDATE to public",
    },
    "events_event_languages": {
        "desk_keeps ALL to lusotown_desk",
        "organizer_keeps_own ALL to lusotown_site",
        "seen_with_its_event SELECT to public",
    },
    "events_event_regions": {
        "desk_keeps ALL to lusotown_desk",
        "organizer_keeps_own ALL to lusotown_site",
        "seen_with_its_event SELECT to public",
    },
    "events_event_tags": {
        "desk_keeps ALL to lusotown_desk",
        "organizer_keeps_own ALL to lusotown_site",
        "seen_with_its_event SELECT to public",
    },
    "events_turnout": {"seen_with_its_event SELECT to public"},
    "mfa_authenticator": {"member_keeps_own_authenticators ALL to public"},
    "verification_case": {
        "desk_reads_cases_but_not_of_the_reader SELECT to lusotown_desk",
        "member_opens_own_case INSERT to lusotown_site",
        "member_reads_own_cases SELECT to lusotown_site,lusotown_worker",
    },
    "verification_vote": {
        "desk_reads_votes_that_can_sway_nobody SELECT to lusotown_desk",
        "moderator_votes_as_oneself INSERT to lusotown_desk",
    },
    "verification_reply": {
        "member_replies_in_own_case INSERT to lusotown_site",
        "read_with_its_case SELECT to public",
    },
    "verification_conflict": {
        "desk_reads_conflicts_with_their_case SELECT to lusotown_desk",
        "moderator_declares_own_conflict_with_a_claim INSERT to lusotown_desk",
        "moderator_reads_own_conflicts_with_claims SELECT to lusotown_desk",
        "moderator_declares_own_conflict INSERT to lusotown_desk",
    },
    "verification_evidence": {
        "desk_reads_papers_with_their_claim SELECT to lusotown_desk",
        "member_hands_evidence_in INSERT to lusotown_site",
        "member_hands_papers_in_with_own_claim INSERT to lusotown_site",
        "member_reads_papers_of_own_claims SELECT to lusotown_site,lusotown_worker",
        "read_with_its_case SELECT to public",
        "worker_reads_what_is_due_or_gone SELECT to lusotown_worker",
    },
    "verification_opening": {"read_with_its_evidence SELECT to public"},
    "verification_vouch": {
        "member_asks_for_a_vouch INSERT to lusotown_site",
        "read_with_its_case SELECT to public",
        "referee_reads_own SELECT to lusotown_site,lusotown_worker",
    },
    "verification_question": set(),  # read by functions alone
    "verification_attempt": {"read_with_its_case SELECT to public"},
    "verification_news": {
        "member_reads_own_news SELECT to lusotown_site,lusotown_worker",
        "worker_marks_as_told UPDATE to lusotown_worker",
        "worker_reads_what_is_untold SELECT to lusotown_worker",
    },
    "verification_note": {
        "desk_reads_notes_with_their_case SELECT to lusotown_desk",
        "moderator_notes_as_oneself INSERT to lusotown_desk",
    },
    "verification_savedfilter": {"moderator_keeps_own_filters ALL to lusotown_desk"},
    "verification_stop": {"desk_reads_who_is_stopped SELECT to lusotown_desk"},
    "socialaccount_socialaccount": {
        "member_keeps_own_connections ALL to public",
        "read_while_signing_in SELECT to lusotown_site",
        "used_while_signing_in UPDATE to lusotown_site",
    },
    "socialaccount_socialtoken": set(),
    "socialaccount_socialapp": set(),
    "verification_listingrequest": {
        "anyone_hands_one_in INSERT to lusotown_site",
        "desk_keeps_listing_requests_but_not_its_own ALL to lusotown_desk",
        "member_reads_what_became_of_own SELECT to lusotown_site",
        "worker_answers SELECT to lusotown_worker",
    },
    "verification_claimcode": {
        "desk_reads_letters_with_their_claim SELECT to lusotown_desk",
        "moderator_prints_letters_of_what_they_look_after INSERT to lusotown_desk",
    },
    "verification_firstpost": {
        "desk_looks_at_first_posts_but_not_its_own SELECT to lusotown_desk",
        "desk_decides_on_first_posts_but_not_its_own UPDATE to lusotown_desk",
    },
    "verification_report": {
        "anyone_reports_what_they_see INSERT to lusotown_site",
        "reporter_reads_own SELECT to lusotown_site,lusotown_worker",
        "desk_keeps_reports_but_not_of_or_by_the_reader ALL to lusotown_desk",
    },
}

OURS = """
    relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = pg_class.oid AND d.deptype = 'e')
"""


def ask(query: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def test_these_are_all_the_policies():
    found: dict[str, set[str]] = {}
    for table, name, command, roles in ask(
        "SELECT tablename, policyname, cmd, array_to_string(roles, ',') FROM pg_policies WHERE schemaname = 'public'"
    ):
        found.setdefault(table, set()).add(f"{name} {command} to {roles}")

    assert found == {table: policies for table, policies in POLICIES.items() if policies}


def test_every_table_has_row_security_or_a_reason_to_be_public():
    secured = {
        table for (table,) in ask(f"SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND {OURS}")
    }
    open_tables = {
        table for (table,) in ask(f"SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relrowsecurity AND {OURS}")
    }

    assert secured == set(POLICIES)
    assert open_tables == set(PUBLIC)


def test_each_role_has_exactly_the_rights_on_the_list():
    whole_table = ask(
        f"""
        SELECT relname, role.rolname, verb.name
          FROM pg_class
         CROSS JOIN (SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)) AS role
         CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'),
                            ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) AS verb (name)
         WHERE relkind IN ('r', 'v', 'm', 'p') AND {OURS} AND has_table_privilege(role.rolname, pg_class.oid, verb.name)
        """,
        RUNTIME_ROLES,
    )
    some_columns = ask(
        """
        SELECT relname, role.rolname, verb.name, attname
          FROM pg_class
          JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
         CROSS JOIN (SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)) AS role
         CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) AS verb (name)
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
           AND has_column_privilege(role.rolname, pg_class.oid, attnum, verb.name)
           AND NOT has_table_privilege(role.rolname, pg_class.oid, verb.name)
        """,
        RUNTIME_ROLES,
    )
    found = {f"{table} {role}: {verb}" for table, role, verb in whole_table}
    found |= {f"{table} {role}: {verb} {column}" for table, role, verb, column in some_columns}

    assert found == {
        f"{table} lusotown_{door}: {right}"
        for table, rights in PRIVILEGES.items()
        for door in Rights._fields
        for right in single_rights(getattr(rights, door))
    }


def single_rights(verbs: str) -> list[str]:
    """Split ``SELECT, UPDATE (a, b)`` into ``SELECT``, ``UPDATE a`` and ``UPDATE b``."""
    found = []
    for verb, columns in re.findall(r"(\w+)(?: \(([^)]*)\))?", verbs):
        found += [f"{verb} {column.strip()}" for column in columns.split(",")] if columns else [verb]
    return found


@pytest.mark.parametrize("door", ["site", "desk"])
def test_a_door_puts_jobs_in_and_reads_none(door: str):
    with as_role(door):
        send_letter.defer(letter_id="1")
        for sql in (
            "SELECT args FROM procrastinate_jobs",
            "SELECT task_name FROM procrastinate_jobs",
            "SELECT job_id FROM procrastinate_events",
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('q', 't', 'succeeded')",
            "DELETE FROM procrastinate_jobs",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                ask(sql)
        assert ask("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'") == [(1,)]
    with as_role("worker"):
        assert ask(
            "SELECT args, type::text FROM procrastinate_jobs AS j JOIN procrastinate_events ON job_id = j.id"
        ) == [('{"letter_id": "1"}', "deferred")]


@pytest.mark.parametrize("role", RUNTIME_ROLES)
def test_a_run_time_role_is_nobody_special(role: str):
    assert ask(
        """
        SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
               (SELECT count(*) FROM pg_auth_members WHERE member = r.oid),
               (SELECT count(*) FROM pg_class WHERE relowner = r.oid),
               has_schema_privilege(rolname, 'public', 'CREATE')
          FROM pg_roles AS r WHERE rolname = %s
        """,
        role,
    ) == [(False, False, False, False, False, 0, 0, False)]


def test_functions_that_run_as_the_owner_fix_their_search_path_and_few_can_be_called():
    # By policies, and to search the directory; all others are called by triggers alone.
    loose = ask(
        """
        SELECT p.proname FROM pg_proc AS p
         WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
           AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
           AND NOT EXISTS (SELECT FROM unnest(coalesce(p.proconfig, '{}')) AS c WHERE c ~ '^search_path=.*pg_temp$')
        """
    )
    callable_by_the_site = ask(
        """
        SELECT p.proname FROM pg_proc AS p
         WHERE p.pronamespace = 'public'::regnamespace AND (p.prosecdef OR p.prorettype = 'trigger'::regtype)
           AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
           AND has_function_privilege('lusotown_site', p.oid, 'EXECUTE')
         ORDER BY p.proname
        """
    )

    assert loose == []
    assert [name for (name,) in callable_by_the_site] == [
        *("active_today", "answer_attempt", "answer_vouch", "ask_erasure", "attempt_question", "audiences"),
        *(
            "best_matches",
            "claim_presented",
            "compatibility_with",
            "connected_member",
            "destroy_evidence",
            "find_members",
            "hand_in_case",
        ),
        *(
            "is_out_of_sight",
            "member_the_desk_vouches_for",
            "prove_claim_by_mail",
            "questions_asked",
            "signing_in_member",
            "start_attempt",
            "take_back_erasure",
            "take_claim_on",
            "token_presented",
            "type_claim_code",
        ),
        *("vouch_presented", "withdraw_case", "withdraw_claim"),
    ]


def test_the_suite_itself_asks_as_the_site_role():
    assert ask("SELECT current_user::text") == [("lusotown_site",)]
