"""How the desk is doing: what waits, what was decided and how fast, by route, on appeal, and by whom.

Counted from the rows of each queue as whoever asks may read them: one's own is not among them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext

WEEKS = 26
MONTHS = 12
AGES = (2, 5, 10)  # days: the bounds between what is fresh and what is late


class Answers(NamedTuple):
    """What the desk's answers are in a queue, in SQL: its table, when one came in and ended, and its two ends.

    What whoever handed it in took back was not answered.
    """

    table: str
    began: str
    ended: str
    yes: str
    no: str


ANSWERS = {
    "case": Answers("verification_case", "handed_in_at", "decided_at", "expires_at IS NOT NULL", "status = 'rejected'"),
    "listingrequest": Answers(
        "verification_listingrequest", "created_at", "decided_at", "outcome = 'granted'", "outcome = 'refused'"
    ),
    "firstpost": Answers("verification_firstpost", "created_at", "decided_at", "outcome = 'fine'", "outcome = 'back'"),
    "report": Answers("verification_report", "created_at", "closed_at", "outcome = 'acted'", "outcome = 'left'"),
}
COUNTED = """count(*) FILTER (WHERE is_yes), count(*) FILTER (WHERE NOT is_yes),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY hours), percentile_cont(0.9) WITHIN GROUP (ORDER BY hours)"""


def _answered(queue: str) -> str:
    """The answers of these weeks, each with its hours from handing in: %(now)s, %(weeks)s."""
    of = ANSWERS[queue]
    return f"""(
        SELECT *, {of.ended} AS ended, {of.yes} AS is_yes, extract(epoch FROM {of.ended} - {of.began}) / 3600 AS hours
          FROM {of.table}
         WHERE {of.ended} >= date_trunc('week', %(now)s::timestamptz) - %(weeks)s * interval '1 week'
           AND ({of.yes} OR {of.no})) AS answered"""  # noqa: S608 (our own words)


class Week(NamedTuple):
    """One week's answers of two kinds; durations in hours from handing in, None where there was none."""

    monday: date
    yes: int
    no: int
    median: float | None
    p90: float | None


class ByRoute(NamedTuple):
    """Decisions by one route in all these weeks; durations in hours."""

    route: str
    yes: int
    no: int
    median: float | None
    p90: float | None


class Appeals(NamedTuple):
    """One month's answers to appeals: how many left the first decision as it was, and how many reversed it."""

    month: date
    kept: int
    reversed: int


class Load(NamedTuple):
    """What a moderator did in the last four weeks."""

    moderator: str
    votes: int
    questions: int
    openings: int


def waiting_by_age() -> list[int]:
    """How many cases wait for the desk, by how long: under each bound of AGES in days, and beyond the last."""
    bounds = [timedelta(days=days) for days in AGES]
    found = dict(
        _rows(
            "SELECT width_bucket(extract(epoch FROM now() - waiting_since), %(bounds)s::numeric[]), count(*)"
            "  FROM verification_case WHERE waiting_since IS NOT NULL GROUP BY 1",
            bounds=[bound.total_seconds() for bound in bounds],
        )
    )
    return [found.get(bucket, 0) for bucket in range(len(AGES) + 1)]


def by_week(now: datetime, *, queue: str = "case") -> list[Week]:
    """The answers of the last weeks, oldest first, the running one last; a week without any is there too."""
    return [
        Week(*row)
        for row in _rows(
            f"""
            SELECT week.monday::date, {COUNTED}
              FROM generate_series(date_trunc('week', %(now)s::timestamptz) - %(weeks)s * interval '1 week',
                                   date_trunc('week', %(now)s::timestamptz), '1 week') AS week (monday)
              LEFT JOIN {_answered(queue)} ON date_trunc('week', ended) = week.monday
             GROUP BY 1 ORDER BY 1
            """,  # noqa: S608 (our own words)
            now=now,
            weeks=WEEKS - 1,
        )
    ]


def by_route(now: datetime) -> list[ByRoute]:
    """The decisions of the same time, by route."""
    question = f"SELECT route, {COUNTED} FROM {_answered('case')} GROUP BY route ORDER BY route"  # noqa: S608 (our own words)
    return [ByRoute(*row) for row in _rows(question, now=now, weeks=WEEKS - 1)]


def appeals(now: datetime) -> list[Appeals]:
    """The appeals decided in the last months, oldest first, the running one last; a month without any is there too."""
    return [
        Appeals(*row)
        for row in _rows(
            """
            WITH months (last, first) AS (
                SELECT month, month - %(months)s * interval '1 month'
                  FROM date_trunc('month', %(now)s::timestamptz) AS month)
            SELECT month::date, count(*) FILTER (WHERE status = 'rejected'),
                   count(*) FILTER (WHERE expires_at IS NOT NULL)
              FROM months CROSS JOIN generate_series(first, last, '1 month') AS month
              LEFT JOIN verification_case ON appeal_of_id IS NOT NULL AND decided_at >= month
                                         AND decided_at < month + interval '1 month'
             GROUP BY 1 ORDER BY 1
            """,
            now=now,
            months=MONTHS - 1,
        )
    ]


def load() -> list[Load]:
    """What each moderator who works here did in the last four weeks, the busiest first."""
    return [
        Load(*row)
        for row in _rows(
            """
            SELECT coalesce(nullif(profile.display_name, ''), %(member)s || left(member.id::text, 8)),
                   load.votes, load.questions, load.openings
              FROM desk_load() AS load JOIN community_member AS member ON member.id = load.moderator
              LEFT JOIN community_profile AS profile ON profile.member_id = member.id
             ORDER BY load.votes DESC, 1
            """,
            member=gettext("member %(id)s") % {"id": ""},
        )
    ]


def _rows(question: str, **values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()
