from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from opening_hours import OpeningHours, ParserError

LONDON = ZoneInfo("Europe/London")


@lru_cache(maxsize=4096)
def parse_hours(expression: str) -> OpeningHours:
    """Read opening hours in OpenStreetMap's syntax, on London's clock with England's bank holidays.

    Raises ParserError if the expression is not valid.
    """
    return OpeningHours(expression, timezone=LONDON, country="GB")


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
    on_clock = moment.astimezone(LONDON)  # the library reads only zones that have a name
    return [expression for expression in expressions if parse_hours(expression).is_open(on_clock)]


def next_change(expression: str, moment: datetime) -> tuple[bool, datetime | None]:
    """Whether it is open at ``moment`` (aware), and when that next changes, if ever."""
    hours, on_clock = parse_hours(expression), moment.astimezone(LONDON)
    return hours.is_open(on_clock), hours.next_change(on_clock)
