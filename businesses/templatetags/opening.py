"""Opening hours in words: open until when, and the week as a table."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django import template
from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext, pgettext
from opening_hours import State

from businesses.hours import LONDON, next_change, parse_hours
from businesses.models import Business

register = template.Library()

DAY = timedelta(days=1)


class Opening(NamedTuple):
    """Whether a place is open now, and the sentence that says until when."""

    is_open: bool
    words: str


class Weekday(NamedTuple):
    """One line of the table of opening hours."""

    name: str
    hours: str
    is_today: bool


@register.simple_tag
def opening(business: Business, at: datetime | None = None) -> Opening | None:
    """Whether it is open and until when; None where nobody knows its hours."""
    if not business.opening_hours:
        return None
    at = (at or now()).astimezone(LONDON)
    is_open, change = next_change(business.opening_hours, at)
    return Opening(is_open, _open_words(at, change) if is_open else _closed_words(at, change))


def _open_words(at: datetime, change: datetime | None) -> str:
    if change is None or change - at > 2 * DAY:
        return gettext("Open now, day and night")
    return gettext("Open until %(time)s") % {"time": date_format(change, "H:i")}


def _closed_words(at: datetime, change: datetime | None) -> str:
    if change is None or change - at > 7 * DAY:
        return gettext("Closed")
    words = {"time": date_format(change, "H:i"), "day": date_format(change, "l")}
    if change.date() == at.date():
        return gettext("Opens at %(time)s") % words
    if change.date() == at.date() + DAY:
        return gettext("Opens tomorrow at %(time)s") % words
    return gettext("Opens %(day)s at %(time)s") % words


@register.simple_tag
def week(business: Business, at: datetime | None = None) -> list[Weekday]:
    """The coming seven days as Monday to Sunday, bank holidays as they fall; today is marked."""
    today = (at or now()).astimezone(LONDON).date()
    days = sorted((today + i * DAY for i in range(7)), key=date.weekday)
    return [
        Weekday(date_format(day, "l"), _hours_of(business.opening_hours, day), is_today=day == today) for day in days
    ]


def _hours_of(expression: str, day: date) -> str:
    """The hours that begin on a day: those past midnight belong to the evening before."""
    midnight = datetime.combine(day, time.min, LONDON)
    next_midnight = datetime.combine(day + DAY, time.min, LONDON)
    # A little before midnight and after it, so that an interval shows where it really begins and ends.
    intervals = parse_hours(expression).intervals(midnight - DAY, next_midnight + DAY)
    spans = [(start, end) for start, end, state, _comments in intervals if state == State.OPEN]
    if any(start <= midnight and end >= next_midnight for start, end in spans):
        return gettext("Open 24 hours")
    beginning = [(start, end) for start, end in spans if midnight <= start < next_midnight]
    if not beginning:
        return gettext("Closed")
    separator = pgettext("between two spans of opening hours", ", ")
    return separator.join(f"{date_format(start, 'H:i')}–{date_format(end, 'H:i')}" for start, end in beginning)
