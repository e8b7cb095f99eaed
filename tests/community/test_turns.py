"""What goes one after the other cannot be held up by whoever may connect."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection
from django.utils import translation

from community import staff, tasks
from tests.databases import as_role, url_for
from tests.factories import MemberFactory
from tests.verification.desks import ask, at_the_desk, told


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
@pytest.mark.django_db
def test_no_door_takes_a_turn_by_itself(door):
    with as_role(door):
        for statement in (
            "SELECT FROM community_turn FOR KEY SHARE",
            "LOCK TABLE community_turn IN ACCESS SHARE MODE",
            "SELECT take_turn('ranks')",
        ):
            assert told(statement).startswith("permission denied"), statement


def test_whoever_holds_a_lock_of_the_name_holds_up_nobody_and_a_turn_that_is_kept_is_a_refusal(committed):
    with as_role("owner"):
        ana = MemberFactory(is_staff=True, is_superuser=True)
        eva, gil = MemberFactory(), MemberFactory()
        ((kept,),) = ask("SELECT proconfig FROM pg_proc WHERE proname = 'take_turn'")
        assert "lock_timeout=5s" in kept
        connection.cursor().execute("ALTER FUNCTION take_turn(text) SET lock_timeout = '50ms'")
        connection.cursor().execute("SET statement_timeout = '3s'")
    with psycopg.connect(url_for(committed, "site")) as site:
        for name in ("ranks", "verification_vouch", "community_matchingbits"):
            site.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        with at_the_desk(ana):
            assert staff.invite(eva, "moderator")
    with psycopg.connect(url_for(committed, "owner")) as owner, at_the_desk(ana):
        owner.execute("SELECT FROM community_turn FOR UPDATE")
        assert told("SELECT invite_to_desk(%s, 'moderator', false)", gil.pk) == "others_turn"
        with pytest.raises(staff.NotSo, match="others_turn") as no:
            staff.invite(gil, "moderator")
        with translation.override("en"):
            assert "Someone else" in str(no.value.words)
        with as_role("site"):
            assert told("SELECT answer_vouch('invented', false)") == "others_turn"


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["site", "desk"])
@pytest.mark.parametrize("column", ["lock", "queueing_lock", "scheduled_at"])
def test_no_door_puts_a_job_in_that_keeps_the_workers_rounds_from_being_made(door, column):
    with as_role(door):
        held = told(
            f"INSERT INTO procrastinate_jobs (queue_name, task_name, args, {column})"
            " VALUES ('default', 'verification.tasks.destroy_due_evidence', '{}', '2099-01-01')"
        )
        assert held == "a job of a door waits for nothing and holds nobody up"
        tasks.send_letter.defer(letter_id="invented")
