"""Events for calendars (RFC 5545) and for feed readers (Atom, RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar, Timezone, vText, vUri
from icalendar import Event as Entry

from community.addresses import absolute
from community.translated import told
from events.models import Event

# The rule in force since 1996. A computed list of past changes would be longer, and end in some year.
LONDON = """BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
DTSTART:19960331T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
"""
STATUS = {
    Event.Status.PUBLISHED: "CONFIRMED",
    Event.Status.CANCELLED: "CANCELLED",
    Event.Status.POSTPONED: "TENTATIVE",
    Event.Status.DRAFT: "TENTATIVE",
}

KEPT = 600  # seconds

# What is no character in XML, and no text in iCalendar.
UNSPEAKABLE = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def calendar(events: Iterable[Event], *, name: str | None = None) -> bytes:
    """Some events as a calendar. What was called off stays in it, marked, so that subscribers hear of it."""
    events = list(events)
    document = Calendar()
    document.add("prodid", f"-//LusoTown//{settings.VERSION}//{(get_language() or 'en').upper()}")
    document.add("version", "2.0")
    document.add("calscale", "GREGORIAN")
    document.add("method", "PUBLISH")
    if name:
        document.add("name", name)
        document.add("x-wr-calname", name)
        document.add("x-wr-timezone", "Europe/London")
    for zone in sorted({event.timezone for event in events}):
        document.add_component(_zone(zone, events))
    end = b"END:VCALENDAR\r\n"
    return document.to_ical().removesuffix(end) + b"".join(_entries(events)) + end


def _entries(events: list[Event]) -> list[bytes]:
    """The entry of each event, as written before where it has not changed since: writing one takes a millisecond.

    Only what anyone may read is kept; the names of categories and venues in it may lag by KEPT seconds.
    """
    language = get_language()
    keys = {
        event.pk: f"entry:{language}:{event.pk}:{event.updated_at.timestamp()}:{event.sequence}:{event.status}"
        for event in events
        if event.is_public
    }
    known = cache.get_many(keys.values())
    written = {event.pk: known.get(keys.get(event.pk)) or _entry(event).to_ical() for event in events}
    cache.set_many({key: written[pk] for pk, key in keys.items() if key not in known}, KEPT)
    return list(written.values())


def _zone(name: str, events: list[Event]) -> Timezone:
    if name == "Europe/London":
        return cast(Timezone, Timezone.from_ical(LONDON))
    moments = [moment for event in events if event.timezone == name for moment in (event.starts_at, event.ends_at)]
    first, last = min(moments), max(moments)
    return Timezone.from_tzid(
        name, first_date=first.date().replace(month=1, day=1), last_date=last.date().replace(year=last.year + 1, day=1)
    )


def _entry(event: Event) -> Entry:
    title, description = told(event, "title"), told(event, "description")
    page = absolute(event.get_absolute_url())
    entry = Entry()
    entry.add("uid", f"{event.pk}@{urlsplit(settings.SITE_URL).hostname}")
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", event.updated_at)
    entry.add("created", event.created_at)
    entry.add("last-modified", event.updated_at)
    entry.add("dtstart", event.starts_at.astimezone(event.zone))
    entry.add("dtend", event.ends_at.astimezone(event.zone))
    entry.add("summary", _text(title.text, title.language))
    entry.add(
        "description", _text("\n\n".join(part for part in (description.text, page) if part), description.language)
    )
    entry.add("status", STATUS[Event.Status(event.status)])
    entry.add("url", vUri(page))
    entry.add("categories", [told(event.category, "name").text])
    if place := _place(event):
        entry.add("location", place)
    if event.location:
        entry.add("geo", (round(event.location.y, 6), round(event.location.x, 6)))
    return entry


def _plain(text: str) -> str:
    """A text without what neither format can hold: one pasted control character would break the whole feed."""
    return UNSPEAKABLE.sub("", text)


def _text(text: str, language: str) -> vText:
    value = vText(_plain(text))
    value.params["LANGUAGE"] = language
    return value


def _place(event: Event) -> str:
    name = event.venue_name or (event.business.name if event.business else "")
    address = event.address or (event.business.address if event.business else "")
    return _plain(", ".join(part for part in (name, address, event.postcode) if part)) or event.online_url


def atom(events: Iterable[Event], *, address: str) -> bytes:
    """Some events as a feed, in the order given; ``address`` is the feed's own."""
    language = get_language() or "en"
    feed = Atom1Feed(
        title=_("LusoTown: events"),
        description=_("What is on for London’s Portuguese speakers"),
        link=absolute(f"/{language}/"),
        feed_url=address,
        feed_guid=absolute("/api/v1/events/feed.atom"),
        language=language,
        author_name="LusoTown",
        author_link=absolute("/"),
    )
    for event in events:
        feed.add_item(**_item(event))
    return feed.writeString("utf-8").encode()


def _item(event: Event) -> dict[str, Any]:
    when: datetime = event.starts_at.astimezone(event.zone)
    facts = " · ".join(part for part in (f"{when:%d/%m/%Y %H:%M}", _place(event)) if part)
    return {
        "title": _plain(told(event, "title").text),
        "link": absolute(event.get_absolute_url()),
        "description": "\n\n".join(part for part in (facts, _plain(told(event, "description").text)) if part),
        "unique_id": f"urn:uuid:{event.pk}",
        "pubdate": event.created_at,
        "updateddate": event.updated_at,
        "author_name": event.organizer_name and _plain(event.organizer_name),
        "categories": [event.category.slug],
    }
