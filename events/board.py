"""From the board to the events themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from community.models import Profile
from events.models import Event, Posting

COLLAPSED = 200  # postings, of which the repeats of one event become one


def one_of_each(postings: QuerySet[Posting], *, besides: Event | None = None) -> list[Posting]:
    """The first postings of a search, what is repeated once: at its first place, with the soonest of its dates.

    ``postings`` are COLLAPSED at most. Each gains ``more_dates``, how many others were found. The same thing is what
    one organiser announces under one title, in one state; of whom the reader may not see, under one title at one
    place. ``besides`` leaves one out with all its dates.
    """
    rows = list(postings)
    told = (
        Event.objects.filter(pk__in=[row.pk for row in rows])
        .annotate(where=Cast("location", TextField()))  # a Point for each takes longer than all the rest
        .values_list("pk", "organizer", "where", "business", "status", "title_pt", "title_en")
    )
    of_row = {pk: what for pk, *what in told}
    seen = set(Profile.objects.filter(pk__in={whose for whose, *_rest in of_row.values()}).values_list("pk", flat=True))
    series: dict[Any, list[Posting]] = {}
    for row in rows:
        whose, where, at, *title = of_row.get(row.pk, [None, None, row.pk])
        by = whose if whose in seen else (where, at)  # a search does not tell whose an event is
        series.setdefault((by, *title), []).append(row)
    found = []
    for repeats in series.values():
        if besides and any(row.pk == besides.pk for row in repeats):
            continue
        soonest = min(repeats, key=lambda row: row.starts_at)
        soonest.more_dates = len(repeats) - 1  # type: ignore[attr-defined]  # for the card
        found.append(soonest)
    return found


def events_of(postings: Iterable[Posting], *, among: QuerySet[Event] | None = None) -> list[Event]:
    """The events of some postings, in their order, each with its posting's ``distance`` and ``more_dates``, if any.

    They come with what a card shows, unless ``among`` says what is needed. An event that row security
    holds back after all is left out.
    """
    rows = list(postings)
    events: dict[Any, Any] = (Event.objects.for_cards() if among is None else among).in_bulk([row.pk for row in rows])
    found = []
    for row in rows:
        if event := events.get(row.pk):
            event.distance = getattr(row, "distance", None)
            event.more_dates = getattr(row, "more_dates", 0)
            found.append(event)
    return found
