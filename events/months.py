from __future__ import annotations

from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db.models import F
from django.db.models.lookups import LessThanOrEqual

from community.clock import LONDON, midnight
from events.models import LASTING, Event, PostingQuerySet

IN_A_BOX = 3
ABOVE = 6
LONGEST = timedelta(days=184)  # half a year: what began before is not looked for


class Day(NamedTuple):
    """One box of the calendar: what begins on that day, today what is not over, and whether there is more."""

    day: date
    events: list[Event]
    has_more: bool
    is_inside: bool
    is_today: bool


def weeks_of(month: date, postings: PostingQuerySet, *, at: datetime) -> list[list[Day]]:
    """The weeks of a month, Monday first, with the first events that begin on each day.

    ``month`` is its first day. Of today there is only what is not over at ``at``. One statement asks for the
    first few of every day: each is a short walk along the board's index, however full the month is.
    """
    dates = list(Calendar().itermonthdates(month.year, month.month))
    today = at.astimezone(LONDON).date()
    is_over = LessThanOrEqual(F("ends_at"), at)  # sorts last, and still tells that there is more
    firsts = [
        postings.filter(starts_at__gte=midnight(day), starts_at__lt=midnight(day + timedelta(days=1)))
        .order_by(*([is_over] if day == today else []), "starts_at", "pk")
        .values("pk")[: IN_A_BOX + 1]
        for day in dates
    ]
    beginning = defaultdict(list)
    for event in _events(row["pk"] for row in firsts[0].union(*firsts[1:], all=True)):
        beginning[event.starts_at.astimezone(LONDON).date()].append(event)
    boxes = [_box(beginning[day], day, month, at if day == today else None) for day in dates]
    return [boxes[start : start + 7] for start in range(0, len(boxes), 7)]


def lasting_in(month: date, postings: PostingQuerySet, *, today: date) -> list[Event]:
    """What goes on for days and is on in a month, from ``today`` on in this one: exhibitions, festivals, courses.

    Such an event has a box on its first day alone; here it stands above all the days.
    """
    first, end = midnight(month), midnight(month + relativedelta(months=1))
    on = postings.filter(starts_at__gte=first - LONGEST, starts_at__lt=end)
    on = on.filter(ends_at__gt=max(first, midnight(today)) if midnight(today) < end else first)
    return _events(on.filter(LASTING).order_by("starts_at", "pk").values_list("pk", flat=True)[:ABOVE])


def _events(found: Iterable[UUID]) -> list[Event]:
    """The events with these keys, soonest first, with what a calendar shows of one: a time and a title."""
    shown = Event.objects.only("slug", "title_pt", "title_en", "starts_at", "ends_at", "timezone")
    return list(shown.filter(pk__in=list(found)).order_by("starts_at", "pk"))


def _box(events: list[Event], day: date, month: date, at: datetime | None) -> Day:
    """The box of a day; ``at`` is what the clock says where that day is today."""
    shown = [event for event in events if not at or event.ends_at > at][:IN_A_BOX]
    return Day(day, shown, len(shown) < len(events), day.month == month.month, at is not None)
