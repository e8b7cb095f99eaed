"""What is on, for any page that asks: the weekend, around a place, at a business; and one event's facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.db.models import QuerySet
from django.utils.timezone import localdate, now

from businesses.models import Business
from community.addresses import absolute
from community.browsing import Wished, wished
from community.clock import WEEKEND, window
from community.filters import TownFilterSet
from community.templatetags.asking import Group, kept, options
from community.templatetags.town import NIGHT_ENDS, on_clock, spot, wording
from events import board
from events.board import COLLAPSED, events_of, one_of_each
from events.filters import EventFilter
from events.models import Category, Event, Posting

register = template.Library()

ON_HOME = 8
BESIDE = 4
ALIKE = 60
WALK = D(km=2)

SCHEMA_STATUS: dict[str, str] = {Event.Status.CANCELLED: "EventCancelled", Event.Status.POSTPONED: "EventPostponed"}
SCHEMA_MODE: dict[str, str] = {
    Event.Format.IN_PERSON: "OfflineEventAttendanceMode",
    Event.Format.ONLINE: "OnlineEventAttendanceMode",
    Event.Format.HYBRID: "MixedEventAttendanceMode",
}


@register.simple_tag
def weekend_events() -> list[Event]:
    """The first of what is on this weekend, or the coming one."""
    at = now()
    return events_of(Posting.objects.lines().upcoming(at=at).between(*window(WEEKEND, at=at))[:ON_HOME])


@register.simple_tag
def members_events() -> QuerySet[Event]:
    """What is announced to members only; row security shows it to them alone."""
    return Event.objects.for_members().upcoming(at=now()).for_cards()[:ON_HOME]


@register.simple_tag
def events_around(point: Point) -> list[Event]:
    """What is on soonest within a walk of a point, what is repeated once."""
    around = Posting.objects.lines().upcoming(at=now()).within(point, within=WALK)
    return events_of(one_of_each(around[:ALIKE])[:ON_HOME])


@register.simple_tag
def events_at(business: Business) -> list[Event]:
    """What is on at a business, soonest first, what is repeated once."""
    here = Posting.objects.lines().upcoming(at=now()).filter(business=business.pk)
    return events_of(one_of_each(here[:ALIKE])[:BESIDE])


@register.simple_tag
def events_like(event: Event) -> list[Event]:
    """The next events of the same category, each once, and not the event's own other dates."""
    alike = Posting.objects.lines().upcoming(at=now()).filter(category=event.category.slug)
    return events_of(one_of_each(alike[:ALIKE], besides=event)[:BESIDE])


@register.simple_tag
def other_dates(event: Event) -> list[Event]:
    """When else an event is on, soonest first."""
    return board.other_dates(event, at=now())


@register.simple_tag(takes_context=True)
def wished_events(context: template.Context) -> Wished:
    """The first events that this page's wish finds, what is repeated once."""
    return wished(_asked(context), most=COLLAPSED, shown=lambda rows: events_of(one_of_each(rows)[:ON_HOME]))


@register.simple_tag(takes_context=True)
def finds_events(context: template.Context, asked: TownFilterSet | None = None) -> bool:
    """Whether this page's wish finds any event; ``asked`` has found out already what it means."""
    return _asked(context, asked).finds_any


def _asked(context: template.Context, asked: TownFilterSet | None = None) -> EventFilter:
    return EventFilter(context["request"].GET, queryset=Posting.objects.lines(), for_people=True).knowing(asked)


@register.simple_tag
def event_categories() -> QuerySet[Category]:
    """Every kind of event, in the desk's order."""
    return Category.objects.all()


@register.filter
def venue(event: Event) -> str:
    """Where an event is, in one line for a card: whose roof, and roughly where."""
    roof = event.business.name if event.business else event.venue_name
    area = event.postcode.split(" ")[0] or (event.borough.name if event.borough else "")
    return ", ".join(part for part in (roof, area) if part)


@register.filter
def until(event: Event) -> datetime | None:
    """The end, on its place's clock, of what has begun and goes on after tonight; None for anything else."""
    at, end = now(), on_clock(event, "ends_at")
    is_under_way = event.starts_at <= at and (end - timedelta(hours=NIGHT_ENDS)).date() > localdate(at, event.zone)
    return end if is_under_way else None


@register.filter
def access_facts(event: Event) -> list[tuple[str, str]]:
    """What is known of an event's accessibility: each fact's key, which is also its icon's name, and its words."""
    return [(fact, str(Event.Access(fact).label)) for fact in event.accessibility if fact in Event.Access]


@register.simple_tag
def event_facts(event: Event) -> dict[str, Any]:
    """An event in schema.org's words."""
    title, description = wording(event, "title"), wording(event, "description")
    organizer = getattr(event, "organizer_name", None)
    places: list[dict[str, Any]] = []
    if event.location:
        places.append(_place(event, event.location))
    if event.is_online:
        places.append({"@type": "VirtualLocation", "url": event.online_url})
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": title.text,
        "inLanguage": title.language,
        "description": description.text,
        "url": absolute(event.get_absolute_url()),
        "startDate": on_clock(event, "starts_at").isoformat(),
        "endDate": on_clock(event, "ends_at").isoformat(),
        "eventStatus": f"https://schema.org/{SCHEMA_STATUS.get(event.status, 'EventScheduled')}",
        "eventAttendanceMode": f"https://schema.org/{SCHEMA_MODE[event.format]}",
        "location": places,
        "isAccessibleForFree": event.is_free,
        "offers": {"@type": "Offer", "price": f"{event.price:.2f}", "priceCurrency": "GBP"},
        **({"organizer": {"@type": "Organization", "name": organizer}} if organizer else {}),
    }


def _place(event: Event, point: Point) -> dict[str, Any]:
    return {
        "@type": "Place",
        "name": event.business.name if event.business else event.venue_name,
        **spot(event.address, event.postcode, point),
    }


@register.filter
def webcal(path: str) -> str:
    """An address of this town that calendars subscribe to, rather than download once."""
    return f"webcal://{absolute(path).partition('://')[2]}"


@register.simple_tag
@kept
def category_options() -> list[Group]:
    """Every kind of event, to choose from."""
    return options(Category.objects.all())
