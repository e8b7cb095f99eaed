"""What the desk counts of itself, and how it is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime, now
from hypothesis import given
from hypothesis import strategies as st

from community.identity import acting_as
from community.models import Member
from tests.databases import as_role
from tests.doors import come_in, said
from tests.factories import (
    CaseFactory,
    EventFactory,
    ListingRequestFactory,
    MemberFactory,
    ReportFactory,
    consent_to_verification,
)
from tests.verification.desks import ask, at_the_desk, moderator, run, vote
from verification import plots, statistics
from verification.models import Case, FirstPost

in_a_transaction = pytest.mark.django_db
WEDNESDAY = datetime(2037, 6, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def decided(hours: float, *, status: str = "approved", at: datetime = WEDNESDAY, **fields: object) -> Case:
    """A case that came to this end after so many hours at the desk."""
    approved = {"expires_at": at + timedelta(days=1826)} if status == "approved" else {"reason": "not_shown"}
    if status == "withdrawn":
        approved = {}
    return CaseFactory(
        status=status, handed_in_at=at - hours * HOUR, waiting_since=None, decided_at=at, **approved, **fields
    )


@in_a_transaction
def test_weeks_and_routes_count_decisions_and_their_time_and_nothing_else():
    reader = MemberFactory(is_staff=True)
    with as_role("owner"):
        for hours in (10, 20, 30):
            decided(hours)
        decided(40, status="rejected", route=Case.Route.DOCUMENT)
        decided(99, status="withdrawn")
        decided(99, member=reader)  # the reader's own
        decided(50, at=WEDNESDAY - timedelta(days=7))
        decided(60, at=WEDNESDAY - timedelta(weeks=statistics.WEEKS + 1))

    with at_the_desk(reader):
        weeks, routes = statistics.by_week(WEDNESDAY), statistics.by_route(WEDNESDAY)

    assert len(weeks) == statistics.WEEKS
    assert [tuple(week)[1:] for week in weeks[-2:]] == [(1, 0, 50, 50), (3, 1, 25, 37)]
    assert {tuple(week)[1:] for week in weeks[:-2]} == {(0, 0, None, None)}
    assert weeks[-1].monday.isoformat() == "2037-06-15"
    assert [tuple(row) for row in routes] == [
        ("cultural_knowledge", 4, 0, 25, pytest.approx(44)),
        ("document", 0, 1, 40, 40),
    ]


def a_post(member: Member, **fields: Any) -> FirstPost:
    with as_role("owner"):
        return FirstPost.objects.create(event=EventFactory(organizer=member), organizer=member, **fields)


# Each other queue: how one comes in, its two answers, and the columns that say who handed it in and when it ended.
OTHERS: dict[str, tuple[Callable[..., Any], str, str, str, str]] = {
    "listingrequest": (ListingRequestFactory, "granted", "refused", "member", "decided_at"),
    "firstpost": (a_post, "fine", "back", "member", "decided_at"),
    "report": (ReportFactory, "acted", "left", "reporter", "closed_at"),
}


def answered(kind: str, outcome: str, hours: float, *, by: Member, at: datetime = WEDNESDAY) -> None:
    """Something that was answered after so many hours."""
    make, _yes, _no, whose, ended = OTHERS[kind]
    why = {"reason": "unclear"} if outcome == "back" else {}
    row = make(**{whose: by, ended: at, "outcome": outcome} | why)
    with as_role("owner"):
        type(row)._default_manager.filter(pk=row.pk).update(created_at=at - hours * HOUR)


@pytest.mark.parametrize("kind", OTHERS)
@in_a_transaction
def test_each_other_queue_counts_its_answers_and_their_time_by_its_end(kind):
    reader, member = moderator(), MemberFactory()
    _make, yes, no, *_columns = OTHERS[kind]
    for hours in (10, 20, 30):
        answered(kind, yes, hours, by=member)
    answered(kind, no, 40, by=member)
    answered(kind, yes, 99, by=reader)  # the reader's own
    answered(kind, no, 50, by=member, at=WEDNESDAY - timedelta(days=7))
    answered(kind, no, 60, by=member, at=WEDNESDAY - timedelta(weeks=statistics.WEEKS + 1))
    if kind == "listingrequest":
        answered(kind, "dropped", 99, by=member)

    with at_the_desk(reader):
        with CaptureQueriesContext(connection) as asked:
            weeks = statistics.by_week(WEDNESDAY, queue=kind)
        run("SET LOCAL enable_seqscan = off")
        plan = "\n".join(line for (line,) in ask("EXPLAIN " + asked[0]["sql"]))

    assert [tuple(week)[1:] for week in weeks[-2:]] == [(0, 1, 50, 50), (3, 1, 25, 37)]
    assert {tuple(week)[1:] for week in weeks[:-2]} == {(0, 0, None, None)}
    assert re.search(r"Index Scan (using|on) \w+_ended\b", plan)  # what a long table is asked by


@in_a_transaction
def test_the_page_tells_of_every_queue_with_as_many_questions_for_three_as_for_one(desk: Client):
    come_in(desk, "view_statistics")
    member = MemberFactory()
    desk.get("/statistics/")
    asked = []
    for more in (1, 2):
        for _ in range(more):
            for kind, (make, yes, _no, whose, _ended) in OTHERS.items():
                answered(kind, yes, 50, by=member, at=now())
                make(**{whose: member})
        with CaptureQueriesContext(connection) as queries:
            page = desk.get("/statistics/")
        asked.append(len(queries))

    assert asked[0] == asked[1]
    words = said(page).partition("Every queue")[2]
    assert "Owners' claims and wishes 3 less than a minute" in unescape(words).replace("\xa0", " ")
    assert "Heritage cases 0 –" in words
    monday = f"{localtime() - timedelta(days=localtime().weekday()):%-d %b}"
    found = re.findall(rf"<title>{monday}: (3 [^<]+|half of [^<]+)</title>", page.content.decode())
    assert found == [
        part for yes in ("granted", "fine", "we acted on it") for part in (f"3 {yes}", "half of all within 2.1 days")
    ]


@in_a_transaction
def test_what_waits_is_counted_by_its_age():
    with as_role("owner"):
        for days in (0, 1.9, 2.1, 6, 9, 11, 40):
            CaseFactory(waiting_since=datetime.now(UTC) - timedelta(days=days))
        CaseFactory(waiting_since=None)

    with at_the_desk(moderator()):
        assert statistics.waiting_by_age() == [2, 1, 2, 2]


@in_a_transaction
def test_an_appeal_that_is_won_is_a_reversal_of_its_month():
    of_may, of_last_june = WEDNESDAY - timedelta(days=30), WEDNESDAY - timedelta(days=365)
    for status, at in (
        *(("approved", WEDNESDAY), ("rejected", WEDNESDAY), ("rejected", WEDNESDAY), ("withdrawn", WEDNESDAY)),
        *(("approved", of_may), ("approved", of_last_june)),
    ):
        member = MemberFactory()
        with as_role("owner"):
            first = decided(9, status="rejected", member=member, at=at)
            decided(9, status=status, member=member, at=at, appeal_of=first)

    with at_the_desk(moderator()):
        *earlier, may, june = statistics.appeals(WEDNESDAY)

    assert [tuple(month) for month in (may, june)] == [(date(2037, 5, 1), 0, 1), (date(2037, 6, 1), 2, 1)]
    assert len(earlier) == 10
    assert {tuple(month)[1:] for month in earlier} == {(0, 0)}


@in_a_transaction
def test_a_moderators_load_is_their_votes_of_four_weeks():
    busy, idle = moderator(), moderator()
    for _ in range(2):
        with as_role("owner"):
            case = CaseFactory()
        assert vote(case, busy) == "done"

    with at_the_desk(idle):
        assert {row[0]: row[1:] for row in statistics.load()} == {
            busy.profile.display_name: (2, 0, 0),
            idle.profile.display_name: (0, 0, 0),
        }


@in_a_transaction
def test_the_day_a_case_is_handed_in_stays():
    with as_role("owner"):
        case = CaseFactory(waiting_since=WEDNESDAY)
        for moved in (None, WEDNESDAY + HOUR):
            Case.objects.update(waiting_since=moved)
            case.refresh_from_db()
            assert case.handed_in_at == WEDNESDAY
    with acting_as(applicant := MemberFactory()):
        with as_role("owner"):
            consent_to_verification(applicant)
        opened = Case.objects.create(member=applicant, route="document", language="pt", handed_in_at=WEDNESDAY)
        assert Case.objects.only("handed_in_at").get(pk=opened.pk).handed_in_at is None


@in_a_transaction
def test_the_page_is_for_those_who_may_see_how_the_desk_is_doing(desk: Client):
    come_in(desk, "view_case")
    assert desk.get("/statistics/").status_code == 403
    desk.logout()
    come_in(desk, "view_statistics")
    empty = desk.get("/statistics/")
    decided(5, at=now() - HOUR, member=(member := MemberFactory()), status="rejected")
    without_appeals = desk.get("/statistics/")
    decided(5, at=now() - HOUR, member=member, appeal_of=Case.objects.get())
    CaseFactory()
    answer = desk.get("/statistics/")

    assert (empty.status_code, answer.status_code) == (200, 200)
    assert empty.content.count(b'<svg class="plot"') == 0
    assert without_appeals.content.count(b'<svg class="plot"') == 3
    page = answer.content.decode()
    assert page.count('<svg class="plot"') == page.count('role="img"') == 5  # nobody has voted
    assert re.findall(r"<title>(questions: [^<]+|[^<]+ outcome [^<]+)", page) == [
        "questions: 1 approved", "questions: 1 not approved", f"{now():%b %y}: 1 outcome changed",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=40))
def test_stacked_bars_stand_on_each_other_inside_the_plot(values):
    plot = plots.stacked("title", ["one", "two"], [str(n) for n in range(len(values))], values)

    room = plot.base - plots.TOP
    most = max((sum(row) for row in values), default=0)
    assert len(plot.bars) == sum(value > 0 for row in values for value in row)
    for bar in plot.bars:
        assert plots.LEFT <= bar.x <= bar.x + bar.width <= plots.WIDTH
        assert plots.TOP - 0.1 <= bar.y <= bar.y + bar.height <= plot.base + 0.2
    if most:
        tallest = sum(bar.height for bar in plot.bars) / max(sum(sum(row) for row in values), 1) * most
        slack = 0.5 * len(plot.bars)
        assert (
            room * min(0.4, most / 4) - slack <= tallest <= room + slack
        )  # at least four steps, for a single case too


@given(st.integers(0, 1000))
def test_what_is_counted_has_whole_numbers_beside_it(most):
    levels = plots.stacked("title", ["one"], ["a"], [(most,)]).levels

    assert [level.label for level in levels] == [str(int(float(level.label))) for level in levels]
    assert float(levels[0].label) == 0
    assert float(levels[-1].label) >= most
    assert 4 <= len(levels) <= 6


def test_a_plot_of_nothing_is_empty():
    at_work = {"labels": ["9 Nov", "16 Nov"], "title": "", "series": ["approved"]}
    assert plots.stacked(values=[[0], [0]], **at_work).is_empty
    assert plots.curves(values=[[None], [None]], unit="days", **at_work).is_empty
    assert not plots.curves(values=[[None], [0.5]], unit="days", **at_work).is_empty


def test_a_week_without_decisions_breaks_the_line_and_keeps_its_dot():
    plot = plots.curves("title", ["median"], list("abcde"), [(1.0,), (2.0,), (None,), (3.0,), (None,)], unit="days")

    (line,) = plot.lines
    assert [len(points.split()) for points in line.stretches] == [2]
    assert [says for *_, says in line.dots] == ["a: median 1.0 days", "b: median 2.0 days", "d: median 3.0 days"]
