"""What is on in a week, as one member asked to be told of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from community.models import Weekly
from events.board import events_of
from events.models import Event, Posting

WEEK = timedelta(days=7)
MOST = 10  # events in one letter


def events_of_the_week(taste: Weekly, *, at: datetime) -> list[Event]:
    """The first events within a week of ``at`` that a member who acts may see and asked for, soonest first."""
    postings = (
        Posting.objects.lines()
        .upcoming(at=at)
        .filter(status=Event.Status.PUBLISHED, starts_at__gte=at, starts_at__lt=at + WEEK)
    )
    if taste.languages:
        postings = postings.filter(languages__overlap=taste.languages)
    if taste.regions:
        postings = postings.filter(regions__overlap=taste.regions)
    if taste.boroughs:
        postings = postings.filter(borough__in=taste.boroughs)
    shown = Event.objects.select_related("business", "borough").defer(
        "business__search", "borough__centre", "borough__outline"
    )
    return events_of(postings[:MOST], among=shown)
