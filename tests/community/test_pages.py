"""The town's own pages: both languages, whole without JavaScript, usable when something cannot be read."""

from __future__ import annotations

import re
from datetime import datetime
from time import monotonic
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from community.clock import LONDON
from community.models import Region
from community.templatetags.asking import region_options
from tests.browsing import address, count_queries
from tests.databases import as_role
from tests.factories import BusinessFactory, EventFactory

pytestmark = pytest.mark.django_db

PAGES = ("home", "search", "events:list", "events:calendar", "events:map", "businesses:list", "businesses:map",
         "places:list", "about", "privacy")  # fmt: skip


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_its_language_and_knows_its_twin(client: Client, name: str, language: str):
    answer = client.get(address(name, language))
    html = answer.content.decode()

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in html
    found = dict(re.findall(r'<link rel="alternate"\s+hreflang="([^"]+)"\s+href="([^"]+)"', html))
    assert found == {
        "pt": settings.SITE_URL + address(name, "pt"),
        "en": settings.SITE_URL + address(name, "en"),
        "x-default": settings.SITE_URL + address(name, "en"),
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_inline_script_or_style(client: Client, name: str):
    html = client.get(address(name, "en")).content.decode()

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", html) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag and "ld+json" not in tag] == []
    assert not re.search(r'(src|href)="(https?:)?//(?!localhost|testserver)', html)


def test_a_strangers_page_sets_no_cookie(client: Client):
    assert client.get(address("home", "pt")).cookies == {}


@pytest.mark.parametrize(
    ("language", "days", "eyes"),
    [
        ("en", "14 days after our decision, 90 days after you sent it", "Only the moderator who looks after your"),
        ("pt", "14 dias depois da nossa decisão, no máximo 90 dias", "Só quem tem a sua verificação a cargo"),
    ],
)
def test_the_privacy_page_says_who_opens_a_document_and_when_it_is_destroyed(client: Client, language, days, eyes):
    page = re.sub(r"\s+", " ", client.get(address("privacy", language)).content.decode())

    assert days in page
    assert eyes in page


def test_the_language_switch_keeps_the_page_and_its_query(client: Client):
    html = client.get(address("events:list", "en") + "?free=true&when=weekend").content.decode()

    assert f'href="{address("events:list", "pt")}?free=true&amp;when=weekend"' in html


def test_the_choice_of_colours_is_kept_and_leads_back(client: Client):
    answer = client.post(reverse("theme"), {"theme": "dark", "next": "/pt/?q=1"})

    assert (answer.status_code, answer["Location"], answer.cookies["theme"].value) == (302, "/pt/?q=1", "dark")
    assert '<html lang="pt" data-theme="dark"' in client.get("/pt/").content.decode()


@pytest.mark.parametrize(
    "where", ["https://example.org/", "//example.org/", "javascript:alert(1)", "", "\\\\example.org"]
)
def test_the_choice_of_colours_leads_nowhere_else(client: Client, where: str):
    answer = client.post(reverse("theme"), {"theme": "dark", "next": where})

    assert answer["Location"] in {"/pt/", "/en/"}


def test_an_unknown_choice_of_colours_is_not_kept(client: Client):
    assert "theme" not in client.post(reverse("theme"), {"theme": "<b>", "next": "/pt/"}).cookies
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/en/").content.decode()


def test_home_asks_the_same_number_of_questions_of_a_small_and_a_large_town(client: Client, time_machine):
    time_machine.move_to(datetime(2037, 11, 18, 12, tzinfo=LONDON), tick=False)
    saturday = datetime(2037, 11, 21, 19, tzinfo=LONDON)
    EventFactory(starts_at=saturday)
    BusinessFactory(opening_hours="24/7")
    questions = count_queries(client, "/pt/")
    for _ in range(5):
        EventFactory(starts_at=saturday, business=BusinessFactory(opening_hours="24/7"))

    assert count_queries(client, "/pt/") == questions


def test_search_finds_events_and_businesses_for_one_wish(client: Client):
    EventFactory(title_pt="Prova de pastéis de nata", title_en="Custard tart tasting", slug="prova")
    BusinessFactory(name="Pastéis da Esquina", slug="pasteis")

    html = client.get(address("search", "pt"), {"q": "pasteis"}).content.decode()

    assert address("events:detail", "pt", slug="prova") in html
    assert address("businesses:detail", "pt", slug="pasteis") in html


def test_search_says_when_a_place_is_unknown(client: Client):
    answer = client.get(address("search", "en"), {"near": "Atlantis"})

    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_place_shows_what_is_around_it(client: Client):
    EventFactory(slug="aqui")
    BusinessFactory(slug="casa-aqui")

    html = client.get(address("places:detail", "en", slug="stockwell")).content.decode()

    assert address("events:detail", "en", slug="aqui") in html
    assert address("businesses:detail", "en", slug="casa-aqui") in html


@pytest.mark.parametrize(
    ("near", "status"), [("SW8", 200), ("stockwell", 200), ("51.4723,-0.1229", 200), ("Atlantis", 400)]
)
def test_a_place_may_be_typed(client: Client, near: str, status: int):
    assert client.get(address("places:list", "pt"), {"near": near}).status_code == status


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("path", ["nada/", "events/nada/", "businesses/nada/", "lugares/nada/"])
def test_what_is_not_there_is_said_in_the_readers_language(client: Client, language: str, path: str):
    answer = client.get(f"/{language}/{path}")

    assert answer.status_code == 404
    assert f'<html lang="{language}"' in answer.content.decode()


def test_the_site_map_pairs_the_languages(client: Client):
    EventFactory(slug="noite")
    EventFactory(slug="segredo", visibility="private")
    text = client.get("/sitemap-events.xml").content.decode()

    assert client.get("/sitemap.xml").status_code == 200
    assert address("events:detail", "pt", slug="noite") in text
    assert 'hreflang="x-default"' in text
    assert "segredo" not in text


def test_robots_are_told_where_the_map_is(client: Client):
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_the_map_has_its_boroughs_and_the_river(client: Client):
    answer = client.get("/map/outlines.json")
    kinds = [feature["properties"]["kind"] for feature in answer.json()["features"]]

    assert (kinds.count("borough"), kinds.count("river")) == (33, 1)


def test_the_choices_of_a_list_are_read_once_a_minute_in_each_language():
    def names(language: str) -> set[str]:
        with translation.override(language):
            return {words for _group, options in region_options() for _slug, words in options}

    assert {"Açores", "Azores"} & names("pt") == {"Açores"}
    assert {"Açores", "Azores"} & names("en") == {"Azores"}
    with as_role("owner"):
        Region.objects.create(slug="atlantis", name_pt="Atlântida", name_en="Atlantis")
    assert "Atlantis" not in names("en")
    with patch("community.templatetags.asking.monotonic", return_value=monotonic() + 61):
        assert "Atlantis" in names("en")
        assert "Atlântida" in names("pt")
