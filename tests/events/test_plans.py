"""A large board stays quick: which index finds what, read off the plans of the very statements the API runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from community.search import words_counted_once
from tests.databases import as_role, own_database

LIST = "/api/v1/events/"
HERE = "near=51.47,-0.12&ordering=distance"

# 20,000 evenings of a year, all over London, a tenth of them over. One in 1,000 is in Kabuverdianu, one as seldom about
# Goa, one in 200 has a carrilhão; all else is common. No event stands behind a line: the transaction that would ask for
# it never ends.
FILL = """
WITH vocabulary AS (
    SELECT array_agg(name_pt ORDER BY id) AS words FROM community_interest
), told AS MATERIALIZED (
    SELECT n AS number,
           search_vector(
               'Noite ' || words[1 + n % 40], 'Night',
               (SELECT string_agg(words[1 + (n * w) % 60], ' ') FROM generate_series(1, 12) AS w), '',
               CASE WHEN n = 0 THEN 'carrilhão' ELSE '' END) AS search
      FROM vocabulary, generate_series(0, 199) AS n
), known AS (
    SELECT (SELECT array_agg(slug) FROM events_category) AS categories,
           (SELECT array_agg(slug) FROM community_borough) AS boroughs
)
INSERT INTO events_posting (
    event_id, starts_at, ends_at, is_over, created_at, updated_at, status, category, regions, languages, tags,
    borough, organizer, price_pence, is_online, is_accessible, location, search)
SELECT gen_random_uuid(), starts, starts + interval '3 h', starts + interval '3 h' <= now(), now() - n * interval '1 s',
       now(), 'published', categories[1 + n % 17],
       CASE WHEN n % 1000 = 1 THEN ARRAY['goa'] ELSE ARRAY['portugal'] END,
       CASE WHEN n % 1000 = 2 THEN ARRAY['kea'] ELSE ARRAY['en', 'pt-PT'] END,
       '{}', boroughs[1 + n % 33], gen_random_uuid(), 0, false, true,
       ST_MakePoint(-0.45 + random() * 0.7, 51.35 + random() * 0.3), search
  FROM known, generate_series(1, 20000) AS n
  JOIN told ON number = n % 200
 CROSS JOIN LATERAL (SELECT date_trunc('hour', now()) + (n * 7919 % 400 - 40) * interval '1 day' AS starts) AS day
"""


@pytest.fixture(scope="module", autouse=True)
def _large_board(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), own_database(), transaction.atomic():
        with as_role("owner"), words_counted_once(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(FILL)
            cursor.execute("ANALYZE events_posting")
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_LIMITS = {"anonymous": (100_000, 1), "member": (100_000, 1)}


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes_of(part)


def ask(client: Client, query: str) -> tuple[list[dict[str, Any]], str | None]:
    """The steps in which PostgreSQL answers the list's statement over the board, and the query of the next page."""
    steps: list[dict[str, Any]] = []

    def explain(execute, sql, params, many, context):
        if 'FROM "events_posting"' in sql and not sql.startswith("EXPLAIN"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                (((found,),),) = cursor.fetchall()
            steps.extend(nodes_of(found["Plan"]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        answer = client.get(f"{LIST}?{query}").json()
    return steps, answer["next"] and answer["next"].partition("?")[2]


def indexes(steps: list[dict[str, Any]]) -> set[str]:
    return {step["Index Name"] for step in steps if "Index Name" in step} - {"events_posting_pkey"}


def kinds(steps: list[dict[str, Any]]) -> set[str]:
    return {step["Node Type"] for step in steps}


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "posting_coming"),
        ("when=weekend", "posting_coming"),
        ("language=pt", "posting_coming"),
        ("region=portugal", "posting_coming"),
        ("category=fado", "posting_by_category"),
        ("borough=lambeth", "posting_by_borough"),
        ("ordering=popular", "posting_by_popularity"),
        ("ordering=-created_at", "posting_by_creation"),
    ],
)
def test_an_index_delivers_what_many_share_in_order_and_goes_on_where_a_page_ended(client, query, index):
    first, following = ask(client, query)
    second, _next = ask(client, following)

    for steps in (first, second):
        assert indexes(steps) == {index}
        assert kinds(steps) == {"Limit", "Index Scan"}
    assert any("ROW(" in step.get("Index Cond", "") for step in second)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("language=kea", "posting_by_language"),
        ("region=goa", "posting_by_region"),
        ("q=carrilhão", "posting_coming_by_words"),
    ],
)
def test_what_few_share_is_found_by_its_own_index(client, query, index):
    steps, _next = ask(client, query)

    assert indexes(steps) == {index}
    assert "Seq Scan" not in kinds(steps)


def test_what_is_over_is_found_by_its_words_too(client):
    steps, _next = ask(client, "q=carrilhão&past=true")

    assert "posting_by_words" in indexes(steps)
    assert "Seq Scan" not in kinds(steps)


def test_of_a_word_that_stands_everywhere_the_board_is_walked_no_further_than_is_ranked(client):
    steps, _next = ask(client, "q=noite")

    assert indexes(steps) == {"posting_coming"}
    assert 200 in [step["Plan Rows"] for step in steps if step["Node Type"] == "Limit"]


@pytest.mark.parametrize(
    ("query", "possible"),
    [
        (HERE, {"posting_by_location", "posting_by_category_location"}),
        (f"{HERE}&category=fado", {"posting_by_category_location"}),
    ],
)
def test_the_nearest_come_off_an_index_of_places_and_are_not_sorted(client, query, possible):
    steps, _next = ask(client, query)

    assert indexes(steps) <= possible
    walk = steps[: next(n for n, step in enumerate(steps) if n and step["Node Type"] == "Limit")]
    assert kinds(walk) == {"Limit", "Index Scan"}


def test_a_walk_along_the_board_meets_the_words_unpacked_and_in_the_row():
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE events_posting SET search = (
                   SELECT to_tsvector('simple', string_agg('palavra' || n, ' ')) FROM generate_series(1, 300) AS n)
                WHERE event_id = (SELECT min(event_id::text)::uuid FROM events_posting)
            RETURNING pg_column_size(search) > 4000, pg_column_compression(search)"""
        )
        assert cursor.fetchone() == (True, None)
        cursor.execute("SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'events_posting'")
        assert cursor.fetchone() == (0,)
