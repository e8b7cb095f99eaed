"""From the board to the events themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from events.models import Event, Posting


def events_of(postings: Iterable[Posting], *, among: QuerySet[Event] | None = None) -> list[Event]:
    """The events of some postings, in their order, each with its posting's ``distance`` if that has one.

    They come with their details, unless ``among`` says what is enough. An event that row security
    holds back after all is left out.
    """
    rows = list(postings)
    events: dict[Any, Any] = (Event.objects.with_details() if among is None else among).in_bulk(
        [row.pk for row in rows]
    )
    found = []
    for row in rows:
        if event := events.get(row.pk):
            event.distance = getattr(row, "distance", None)
            found.append(event)
    return found
