"""The question that comes with BEGIN, where it is committed: the tests' own transaction would begin before it."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import DataError, OperationalError, connection, transaction
from django.test import Client
from psycopg.pq import TransactionStatus

from community.identity import MEMBER, ask_first
from tests import doors
from tests.databases import url_for
from tests.factories import MemberFactory

pytestmark = pytest.mark.usefixtures("committed")


def current_member() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_member()::text")
        return cursor.fetchone()[0]


def test_a_page_knows_its_member_after_one_round_trip_and_ends_with_a_second(tmp_path: Path):
    ana, browser = MemberFactory(password=doors.PASSWORD), Client()
    doors.log_in(browser, ana, path="/en/account/login/")
    browser.get("/en/about/")
    libpq = connection.connection.pgconn

    with (tmp_path / "said").open("wb") as said:
        libpq.trace(said.fileno())
        response = browser.get("/en/about/")
        libpq.untrace()

    assert response.wsgi_request.user == ana
    assert (tmp_path / "said").read_bytes().count(b"ReadyForQuery") == 2


def test_what_the_first_question_sets_ends_with_its_transaction():
    member = str(uuid4())

    with transaction.atomic():
        assert ask_first(f"SELECT set_config('{MEMBER}', %s, true), 'it''s'", [member]) == (member, "it's")
        assert current_member() == member
        assert ask_first("SELECT 1 WHERE false", []) is None
    assert current_member() is None


def test_what_the_first_question_is_asked_with_cannot_be_read_by_who_shares_the_role(committed: str):
    key = uuid4().hex

    with transaction.atomic():
        ask_first("SELECT set_config('app.session', %s, true)", [key])
        with psycopg.connect(url_for(committed)) as other:
            (asked,) = other.execute(
                "SELECT query FROM pg_stat_activity WHERE pid = %s", [connection.connection.info.backend_pid]
            ).fetchone()

    assert asked.startswith("SELECT set_config('app.session', ")
    assert key not in asked


def test_a_first_question_without_an_answer_is_a_transaction_all_the_same():
    with transaction.atomic():
        assert ask_first(f"SELECT FROM set_config('{MEMBER}', %s, true) WHERE set_config = ''", [str(uuid4())]) is None
        assert current_member() is not None
    assert current_member() is None


def test_a_first_question_that_fails_says_why_and_leaves_a_connection_that_works():
    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        ask_first("SELECT 1 / %s::int", [0])

    with transaction.atomic():
        assert ask_first("SELECT %s::text", ["'; SELECT 1; --"]) == ("'; SELECT 1; --",)


def test_a_first_question_on_a_connection_that_was_lost_is_an_error_that_django_knows(committed):
    connection.ensure_connection()
    with psycopg.connect(url_for(committed)) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])

    with pytest.raises(OperationalError), transaction.atomic():
        ask_first("SELECT 1", [])

    with transaction.atomic():
        assert ask_first("SELECT 1", []) == (1,)


def test_outside_a_transaction_none_is_left_open():
    connection.ensure_connection()

    assert ask_first("SELECT 1", []) == (1,)
    assert connection.connection.info.transaction_status == TransactionStatus.IDLE
