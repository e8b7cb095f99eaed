from __future__ import annotations

from calendar import Calendar
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from django.db.models import F

from community.clock import LONDON
from events.board import events_of
from events.models import Event, Posting, PostingQuerySet

IN_A_BOX = 3
ABOVE = 6
LONGEST = timedelta(days=184)  # half a year: what began before is not looked for


class Day(NamedTuple):
    """One box of the calendar: what begins on that day, and whether there is more than fits."""

    day: date
    events: list[Event]
    has_more: bool
    is_inside: bool
    is_today: bool
    is_past: bool

    @property
    def following(self) -> date:
        """The day after."""
        return self.day + timedelta(days=1)


def weeks_of(month: date, postings: PostingQuerySet, *, today: date) -> list[list[Day]]:
    """The weeks of a month, Monday first, with the first events that begin on each day.

    ``month`` is its first day. One statement asks for the first few of every day: each is
    a short walk along the board's index, however full the month is.
    """
    dates = list(Calendar().itermonthdates(month.year, month.month))
    soonest = postings.order_by("starts_at", "pk").values("pk")
    firsts = [soonest.filter(starts_at__gte=_midnight(day), starts_at__lt=_midnight(day + timedelta(days=1)))
              [: IN_A_BOX + 1] for day in dates]  # fmt: skip
    found = [row["pk"] for row in firsts[0].union(*firsts[1:], all=True)]
    rows = Posting.objects.filter(pk__in=found).order_by("starts_at", "pk")
    events = events_of(rows, among=Event.objects.all())  # a box shows a time and a title
    boxes = [_box([event for event in events if _begins(event) == day], day, month, today) for day in dates]
    return [boxes[start : start + 7] for start in range(0, len(boxes), 7)]


def lasting_in(month: date, postings: PostingQuerySet, *, today: date) -> list[Event]:
    """What goes on for days and is on in a month, from ``today`` on in this one: exhibitions, festivals, courses.

    Such an event has a box on its first day alone; here it stands above all the days.
    """
    first, end = _midnight(month), _midnight(month + relativedelta(months=1))
    on = postings.filter(starts_at__gte=first - LONGEST, starts_at__lt=end)
    on = on.filter(ends_at__gt=max(first, _midnight(today)) if _midnight(today) < end else first)
    long = on.filter(ends_at__gt=F("starts_at") + timedelta(days=1)).order_by("starts_at", "pk")
    return events_of(long[:ABOVE], among=Event.objects.all())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON)


def _begins(event: Event) -> date:
    return event.starts_at.astimezone(LONDON).date()


def _box(events: list[Event], day: date, month: date, today: date) -> Day:
    return Day(day, events[:IN_A_BOX], len(events) > IN_A_BOX, day.month == month.month, day == today, day < today)
