"""Opening hours in OpenStreetMap's syntax, on London's clock and by England's calendar.

The library reads the syntax and evaluates it; two things it does otherwise than our streets do, and
are told to it in other words here. It knows the United Kingdom's holidays only as what the four
nations share. And it ends a night at midnight when the next day has hours of its own, where a bar
that is open on Saturdays until two does not close at midnight because it opens at noon on Sundays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # its types lag behind

from community.clock import LONDON

DAY = timedelta(days=1)
MORNING = timedelta(hours=6)  # what is open after midnight until then, is open since the day before
AHEAD = (8 * DAY, 370 * DAY)  # how far to look for a change: a week nearly always holds it

# England's bank holidays as rules, substitute days included.
BANK_HOLIDAYS = (
    "Jan 01",
    "Jan 02-03 Mo",
    "easter -2 days",
    "easter +1 day",
    "May Mo[1]",
    "May Mo[-1]",
    "Aug Mo[-1]",
    "Dec 25-26",
    "Dec 27-28 Mo-Tu",
)


class Span(NamedTuple):
    """A time of being open, from its true beginning to its true end, on London's clock."""

    start: datetime
    end: datetime


class Hours:
    """One expression of opening hours. Moments handed in are aware; moments told are London's."""

    def __init__(self, expression: str) -> None:
        told = _by_englands_calendar(expression)
        days, nights = _days_and_nights(told)
        # Without a zone the library reads the clock on the wall, which is what a sign on a door means.
        self._days = OpeningHours(days)
        self._nights = OpeningHours(nights) if nights else None  # asked about the evening before

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at a moment."""
        return self.is_open_on_the_wall(_wall(moment))

    def is_open_on_the_wall(self, wall: datetime) -> bool:
        """Whether it is open when London's clock shows this."""
        return self._days.is_open(wall) or (self._nights is not None and self._nights.is_open(wall - DAY))

    def spans(self, start: datetime, end: datetime) -> list[Span]:
        """The times of being open between two moments, those that touch each other joined."""
        return [
            Span(_on_clock(a, start.fold), _on_clock(b, end.fold)) for a, b in self._spans(_wall(start), _wall(end))
        ]

    def next_change(self, moment: datetime) -> datetime | None:
        """When it next opens or closes, if it does within a year."""
        wall = _wall(moment)
        for ahead in AHEAD:
            until = wall + ahead
            for start, end in self._spans(wall - DAY, until):
                if wall < start:
                    return _on_clock(start, moment.fold)
                if wall < end < until:
                    return _on_clock(end, moment.fold)
        return None

    def _spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        found = list(_open(self._days, start, end))
        if self._nights:
            found += [(a + DAY, b + DAY) for a, b in _open(self._nights, start - DAY, end - DAY)]
        joined: list[tuple[datetime, datetime]] = []
        for a, b in sorted(found):
            if joined and a <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
            else:
                joined.append((a, b))
        return joined


@lru_cache(maxsize=4096)
def parse_hours(expression: str) -> Hours:
    """Read opening hours in OpenStreetMap's syntax. Raises ParserError if they are not valid."""
    OpeningHours(expression)  # as it was written: what is wrong is refused before it is told in other words
    return Hours(expression)


def validate_hours(expression: str) -> None:
    """Refuse an expression that is not in OpenStreetMap's opening-hours syntax."""
    try:
        parse_hours(expression)
    except ParserError as error:
        raise ValidationError(
            _("These are not opening hours: write them like Mo-Sa 07:00-19:00; Su 08:00-17:00."), code="opening_hours"
        ) from error


def open_expressions(expressions: Iterable[str], moment: datetime) -> list[str]:
    """Those of the expressions that are open at ``moment`` (aware)."""
    wall = _wall(moment)
    return [expression for expression in expressions if parse_hours(expression).is_open_on_the_wall(wall)]


def open_during(expressions: Iterable[str], spans: Iterable[tuple[datetime, datetime]]) -> list[str]:
    """Those of the expressions that are open at some time in one of these spans; a night is the day's before it."""
    awake = [(start + MORNING if start.astimezone(LONDON).hour == 0 else start, end) for start, end in spans]
    return [one for one in expressions if any(parse_hours(one).spans(start, end) for start, end in awake)]


def next_change(expression: str, moment: datetime) -> tuple[bool, datetime | None]:
    """Whether it is open at ``moment`` (aware), and when that next changes, if ever."""
    hours = parse_hours(expression)
    return hours.is_open(moment), hours.next_change(moment)


def _open(hours: OpeningHours, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    for begins, ends, state, _comments in hours.intervals(start, end):
        if state == State.OPEN:
            yield begins, ends


def _wall(moment: datetime) -> datetime:
    return moment.astimezone(LONDON).replace(tzinfo=None, fold=0)


def _on_clock(wall: datetime, fold: int) -> datetime:
    return wall.replace(tzinfo=LONDON, fold=fold)


# The same in other words ---------------------------------------------------------------------------

_DAYS = r"[A-Z][a-z](?:-[A-Z][a-z])?"
_WITH_HOLIDAYS = re.compile(rf"\s*(?P<before>(?:{_DAYS},)*)PH(?P<after>(?:,{_DAYS})*)(?P<times>(?:\s.*)?)")
_RULES = re.compile(r'(?:[^;"]|"[^"]*")+')
_TIMES = re.compile(r"\d{1,2}:\d{2}-\d{1,2}:\d{2}(?:,\d{1,2}:\d{2}-\d{1,2}:\d{2})*")
_NO_TIMES = re.compile(r'(?P<days>[^"]*?)\s*(?:off|closed|open|unknown)?\s*(?:".*")?')
_BEYOND_US = re.compile(r"\|\||sun|dawn|dusk|\+(?!\d)")  # fallbacks and hours by the sun: the library alone


def _by_englands_calendar(expression: str) -> str:
    """The expression with each rule for PH told for every bank holiday by its date."""
    if "PH" not in expression or expression.count('"') % 2:
        return expression
    return "; ".join(told for rule in _RULES.findall(expression) for told in _without_ph(rule))


def _without_ph(rule: str) -> list[str]:
    found = _WITH_HOLIDAYS.fullmatch(rule)
    if not found:
        return [rule.strip()]
    days = ",".join(part for part in (found["before"].strip(","), found["after"].strip(",")) if part)
    return [f"{day}{found['times'].rstrip()}" for day in (days, *BANK_HOLIDAYS) if day]


def _days_and_nights(expression: str) -> tuple[str, str]:
    """What is open until midnight, and what stays open after it, told on the day before; often nothing."""
    spans = [span for run in _TIMES.findall(expression) for span in run.split(",")]
    if _BEYOND_US.search(expression) or not any(_past_midnight(span) for span in spans):
        return expression, ""
    days = _TIMES.sub(lambda run: ",".join(_until_midnight(span) for span in run[0].split(",")), expression)
    nights = "; ".join(_after_midnight(rule) for rule in _RULES.findall(expression))
    return days, nights


def _past_midnight(span: str) -> str:
    """The part of a span after its midnight, as hours of the next day; empty for none."""
    start, end = (int(hour) * 60 + int(minute) for hour, minute in (side.split(":") for side in span.split("-")))
    after = end - 24 * 60 if end > 24 * 60 else end if end <= start else 0
    return f"00:00-{after // 60:02}:{after % 60:02}" if after else ""


def _until_midnight(span: str) -> str:
    return f"{span.split('-')[0]}-24:00" if _past_midnight(span) else span


def _after_midnight(rule: str) -> str:
    if not _TIMES.search(rule):
        found = _NO_TIMES.fullmatch(rule.strip())
        days = found["days"].strip() if found else ""
        return f"{'Mo-Su' if days in {'', '24/7'} else days} off"
    return _TIMES.sub(_late_ones, rule.strip())


def _late_ones(run: re.Match[str]) -> str:
    return ",".join(filter(None, (_past_midnight(span) for span in run[0].split(",")))) or "off"
