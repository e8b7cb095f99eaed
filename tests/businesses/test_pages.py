"""Pages of who serves in Portuguese: the list, the map, one business and its hours in words."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from django.test import Client
from django.utils import translation

from businesses.models import BusinessLanguage
from businesses.templatetags.opening import opening, week
from community.clock import LONDON
from tests.browsing import address, count_queries
from tests.databases import as_role
from tests.factories import BusinessFactory, EventFactory

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=LONDON)


@pytest.mark.parametrize("name", ["businesses:list", "businesses:map", "businesses:pins"])
def test_a_list_asks_as_often_for_one_business_as_for_many(client: Client, name: str):
    BusinessFactory(opening_hours="Mo-Fr 09:00-17:00")
    client.get(address(name, "en"))
    questions = count_queries(client, address(name, "en"))
    for _ in range(49):
        BusinessFactory(opening_hours="Mo-Fr 09:00-17:00")

    assert count_queries(client, address(name, "en")) == questions


@pytest.mark.parametrize(
    "query", [{"type": "nope"}, {"near": "Atlantis"}, {"open_now": "perhaps"}, {"price_band": "9"}]
)
@pytest.mark.parametrize("name", ["businesses:list", "businesses:map", "businesses:pins"])
def test_a_filter_that_cannot_be_read_is_said_and_shows_nothing(client: Client, name: str, query: dict[str, str]):
    BusinessFactory(slug="casa-azul")
    answer = client.get(address(name, "en"), query)

    assert answer.status_code == 400
    assert "casa-azul" not in answer.content.decode()


def test_a_bakery_open_now_near_a_postcode_is_found(client: Client, time_machine):
    time_machine.move_to(WEDNESDAY, tick=False)
    BusinessFactory(slug="aberta", opening_hours="Mo-Sa 07:00-19:00")
    BusinessFactory(slug="fechada", opening_hours="Sa-Su 07:00-19:00")

    found = client.get(address("businesses:list", "pt"), {"open_now": "true", "near": "SW8", "type": "bakery"})

    assert [business.slug for business in found.context["businesses"]] == ["aberta"]


@pytest.mark.parametrize(
    ("hours", "moment", "words"),
    [
        ("Mo-Sa 07:00-19:00", WEDNESDAY, "Open until 19:00"),
        ("Mo-Sa 18:00-26:00", datetime(2026, 11, 19, 1, tzinfo=LONDON), "Open until 02:00"),
        ("Mo-Sa 18:00-26:00", WEDNESDAY, "Opens at 18:00"),
        ("Th 09:00-12:00", WEDNESDAY, "Opens tomorrow at 09:00"),
        ("Mo 09:00-12:00", WEDNESDAY, "Opens Monday at 09:00"),
        ("24/7", WEDNESDAY, "Open now, day and night"),
        ("Dec 24 09:00-12:00", WEDNESDAY, "Closed"),
        ("Mo-Fr 09:00-17:00; PH off", datetime(2026, 12, 24, 18, tzinfo=LONDON), "Opens Tuesday at 09:00"),
    ],
)
def test_opening_is_said_in_words(hours: str, moment: datetime, words: str):
    with translation.override("en"):
        assert opening(BusinessFactory.build(opening_hours=hours, type=None, borough=None), moment).words == words


def test_unknown_hours_are_not_said_to_be_closed():
    assert opening(BusinessFactory.build(opening_hours="", type=None, borough=None), WEDNESDAY) is None


def test_the_week_is_a_table_with_today_marked():
    business = BusinessFactory.build(
        opening_hours="Mo-Fr 09:00-13:00,14:00-18:00; Sa 20:00-26:00", type=None, borough=None
    )
    with translation.override("en"):
        lines = week(business, WEDNESDAY)

    assert [(line.name, line.hours) for line in lines] == [
        *((day, "09:00–13:00, 14:00–18:00") for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
        ("Saturday", "20:00–02:00"),
        ("Sunday", "Closed"),
    ]
    assert [line.name for line in lines if line.is_today] == ["Wednesday"]


def test_a_language_spoken_at_certain_hours_says_so(client: Client):
    business = BusinessFactory(slug="dentista")
    with as_role("owner"):
        BusinessLanguage.objects.create(business=business, language_id="pt-PT", hours="Tu,Th 10:00-16:00")

    html = client.get(address("businesses:detail", "en", slug="dentista")).content.decode()

    assert re.search(r"Tuesday 10:00–16:00;\s*Thursday 10:00–16:00", html)


def test_a_business_shows_what_is_on_there(client: Client):
    business = BusinessFactory(slug="casa")
    EventFactory(slug="na-casa", business=business)
    EventFactory(slug="noutra-casa")

    html = client.get(address("businesses:detail", "pt", slug="casa")).content.decode()

    assert address("events:detail", "pt", slug="na-casa") in html
    assert address("events:detail", "pt", slug="noutra-casa") not in html


def test_an_unclaimed_business_can_be_claimed_and_a_verified_one_cannot(client: Client):
    BusinessFactory(slug="sem-dono")
    BusinessFactory(slug="com-dono", verified_at=WEDNESDAY)

    for slug, can_be in (("sem-dono", True), ("com-dono", False)):
        html = client.get(address("businesses:detail", "en", slug=slug)).content.decode()
        assert (address("verification:claim", "en", slug=slug) in html) is can_be


def test_a_business_tells_search_engines_its_facts(client: Client):
    BusinessFactory(slug="casa", name="Casa & <Filhos>", phone="+442079460123", price_band=2)
    html = client.get(address("businesses:detail", "en", slug="casa")).content.decode()
    facts = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[1])

    assert (facts["@type"], facts["name"], facts["priceRange"]) == ("LocalBusiness", "Casa & <Filhos>", "££")
    assert facts["geo"] == {"@type": "GeoCoordinates", "latitude": 51.4723, "longitude": -0.1229}
