from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils.timezone import now
from icalendar import Calendar

from events.models import Event
from tests.databases import as_role
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_LIMITS = {"anonymous": (100_000, 1), "member": (100_000, 1)}


def entries(answer):
    return Calendar.from_ical(answer.content).walk("VEVENT")


@pytest.mark.parametrize(
    ("utc", "local", "offset"), [((2038, 1, 16, 19), "20380116T190000", 0), ((2038, 7, 4, 19), "20380704T200000", 1)]
)
def test_an_event_is_on_londons_clock_winter_and_summer(client, utc, local, offset):
    starts = datetime(*utc, tzinfo=UTC)
    event = EventFactory(
        starts_at=starts, ends_at=starts + timedelta(hours=2), sequence=3, venue_name="Salão; ao fundo"
    )

    answer = client.get(f"/api/v1/events/{event.pk}/event.ics?lang=pt")
    text = answer.content.decode()
    (entry,) = entries(answer)

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert f"DTSTART;TZID=Europe/London:{local}" in text
    assert text.count("BEGIN:VTIMEZONE") == 1
    assert entry.decoded("dtstart") == starts
    assert entry.decoded("dtstart").utcoffset() == timedelta(hours=offset)
    assert entry.decoded("dtend") == starts + timedelta(hours=2)
    assert (str(entry["uid"]), entry["sequence"], str(entry["status"])) == (f"{event.pk}@localhost", 3, "CONFIRMED")
    assert str(entry["summary"]) == event.title_pt
    assert str(entry["location"]) == "Salão; ao fundo, SW8 1UQ"
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_a_change_keeps_the_uid_and_shows_the_grown_sequence(client):
    event = EventFactory()
    (before,) = entries(client.get(f"/api/v1/events/{event.pk}/event.ics"))

    with as_role("owner"):
        Event.objects.filter(pk=event.pk).update(sequence=1)

    (after,) = entries(client.get(f"/api/v1/events/{event.pk}/event.ics"))
    assert (after["uid"], before["sequence"], after["sequence"]) == (before["uid"], 0, 1)


def test_subscribers_hear_of_what_was_called_off(client):
    EventFactory(status=Event.Status.CANCELLED, starts_at=now() + timedelta(days=1))
    EventFactory(status=Event.Status.POSTPONED, starts_at=now() + timedelta(days=2))
    EventFactory(status=Event.Status.DRAFT)

    found = entries(client.get("/api/v1/events/calendar.ics"))

    assert [str(entry["status"]) for entry in found] == ["CANCELLED", "TENTATIVE"]


def test_an_event_elsewhere_brings_the_zone_of_its_clock(client):
    event = EventFactory(timezone="Europe/Lisbon", format="online", online_url="https://example.org/", location=None)

    answer = client.get(f"/api/v1/events/{event.pk}/event.ics")

    assert b"TZID:Europe/Lisbon" in answer.content
    assert entries(answer)[0].decoded("dtstart") == event.starts_at.replace(microsecond=0)


def test_a_calendar_takes_the_filters_of_the_list_and_refuses_what_it_does_not_know(client):
    free, _paid = EventFactory(price_pence=0), EventFactory(price_pence=100)

    found = entries(client.get("/api/v1/events/calendar.ics?free=true"))

    assert [str(entry["uid"]).partition("@")[0] for entry in found] == [str(free.pk)]
    refused = client.get("/api/v1/events/calendar.ics?page_size=3")
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")


def test_a_calendar_that_did_not_change_is_known_again(client):
    EventFactory()
    first = client.get("/api/v1/events/calendar.ics")

    assert client.get("/api/v1/events/calendar.ics", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_the_feed_has_the_latest_announced_first(client):
    older, newer = EventFactory(title_en="Older <b>"), EventFactory()

    answer = client.get("/api/v1/events/feed.atom?lang=en")
    feed = ElementTree.fromstring(answer.content)

    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")] == [
        f"urn:uuid:{newer.pk}", f"urn:uuid:{older.pk}"
    ]  # fmt: skip
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")][1] == "Older <b>"


def test_a_pasted_control_character_breaks_neither_feed_nor_calendar(client):
    event = EventFactory(title_en="Fado\x0b night\uffff", description_en="One\x07\n\ntwo", venue_name="Sal\x1fa")

    (entry,) = entries(client.get(f"/api/v1/events/{event.pk}/event.ics?lang=en"))
    feed = ElementTree.fromstring(client.get("/api/v1/events/feed.atom?lang=en").content)

    assert (str(entry["summary"]), str(entry["location"])) == ("Fado night", "Sala, SW8 1UQ")
    assert str(entry["description"]).startswith("One\n\ntwo\n\n")
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "Fado night"
    assert feed.findtext(f"{ATOM}entry/{ATOM}summary").endswith("Sala, SW8 1UQ\n\nOne\n\ntwo")
