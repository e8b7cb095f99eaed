"""Pages of what is on: the list, the month, the map, one event."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.contrib.gis.geos import Point
from django.db import transaction
from django.test import Client
from django.utils.timezone import now

from community.clock import LONDON
from community.models import Member
from events import board
from events.models import Event
from tests.browsing import address, count_queries
from tests.factories import BusinessFactory, EventFactory, MemberFactory

pytestmark = pytest.mark.django_db

LISTS = ["events:list", "events:calendar", "events:map", "events:pins"]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_often_for_one_event_as_for_many(client: Client, name: str):
    EventFactory(languages=["pt-PT", "en"], business=BusinessFactory())
    client.get(address(name, "en"))
    questions = count_queries(client, address(name, "en"))
    for number in range(49):
        business = BusinessFactory() if number % 2 else None
        EventFactory(
            languages=["pt-PT", "pt-BR"], business=business, starts_at=now() + timedelta(days=number % 9, hours=1)
        )

    assert count_queries(client, address(name, "en")) == questions


def test_the_list_works_by_links_alone(client: Client):
    for number in range(26):
        EventFactory(slug=f"noite-{number:02}", starts_at=now() + timedelta(hours=number + 1))

    first = client.get(address("events:list", "pt") + "?free=true")
    onward = re.search(r'rel="next"\s+href="(\?[^"]+)"', first.content.decode())
    second = client.get(address("events:list", "pt") + onward[1].replace("&amp;", "&"))

    assert [event.slug for event in first.context["events"]] == [f"noite-{number:02}" for number in range(24)]
    assert [event.slug for event in second.context["events"]] == ["noite-24", "noite-25"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 5000, "201"])
def test_a_page_that_cannot_be_is_not_found(client: Client, page: str):
    assert client.get(address("events:list", "en"), {"page": page}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [{"near": "Atlantis"}, {"radius_km": "1000000"}, {"category": "nope"}, {"when": "yesterday"}, {"free": "maybe"},
     {"q": "x" * 100_000}, {"bbox": "NaN,0,0,1"}, {"near": "91,181"}, {"starts_after": "0000-00-00"}],
)  # fmt: skip
@pytest.mark.parametrize("name", ["events:list", "events:calendar", "events:map", "events:pins"])
def test_a_filter_that_cannot_be_read_is_said_and_shows_nothing(client: Client, name: str, query: dict[str, str]):
    EventFactory(slug="noite")
    answer = client.get(address(name, "en"), query)

    assert answer.status_code == 400
    assert "noite" not in answer.content.decode()


def test_words_of_others_in_a_link_are_ignored(client: Client):
    EventFactory()
    assert client.get(address("events:list", "en"), {"utm_source": "newsletter"}).status_code == 200


def test_near_somewhere_means_nearest_first(client: Client):
    EventFactory(slug="longe", starts_at=now() + timedelta(hours=1), location=Point(-0.10, 51.48, srid=4326))
    EventFactory(slug="perto", starts_at=now() + timedelta(days=3))

    found = client.get(address("events:list", "en"), {"near": "51.4723,-0.1229"}).context["events"]

    assert [event.slug for event in found] == ["perto", "longe"]


@pytest.mark.parametrize("wish", ["", "&q=noite"])
def test_what_is_equally_far_has_an_order_and_no_page_repeats_another(client: Client, wish: str):
    keys = [UUID(int=(number * 7919) % 60) for number in range(60)]
    for key in keys:
        EventFactory(pk=key, slug=f"noite-{key.int}", business=BusinessFactory(slug=f"casa-{key.int}"))
    list_near = address("events:list", "en") + f"?near=SW8{wish}&page="

    found = [event.pk for page in (1, 2, 3) for event in client.get(f"{list_near}{page}").context["events"]]

    assert found == sorted(keys)


def test_a_search_does_not_tell_that_two_events_have_one_organiser_who_is_not_shown(client: Client):
    hidden, other, shown = MemberFactory(), MemberFactory(), MemberFactory(profile__visibility="public")

    def found(*organizers: Member) -> list[int]:
        """How many dates each card of a search speaks for, where these announce the same at a place of each."""
        with transaction.atomic():
            for organizer in organizers:
                EventFactory(organizer=organizer, title_pt="Serão", title_en="", business=BusinessFactory())
            cards = client.get(address("events:list", "en") + "?q=serão").context["events"]
            transaction.set_rollback(True)
        return [1 + card.more_dates for card in cards]

    assert found(hidden, hidden) == found(hidden, other) == [1, 1]
    assert found(shown, shown) == [2]


def test_forgiven_spelling_is_said(client: Client):
    EventFactory(title_pt="Feijoada", title_en="Feijoada", slug="feijoada")
    html = client.get(address("events:list", "en"), {"q": "feijoda"}).content.decode()

    assert address("events:detail", "en", slug="feijoada") in html
    assert re.search(r"feijoda.+<strong>feijoada</strong>", html, re.DOTALL)


def test_what_is_in_one_language_only_says_so(client: Client):
    EventFactory(title_pt="Missa em português", title_en="", description_pt="Cantada.", slug="missa")
    html = client.get(address("events:detail", "en", slug="missa")).content.decode()

    assert re.search(r'<h1 lang="pt">\s*Missa em português', html)
    assert "Only in Portuguese so far" in html


def test_the_month_shows_each_day_what_begins_on_it(client: Client, time_machine):
    time_machine.move_to(datetime(2037, 11, 18, 12, tzinfo=LONDON), tick=False)
    for hour in range(15, 20):
        EventFactory(starts_at=datetime(2037, 11, 21, hour, tzinfo=LONDON), slug=f"as-{hour}")
    EventFactory(starts_at=datetime(2037, 11, 22, 0, tzinfo=LONDON), slug="meia-noite")

    days = {day.day.day: day for week in client.get(address("events:calendar", "pt")).context["weeks"] for day in week}

    assert ([event.slug for event in days[21].events], days[21].has_more) == (["as-15", "as-16", "as-17"], True)
    assert [event.slug for event in days[22].events] == ["meia-noite"]


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (20, ["as-9", "as-11", "as-15"]),
        (21, ["as-15", "as-19", "as-20"]),
        (22, ["as-9", "as-11", "as-15"]),
    ],
)
def test_a_day_of_the_month_leads_to_all_that_begins_on_it_and_today_shows_what_is_not_over(
    client: Client, time_machine, day: int, shown: list[str]
):
    time_machine.move_to(datetime(2037, 11, 21, 16, tzinfo=LONDON), tick=False)
    every = ["as-9", "as-11", "as-15", "as-19", "as-20"]
    for slug in every:
        EventFactory(starts_at=datetime(2037, 11, day, int(slug[3:]), tzinfo=LONDON), slug=slug, ends_at=
                     datetime(2037, 11, day, int(slug[3:]) + 2, tzinfo=LONDON))  # fmt: skip
    EventFactory(starts_at=datetime(2037, 11, day + 1, 0, tzinfo=LONDON))

    month = client.get(address("events:calendar", "en") + "?free=true&past=true&month=2037-11")
    box = next(box for week in month.context["weeks"] for box in week if box.day.day == day)
    onward = re.search(r'<a class="month__more"\s+href="([^"]+)"', month.content.decode())[1].replace("&amp;", "&")
    page = client.get(onward)

    assert ([event.slug for event in box.events], box.has_more) == (shown, True)
    assert onward == address("events:list", "en") + f"?free=true&day=2037-11-{day}"
    assert [event.slug for event in page.context["events"]] == every
    assert re.search(rf"<h1[^>]*>\s*Events on {day} November 2037\s*</h1>", page.content.decode())
    assert f"On {day} November 2037" in page.content.decode()


def test_a_day_leads_back_to_its_month_with_all_its_days(client: Client, time_machine):
    time_machine.move_to(datetime(2037, 11, 21, 16, tzinfo=LONDON), tick=False)
    EventFactory(starts_at=datetime(2037, 12, 3, 19, tzinfo=LONDON), slug="outro-dia")

    page = client.get(address("events:calendar", "en") + "?day=2037-12-24")

    assert f"{page.context['month']:%Y-%m}" == "2037-12"
    assert address("events:detail", "en", slug="outro-dia") in page.content.decode()


def test_a_day_of_another_month_shows_its_month(client: Client, time_machine):
    time_machine.move_to(datetime(2037, 11, 21, 16, tzinfo=LONDON), tick=False)

    html = client.get(address("events:calendar", "pt")).content.decode()
    days = re.findall(r'<time datetime="(2037-1[01]-[23][01])">(.*?)</time>', html)

    assert days == [
        ("2037-10-30", "30 de outubro"),
        ("2037-10-31", "31 de outubro"),
        ("2037-11-20", '20<span class="unseen"> novembro</span>'),
        ("2037-11-21", '21<span class="unseen"> novembro</span>'),
        ("2037-11-30", '30<span class="unseen"> novembro</span>'),
    ]


@pytest.mark.parametrize("day", ["2037-02-30", "21", "0001-01-01", "2037-11-21T10:00:00Z"])
def test_a_day_that_cannot_be_read_is_said(client: Client, day: str):
    assert client.get(address("events:list", "en"), {"day": day}).status_code == 400


def test_today_is_not_hidden_when_all_of_it_is_over(client: Client, time_machine):
    time_machine.move_to(datetime(2037, 11, 21, 23, tzinfo=LONDON), tick=False)
    EventFactory(starts_at=datetime(2037, 11, 21, 9, tzinfo=LONDON))

    html = client.get(address("events:calendar", "en")).content.decode()

    assert "All of 21 November" in html


@pytest.mark.parametrize(
    ("query", "found"), [("", ["cedo", "tarde"]), ("&past=true", ["cedo"]), ("&past=false", ["tarde"])]
)
def test_a_day_is_all_of_it_unless_what_is_past_or_coming_is_asked_for(
    client: Client, time_machine, query: str, found: list[str]
):
    time_machine.move_to(datetime(2037, 11, 21, 16, tzinfo=LONDON), tick=False)
    EventFactory(starts_at=datetime(2037, 11, 21, 9, tzinfo=LONDON), slug="cedo")
    EventFactory(starts_at=datetime(2037, 11, 21, 19, tzinfo=LONDON), slug="tarde")

    page = client.get(address("events:list", "en") + f"?day=2037-11-21{query}")

    assert [event.slug for event in page.context["events"]] == found


def test_a_month_that_is_over_still_shows_what_was_on(client: Client, time_machine):
    time_machine.move_to(datetime(2037, 11, 18, 12, tzinfo=LONDON), tick=False)
    EventFactory(starts_at=datetime(2037, 10, 3, 19, tzinfo=LONDON), slug="passada")
    EventFactory(starts_at=datetime(2037, 11, 3, 19, tzinfo=LONDON), slug="deste-mes")

    now_on = client.get(address("events:calendar", "pt"))
    before = client.get(address("events:calendar", "pt"), {"month": f"{now_on.context['previous']:%Y-%m}"})

    assert address("events:detail", "pt", slug="deste-mes") in now_on.content.decode()
    assert address("events:detail", "pt", slug="passada") in before.content.decode()
    assert client.get(address("events:calendar", "pt"), {"month": "2025-11"}).context["previous"] is None


def test_what_lasts_for_days_stands_above_every_month_it_is_on_in(client: Client, time_machine):
    time_machine.move_to(datetime(2037, 11, 18, 12, tzinfo=LONDON), tick=False)
    begin, end = datetime(2037, 10, 15, 10, tzinfo=LONDON), datetime(2037, 12, 5, 18, tzinfo=LONDON)
    EventFactory(starts_at=begin, ends_at=end, slug="exposicao")
    EventFactory(starts_at=begin, ends_at=datetime(2037, 11, 17, 18, tzinfo=LONDON), slug="acabada")
    EventFactory(starts_at=begin, ends_at=end, slug="escondida", visibility="private")
    EventFactory(starts_at=datetime(2037, 11, 20, 20, tzinfo=LONDON), slug="noite")

    def lasting(month: str) -> list[str]:
        return [
            event.slug for event in client.get(address("events:calendar", "pt"), {"month": month}).context["lasting"]
        ]

    assert [lasting(month) for month in ("2037-11", "2037-12", "2038-01")] == [["exposicao"], ["exposicao"], []]
    assert lasting("2037-09") == []


@pytest.mark.parametrize(
    ("at", "badge"),
    [
        (datetime(2037, 11, 14, 12, tzinfo=LONDON), "15 Nov"),
        (datetime(2037, 11, 21, 12, tzinfo=LONDON), "until 25 Dec"),
        (datetime(2037, 12, 25, 12, tzinfo=LONDON), "15 Nov"),
    ],
)
def test_what_is_under_way_says_until_when(client: Client, time_machine, at: datetime, badge: str):
    time_machine.move_to(at, tick=False)
    begin, end = datetime(2037, 11, 15, 10, tzinfo=LONDON), datetime(2037, 12, 25, 18, tzinfo=LONDON)
    EventFactory(starts_at=begin, ends_at=end)

    html = client.get(address("events:list", "en")).content.decode()
    number = re.search(r'<span class="number".*?>(.*?)</span>', html, re.DOTALL)[1]

    assert " ".join(re.sub(r"<.*?>", " ", number).split()) == badge


def test_a_search_that_was_not_understood_opens_the_filters_and_offers_to_clear_them(client: Client):
    page = address("events:list", "en")
    filters = re.compile(r'<details class="filters[^>]* open>')

    refused = client.get(page, {"when": "yesterday"}).content.decode()

    assert filters.search(refused)
    assert f'<p><a href="{page}">Clear the filters</a></p>' in refused
    assert not filters.search(client.get(page).content.decode())


@pytest.mark.parametrize("month", ["2037-13", "x", "0001-01", "9999-12", "", "2037-12"])
def test_any_month_is_shown_as_one_that_is_near(client: Client, month: str):
    assert client.get(address("events:calendar", "en"), {"month": month}).status_code == 200


def test_pins_stand_where_the_events_are(client: Client):
    EventFactory(title_en="Fado night", slug="fado", price_pence=1250, venue_name="Sala do Tejo")
    EventFactory(slug="online", location=None, format="online", online_url="https://example.org/")

    pins = client.get(address("events:pins", "en")).json()

    assert [pin["properties"]["title"] for pin in pins["features"]] == ["Fado night"]
    assert pins["features"][0]["geometry"] == {"type": "Point", "coordinates": [-0.1229, 51.4723]}
    assert pins["features"][0]["properties"]["facts"][1:] == ["Sala do Tejo, SW8", "£12.50"]
    assert pins["more"] is False


@pytest.mark.parametrize(
    "state", [{"status": Event.Status.DRAFT}, {"visibility": "private"}, {"visibility": "community"}]
)
def test_what_is_not_public_is_not_found(client: Client, state: dict[str, str]):
    EventFactory(slug="segredo", **state)

    assert client.get(address("events:detail", "pt", slug="segredo")).status_code == 404
    assert "segredo" not in client.get(address("events:list", "pt")).content.decode()


def test_an_event_tells_search_engines_its_facts_and_cannot_break_out(client: Client):
    EventFactory(
        slug="noite", title_en="</script><script>alert(1)</script>", venue_name="Sala <b>", price_pence=1250,
        starts_at=datetime(2038, 1, 16, 19, 30, tzinfo=LONDON), format="hybrid", online_url="https://example.org/a",
    )  # fmt: skip
    html = client.get(address("events:detail", "en", slug="noite")).content.decode()
    facts = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[1])

    assert "<script>alert" not in html
    assert facts["name"] == "</script><script>alert(1)</script>"
    assert facts["startDate"] == "2038-01-16T19:30:00+00:00"
    assert facts["offers"]["price"] == "12.50"
    assert [place["@type"] for place in facts["location"]] == ["Place", "VirtualLocation"]


@pytest.mark.parametrize(("name", "slug"), [("places:detail", "stockwell"), ("businesses:detail", "casa")])
def test_what_is_repeated_stands_once_around_a_place_and_at_a_business(client: Client, name: str, slug: str):
    organizer, casa = MemberFactory(profile__visibility="public"), BusinessFactory(slug="casa")
    for day in (1, 8, 15):
        EventFactory(
            organizer=organizer, business=casa, title_pt="Roda", title_en="", slug=f"roda-{day}",
            starts_at=now() + timedelta(days=day),
        )  # fmt: skip
    EventFactory(business=casa, slug="noite", starts_at=now() + timedelta(days=2))

    html = client.get(address(name, "en", slug=slug)).content.decode()

    assert re.findall(r'/en/events/([\w-]+)/"|and (\d+) more dates', html) == [
        ("roda-1", ""), ("", "2"), ("noite", "")
    ]  # fmt: skip


def other_dates(client: Client, slug: str) -> list[str]:
    """The events that an event's page leads to as its other dates."""
    html = client.get(address("events:detail", "en", slug=slug)).content.decode()
    dates = re.search(r'Other dates</dt><dd><ul class="dates">(.*?)</ul>', html, re.DOTALL)
    return re.findall(r'href="/en/events/([\w-]+)/"', dates[1]) if dates else []


def test_an_event_leads_to_the_next_of_its_other_dates(client: Client):
    organizer = MemberFactory(profile__visibility="public")
    roda = {"organizer": organizer, "title_pt": "Roda", "title_en": ""}
    for day in range(-1, 9):
        EventFactory(**roda, slug=f"roda-{day}", starts_at=now() + timedelta(days=day, hours=-5))
    EventFactory(**roda, slug="noutro-sitio", location=Point(-0.10, 51.48, srid=4326), business=BusinessFactory())
    EventFactory(**roda, slug="cancelada", status=Event.Status.CANCELLED)
    EventFactory(**roda, slug="rascunho", status=Event.Status.DRAFT)
    EventFactory(**roda, slug="privada", visibility="private")
    EventFactory(**roda, slug="para-membros", visibility="community")
    EventFactory(**roda | {"title_en": "Circle"}, slug="outro-titulo")
    EventFactory(**roda | {"organizer": MemberFactory(profile__visibility="public")}, slug="de-outra-pessoa")

    shown = ["roda-1", "noutro-sitio", "roda-2", "roda-3", "roda-4", "roda-5"]
    assert other_dates(client, "roda-8") == shown
    assert other_dates(client, "roda-2") == [*shown[:2], *shown[3:], "roda-6"]
    assert other_dates(client, "roda--1") == shown
    assert other_dates(client, "cancelada") == other_dates(client, "outro-titulo") == []


def test_an_event_whose_organiser_is_not_shown_tells_only_of_its_dates_at_one_place(client: Client):
    hidden, other, shown = MemberFactory(), MemberFactory(), MemberFactory(profile__visibility="public")
    casa = BusinessFactory()
    serao = {"title_pt": "Serão", "title_en": ""}
    for organizer, business, slug in [
        (hidden, casa, "um"), (hidden, casa, "dois"), (other, casa, "tres"), (None, casa, "quatro"),
        (hidden, BusinessFactory(), "noutra-casa"), (shown, casa, "de-quem-se-mostra"),
    ]:  # fmt: skip
        EventFactory(**serao, organizer=organizer, business=business, slug=slug)
    EventFactory(**serao, organizer=hidden, slug="longe", business=casa, location=Point(-0.10, 51.48, srid=4326))
    for slug in ("em-linha", "em-linha-2"):
        EventFactory(**serao, organizer=hidden, slug=slug, location=None, format="online", online_url="https://x.org/")

    assert set(other_dates(client, "um")) == {"dois", "tres", "quatro"}
    assert set(other_dates(client, "quatro")) == {"um", "dois", "tres"}
    assert other_dates(client, "em-linha") == ["em-linha-2"]
    assert other_dates(client, "noutra-casa") == other_dates(client, "de-quem-se-mostra") == []
    assert other_dates(client, "longe") == []


def test_an_event_asks_twice_for_its_other_dates(django_assert_num_queries):
    event = EventFactory()
    for _ in range(8):
        EventFactory(organizer=event.organizer, title_pt=event.title_pt, title_en=event.title_en)

    with django_assert_num_queries(2):
        assert len(board.other_dates(event, at=now())) == 6


def test_an_event_page_asks_as_often_however_much_there_is(client: Client):
    one = EventFactory(languages=["pt-PT"])
    path = address("events:detail", "en", slug=one.slug)
    EventFactory()
    questions = count_queries(client, path)
    for _ in range(6):
        EventFactory(languages=["pt-PT", "en"])

    assert count_queries(client, path) == questions
