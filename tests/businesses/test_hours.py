from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from businesses.hours import next_change, open_expressions, parse_hours, validate_hours
from businesses.models import Business, hours_in_use
from community.clock import LONDON
from tests.databases import as_role
from tests.factories import BusinessFactory

DAY = timedelta(days=1)
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

# As gov.uk lists them, and 26 December beside its substitute when it falls on a weekend.
BANK_HOLIDAYS_2026 = {
    date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25),
    date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 28),
}  # fmt: skip
BANK_HOLIDAYS_2027 = {
    date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 3), date(2027, 5, 31),
    date(2027, 8, 30), date(2027, 12, 25), date(2027, 12, 26), date(2027, 12, 27), date(2027, 12, 28),
}  # fmt: skip


def london(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=LONDON, fold=fold)


def is_open(expression: str, moment: datetime) -> bool:
    return open_expressions([expression], moment) == [expression]


@pytest.mark.parametrize(("year", "holidays"), [(2026, BANK_HOLIDAYS_2026), (2027, BANK_HOLIDAYS_2027)])
def test_bank_holidays_are_englands(year, holidays):
    days = (date(year, 1, 1) + i * DAY for i in range(365))

    assert {day for day in days if is_open("PH 00:00-24:00", datetime.combine(day, time(12), LONDON))} == holidays


@pytest.mark.parametrize("year", [2022, 2028, 2033])
def test_a_new_years_day_on_a_weekend_has_its_monday(year):
    monday = next(d for d in (date(year, 1, 1) + i * DAY for i in range(4)) if d.weekday() == 0)

    assert is_open("PH 00:00-24:00", datetime.combine(monday, time(12), LONDON))


@pytest.mark.parametrize(
    ("expression", "moment", "open_then"),
    [
        ("Mo-Fr 09:00-17:00; PH off", london(2026, 8, 31, 10), False),
        ("Mo-Fr 09:00-17:00; PH off", london(2026, 9, 7, 10), True),
        ("Mo-Sa 09:00-17:00; Su,PH 11:00-16:00", london(2026, 4, 6, 10), False),
        ("Mo-Sa 09:00-17:00; Su,PH 11:00-16:00", london(2026, 4, 6, 11), True),
        ("Mo-Sa 09:00-17:00; PH,Su 11:00-16:00", london(2026, 4, 12, 15, 59), True),
        ('Mo-Fr 09:00-17:00; PH off "closed; rest"', london(2026, 5, 4, 10), False),
        ("24/7; PH off", london(2027, 1, 1, 3), False),
        ("Fr-Sa 18:00-02:00", london(2026, 7, 5, 1, 59), True),  # Sunday, but Saturday's night
        ("Fr-Sa 18:00-02:00", london(2026, 7, 5, 2), False),
        ("Fr-Sa 18:00-02:00", london(2026, 7, 4, 1, 59), True),
        ("Fr-Sa 18:00-02:00", london(2026, 7, 3, 1, 59), False),
        ("Mo-Su 00:00-24:00", london(2026, 7, 3), True),
        ("Sa 12:00-02:00; Su 12:00-22:00", london(2026, 7, 5, 1), True),
        ("Sa 12:00-02:00; Su off", london(2026, 7, 5, 1), True),
        ("Mo-Su 18:00-02:00; PH off", london(2027, 1, 1, 1), True),  # New Year's Eve goes on
        ("Mo-Su 18:00-02:00; PH off", london(2027, 1, 1, 20), False),
        ("Mo-Su 18:00-02:00; PH off", london(2027, 1, 2, 1), False),
        ("24/7; Su 10:00-02:00", london(2026, 7, 6, 1), True),
        ("Fr 12:00-15:00,19:00-25:30", london(2026, 7, 4, 1, 29), True),
        ("Fr 12:00-15:00,19:00-25:30", london(2026, 7, 4, 1, 30), False),
        ("Fr 20:00-00:00", london(2026, 7, 4), False),
    ],
)
def test_open_and_closed(expression, moment, open_then):
    assert is_open(expression, moment) is open_then


@pytest.mark.parametrize(
    ("moment", "open_then"),
    [
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), True),  # 00:59 GMT
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), False),  # 02:00 BST: an hour was skipped
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), True),  # 01:30 BST
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), True),  # 01:30 GMT, the same on the clock
        (datetime(2027, 10, 31, 2, 0, tzinfo=UTC), False),  # 02:00 GMT
    ],
)
def test_the_clock_on_the_wall_counts_when_clocks_change(moment, open_then):
    assert is_open("Sa 18:00-02:00", moment) is open_then


def test_what_changes_next_is_said_on_londons_clock():
    assert next_change("Mo-Sa 08:00-19:00", london(2027, 3, 26, 12)) == (True, london(2027, 3, 26, 19))
    assert next_change("Mo-Sa 08:00-19:00", london(2027, 3, 27, 19)) == (False, london(2027, 3, 29, 8))
    assert next_change("Mo-Sa 08:00-19:00; PH off", london(2027, 3, 27, 19)) == (False, london(2027, 3, 30, 8))
    assert next_change("24/7", london(2027, 3, 27, 19)) == (True, None)
    assert next_change("Sa 18:00-02:00; Su 12:00-22:00", london(2026, 7, 4, 23)) == (True, london(2026, 7, 5, 2))
    assert next_change("Dec 24 10:00-12:00", london(2026, 7, 4, 23)) == (False, london(2026, 12, 24, 10))
    assert next_change("Sa 18:00-02:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC))[1] == london(2026, 10, 25, 2)


@pytest.mark.parametrize("wrong", ["", "9 to 5", "Mo-Fr 25:00-26:00x", "Seg 09:00-17:00", 'Mo 09:00-17:00; PH off "'])
def test_what_is_not_in_the_syntax_is_refused(wrong):
    with pytest.raises(ValidationError, match="Mo-Sa 07:00-19:00"):
        validate_hours(wrong)


# Against an evaluation by hand ---------------------------------------------------------------------

CLOCKS_CHANGE = [datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)]
minutes = st.integers(0, 24 * 60 - 1)
near_change = st.builds(
    lambda change, off: change + timedelta(minutes=off), st.sampled_from(CLOCKS_CHANGE), st.integers(-240, 240)
)
moments = near_change | st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)).map(  # noqa: DTZ001 (UTC follows)
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
weeks = st.lists(
    st.none() | st.tuples(minutes, minutes).filter(lambda span: span[0] != span[1]), min_size=7, max_size=7
)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def written(week: list[tuple[int, int] | None]) -> str:
    spans = zip(DAYS, week, strict=True)
    return "; ".join(f"{day} {clock(s[0])}-{clock(s[1])}" if s else f"{day} off" for day, s in spans)


def by_hand(week: list[tuple[int, int] | None], moment: datetime) -> bool:
    """One span a day, read on the wall's clock; a span that ends before it begins ends on the next day."""
    wall = moment.astimezone(LONDON)
    minute = wall.hour * 60 + wall.minute
    today, yesterday = week[wall.weekday()], week[wall.weekday() - 1]
    if today and today[0] <= minute < (today[1] if today[1] > today[0] else 24 * 60):
        return True
    # A day with hours of its own does not cut short the night before it.
    return bool(yesterday and yesterday[1] < yesterday[0] and minute < yesterday[1])


@given(weeks, moments)
@example([(18 * 60, 120)] * 7, CLOCKS_CHANGE[0])
@example([(18 * 60, 90)] * 7, CLOCKS_CHANGE[1])
def test_any_week_at_any_moment_is_as_read_by_hand(week, moment):
    if any(week):
        assert is_open(written(week), moment) is by_hand(week, moment)


HOURS = (
    "", "24/7", "Mo-Sa 07:00-19:00; Su 08:00-17:00", "Mo-Fr 09:00-13:00,14:00-18:00; PH off", "Fr-Sa 20:00-03:00",
    "Su,PH 10:00-16:00", "Tu-Su 12:00-15:00,18:00-23:30; Dec 24-26 off", "Mo-Su 00:30-02:30",
)  # fmt: skip


@pytest.fixture
def _shops(db):
    for place, hours in enumerate(HOURS * 2):
        BusinessFactory(name=str(place), opening_hours=hours)


@pytest.mark.usefixtures("_shops")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments)
def test_the_filter_finds_exactly_the_rows_that_are_open(moment):
    found = set(Business.objects.open_at(moment).values_list("name", flat=True))

    assert found == {
        shop.name
        for shop in Business.objects.all()
        if shop.opening_hours and parse_hours(shop.opening_hours).is_open(moment)
    }


@pytest.mark.usefixtures("_shops")
def test_each_expression_in_use_is_listed_once_and_none_is_forgotten():
    assert sorted(hours_in_use()) == sorted(filter(None, HOURS))
    with as_role("owner"):
        Business.objects.all().delete()
    assert hours_in_use() == []
