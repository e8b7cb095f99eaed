"""From the board to the events themselves."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.measure import D
from django.db.models import Exists, F, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from community.models import Profile
from events.models import Event, Posting

COLLAPSED = 200  # postings, of which the repeats of one event become one
DATES = 6
HERE = D(m=1)
ANNOUNCED = ("status", "title_pt", "title_en")
TELLING = {
    "is_host_seen": Exists(Profile.objects.filter(pk=OuterRef("organizer_id"))),
    "where": Cast("location", TextField()),  # a Point for each takes longer than all the rest
}


def one_of_each(postings: QuerySet[Posting], *, besides: Event | None = None) -> list[Posting]:
    """The first postings of a search, what is repeated once: at its first place, with the soonest of its dates.

    ``postings`` are COLLAPSED at most. Each gains ``more_dates``, how many others were found. ``besides`` leaves one
    out with all its dates.
    """
    rows = list(postings)
    things = _things(rows)
    series: dict[Hashable, list[Posting]] = {}
    for row in rows:
        series.setdefault(things.get(row.pk, row.pk), []).append(row)
    found = []
    for repeats in series.values():
        if besides and any(row.pk == besides.pk for row in repeats):
            continue
        soonest = min(repeats, key=lambda row: row.starts_at)
        soonest.more_dates = len(repeats) - 1  # type: ignore[attr-defined]  # for the card
        found.append(soonest)
    return found


def other_dates(event: Event, *, at: datetime) -> list[Event]:
    """The next dates of the same thing, soonest first, DATES at most, with what a link to one shows: its time."""
    of_the_same = Event.objects.upcoming(at=at).filter(organizer=event.organizer_id).order_by()
    on_the_board = Posting.objects.upcoming(at=at).filter(business=event.business_id).order_by()
    here = on_the_board.reaching(event.location, within=HERE) if event.location else on_the_board.filter(location=None)
    itself = Event.objects.filter(pk=event.pk)
    rows = (
        Event.objects.filter(pk__in=itself.values("pk").union(of_the_same.values("pk"), here.values("pk")))
        .filter(**{name: getattr(event, name) for name in ANNOUNCED})
        .only("slug", "starts_at", "ends_at", "timezone")
        .order_by(Exact(F("pk"), event.pk).desc(), "starts_at", "pk")[:COLLAPSED]
    )
    things = _things(rows)
    others: Iterable[Event] = (row for row in rows if row.pk != event.pk)
    return [row for row in others if things.get(row.pk) == things.get(event.pk)][:DATES]


def _things(rows: Iterable[Event | Posting]) -> dict[UUID, Hashable]:
    """What each event is a date of.

    The same thing is what one organiser announces under one title, in one state; of whom the reader may not see,
    under one title at one place: nothing here tells whose an event is.
    """
    # Not by the manager, which looks for words to translate in each row and finds none.
    told = QuerySet(Event).filter(pk__in=[row.pk for row in rows]).annotate(**TELLING)
    return {
        pk: (whose if is_host_seen else (where, at), *said)
        for pk, is_host_seen, whose, where, at, *said in told.values_list(
            "pk", "is_host_seen", "organizer_id", "where", "business_id", *ANNOUNCED
        )
    }


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
