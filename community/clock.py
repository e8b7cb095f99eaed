"""The clock the town lives by, and the times people name by it: tonight, this weekend, on Sundays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

LONDON = ZoneInfo("Europe/London")

TODAY, TOMORROW, WEEKEND, WEEK, MONTH = "today", "tomorrow", "weekend", "week", "month"
NEXT_WEEKEND, NEXT_WEEK, NEXT_MONTH = "next weekend", "next week", "next month"
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = (TODAY, TOMORROW, *WEEKDAYS)
NIGHT = " night"  # after a day: its evening
TONIGHT = TODAY + NIGHT
EACH = "s"  # after a weekday: each of the coming ones
SPANS = (WEEKEND, WEEK, MONTH, NEXT_WEEKEND, NEXT_WEEK, NEXT_MONTH)
TIMES = frozenset({*SPANS, *MONTHS, *DAYS, *(day + NIGHT for day in DAYS), *(day + EACH for day in WEEKDAYS)})

EVENING = time(17)
SO_MANY = 8  # "on Sundays" looks so many weeks ahead


def window(when: str, *, at: datetime) -> tuple[datetime, datetime]:
    """The days that are meant, on London's clock, from the first moment to the one after the last.

    ``weekend`` is this one while it lasts, else the coming one, and ``next weekend`` the first that has
    not begun. ``week`` is seven days and ``month`` thirty-one, both from today; ``next week`` and
    ``next month`` are the calendar's. A weekday is the coming one, today included; with NIGHT a day
    is its evening. A month by its name is the coming one, or this one while it lasts.
    """
    today = at.astimezone(LONDON).date()
    first, days = _days(when.removesuffix(NIGHT), today)
    start = datetime.combine(first, EVENING if when.endswith(NIGHT) else time.min, LONDON)
    return start, datetime.combine(first + timedelta(days=days), time.min, LONDON)


def midnight(day: date) -> datetime:
    """The first moment of a day, on London's clock."""
    return datetime.combine(day, time.min, LONDON)


def windows(when: str, *, at: datetime) -> list[tuple[datetime, datetime]]:
    """All the times that are meant: several where it is each of a weekday."""
    if when in WEEKDAYS or when.removesuffix(EACH) not in WEEKDAYS:
        return [window(when, at=at)]
    return [window(when.removesuffix(EACH), at=at + timedelta(weeks=week)) for week in range(SO_MANY)]


def _days(when: str, today: date) -> tuple[date, int]:
    """The first day and how many."""
    if when in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS.index(when) - today.weekday()) % 7), 1
    if when in MONTHS:
        return _whole_month(today.replace(day=1) + relativedelta(months=(MONTHS.index(when) + 1 - today.month) % 12))
    saturday = today + timedelta(days=5 - today.weekday())  # of this week: yesterday on a Sunday
    return {
        TODAY: (today, 1),
        TOMORROW: (today + timedelta(days=1), 1),
        WEEKEND: (saturday, 2),
        NEXT_WEEKEND: (saturday if today < saturday else saturday + timedelta(days=7), 2),
        WEEK: (today, 7),
        NEXT_WEEK: (today + timedelta(days=7 - today.weekday()), 7),
        MONTH: (today, 31),
        NEXT_MONTH: _whole_month(today.replace(day=1) + relativedelta(months=1)),
    }[when]


def _whole_month(first: date) -> tuple[date, int]:
    return first, (first + relativedelta(months=1) - first).days
