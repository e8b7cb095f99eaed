"""The clock the town lives by, and the times people name by it: tonight, this weekend, on Sundays."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
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
LEAP_YEAR = 2000  # any that has all days
DAYS = (TODAY, TOMORROW, *WEEKDAYS)
EACH = "s"  # after a weekday: each of the coming ones
MORNING, AFTERNOON, NIGHT = " morning", " afternoon", " night"  # after days: that part of each of them
PARTS = MappingProxyType({MORNING: (6, 12), AFTERNOON: (12, 18), NIGHT: (17, 24)})  # from one hour to another
TONIGHT = TODAY + NIGHT
SPANS = (WEEKEND, WEEK, MONTH, NEXT_WEEKEND, NEXT_WEEK, NEXT_MONTH)
DATES = frozenset(
    f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, monthrange(LEAP_YEAR, month)[1] + 1)
)
PARTED = frozenset({*DAYS, *DATES, *(day + EACH for day in WEEKDAYS), WEEKEND, NEXT_WEEKEND})  # what has named parts
TIMES = frozenset({*SPANS, *MONTHS, *PARTED, *(days + part for days in PARTED for part in PARTS)})

SO_MANY = 8  # "on Sundays" looks so many weeks ahead


def window(when: str, *, at: datetime) -> tuple[datetime, datetime]:
    """The time that is meant, on London's clock, from the first moment to the one after the last.

    ``weekend`` is this one while it lasts, else the coming one, and ``next weekend`` the first that has
    not begun. ``week`` is seven days and ``month`` thirty-one, both from today; ``next week`` and
    ``next month`` are the calendar's. A weekday is the coming one, today included; with one of PARTS a day
    is that part of it. A month by its name is the coming one, or this one while it lasts. A date of DATES is the
    next such day, today included.
    """
    return windows(when, at=at)[0]


def windows(when: str, *, at: datetime, weeks: int = SO_MANY) -> list[tuple[datetime, datetime]]:
    """All the times that are meant: several where it is each of a weekday, or a part of each day of a weekend."""
    part = next((part for part in PARTS if when.endswith(part)), "")
    days = when.removesuffix(part)
    if days not in WEEKDAYS and days.removesuffix(EACH) in WEEKDAYS:
        one = days.removesuffix(EACH) + part
        return [window(one, at=at + timedelta(weeks=week)) for week in range(weeks)]
    first, count = _days(days, at.astimezone(LONDON).date())
    if not part:
        return [(midnight(first), midnight(first + timedelta(days=count)))]
    begins, ends = (timedelta(hours=hour) for hour in PARTS[part])
    starts = [midnight(first + timedelta(days=day)) for day in range(count)]
    return [(start + begins, start + ends) for start in starts]


def midnight(day: date) -> datetime:
    """The first moment of a day, on London's clock."""
    return datetime.combine(day, time.min, LONDON)


def _days(when: str, today: date) -> tuple[date, int]:
    """The first day and how many."""
    if when in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS.index(when) - today.weekday()) % 7), 1
    if when in DATES:
        return _next_date(int(when[:2]), int(when[3:]), today), 1
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


def _next_date(month: int, day: int, today: date) -> date:
    """The first such day from today: years away only if it is in leap years alone."""
    years = (year for year in range(today.year, today.year + 9) if day <= monthrange(year, month)[1])
    return next(found for year in years if (found := date(year, month, day)) >= today)


def _whole_month(first: date) -> tuple[date, int]:
    return first, (first + relativedelta(months=1) - first).days
