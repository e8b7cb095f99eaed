from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from community.clock import LONDON, window, windows


@pytest.mark.parametrize(
    ("when", "today", "day"),
    [
        ("12-24", date(2026, 11, 22), date(2026, 12, 24)),
        ("12-24", date(2026, 12, 24), date(2026, 12, 24)),
        ("12-24", date(2026, 12, 25), date(2027, 12, 24)),
        ("02-29", date(2026, 1, 1), date(2028, 2, 29)),
        ("02-29", date(2096, 3, 1), date(2104, 2, 29)),
    ],
)
def test_a_date_is_the_next_such_day(when: str, today: date, day: date):
    begins, ends = window(when, at=datetime(today.year, today.month, today.day, 12, tzinfo=LONDON))

    assert (begins, ends.date().toordinal()) == (
        datetime(day.year, day.month, day.day, tzinfo=LONDON),
        day.toordinal() + 1,
    )


def test_a_date_begins_on_the_clock_of_london():
    begins, _ = window("07-14", at=datetime(2026, 7, 14, 23, 30, tzinfo=UTC))  # the 15th in London

    assert begins == datetime(2027, 7, 13, 23, tzinfo=UTC)


def test_a_part_of_a_weekend_is_that_of_both_its_days():
    spans = windows("weekend morning", at=datetime(2026, 11, 25, tzinfo=LONDON))

    assert spans == [
        (datetime(2026, 11, day, 6, tzinfo=LONDON), datetime(2026, 11, day, 12, tzinfo=LONDON)) for day in (28, 29)
    ]
