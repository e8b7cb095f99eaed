"""What people type and what they get, in both languages; and the ways on where that is little or nothing."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from businesses.filters import BusinessFilter
from businesses.models import Business, BusinessType, Specialty
from community.clock import LONDON
from community.models import Region
from community.templatetags.chosen import conditions
from events.models import Category
from tests.browsing import address
from tests.databases import as_role
from tests.factories import BusinessFactory, EventFactory, MemberFactory

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2037, 11, 18, 12, tzinfo=LONDON)  # far ahead: the database has a clock of its own
ACTON = Point(-0.268, 51.509, srid=4326)  # some 11 km from Stockwell


@pytest.fixture
def town(time_machine):
    """A few events and businesses, seen on a Wednesday."""
    time_machine.move_to(WEDNESDAY, tick=False)
    organizer = MemberFactory()
    kinds = {kind.slug: kind for kind in Category.objects.all()}
    for slug, pt, en, kind, days, hour, more in (
        ("missa", "Missa dominical", "Mass", "religion", 4, 11, {}),
        ("missa-2", "Missa dominical", "Mass", "religion", 11, 11, {}),
        ("missa-3", "Missa dominical", "Mass", "religion", 18, 11, {}),
        ("fado", "Noite de fado", "Fado night", "fado", 3, 20, {"price_pence": 1500}),
        ("gala", "Concerto de gala", "Gala concert", "music", 5, 20, {"price_pence": 4000}),
        ("concerto", "Concerto", "Concert", "music", 9, 20, {"location": ACTON, "languages": ["en"]}),
    ):
        starts = (WEDNESDAY + timedelta(days=days)).replace(hour=hour)
        EventFactory(
            slug=slug, title_pt=pt, title_en=en, category=kinds[kind], organizer=organizer, starts_at=starts, **more
        )
    with as_role("owner"):
        gala = EventFactory._meta.model.objects.get(slug="gala")
        gala.regions.set(Region.objects.filter(slug="luanda"))

    types = {kind.slug: kind for kind in BusinessType.objects.all()}
    for slug, name, kind, hours, more in (
        ("padaria", "Padaria do Cais", "bakery", "Mo-Su 07:00-19:00", {}),
        ("forno", "Forno da Avó", "bakery", "Mo-Fr 07:00-19:00", {"location": ACTON}),
        ("tasca", "Tasca da Rosa", "restaurant", "Tu-Sa 18:00-02:00", {}),
        ("quintal", "Quintal da Guida", "restaurant", "", {}),
        ("dentista", "Sorriso", "dentist", "Mo-Fr 09:00-17:00", {}),
    ):
        shop = BusinessFactory(
            slug=slug, name=name, type=types[kind], opening_hours=hours, description_pt="", description_en="-", **more
        )
        with as_role("owner"):
            shop.spoken.create(language_id="pt-PT")
            if slug == "quintal":
                shop.specialties.set(Specialty.objects.filter(slug="muamba"))


def found(client: Client, kind: str, **asked: str) -> list[str]:
    """The slugs of what a list page shows for what is asked, in its order."""
    answer = client.get(address(f"{kind}:list", "pt"), asked)
    assert answer.status_code == 200
    return [row.slug for row in answer.context[kind]]


def words_of(client: Client, name: str, language: str, **asked: str) -> str:
    """A page's text."""
    text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", client.get(address(name, language), asked).content.decode())
    return re.sub(r"\s+", " ", html.unescape(text))


@pytest.mark.parametrize(
    ("wish", "slugs"),
    [
        ("free this weekend", ["missa"]),
        ("free event this weekend", ["missa"]),
        ("evento grátis este fim de semana", ["missa"]),
        ("events this weekend", ["fado", "missa"]),
        ("coisas gratuitas", ["missa", "concerto", "missa-2", "missa-3"]),
        ("free concert", ["concerto"]),
        ("próxima semana", ["gala", "concerto", "missa-2"]),
        ("next week", ["gala", "concerto", "missa-2"]),
        ("fado sábado", ["fado"]),
        ("fdao", ["fado"]),
        ("missa domingo", ["missa"]),
        ("mass on sundays", ["missa"]),
        ("sábado à noite", ["fado"]),
        ("sábado", ["fado"]),
        ("missa no domingo de manhã", ["missa"]),
        ("Sunday morning", ["missa"]),
        ("sábado de manhã", []),
        ("missa ao domingo de manhã", ["missa"]),
        ("fim de semana à noite", ["fado"]),
        ("amanhã à noite", []),
        ("fado em Stockwell", ["fado"]),
        ("concert near Little Portugal", ["gala"]),
        ("concerto stockwell", ["gala"]),
        ("concerto perto de W3", ["concerto"]),
        ("concerto em inglês", ["concerto"]),
        ("missa em dezembro", ["missa-3"]),
        ("mass in December", ["missa-3"]),
        ("fado em novembro", ["fado"]),
        ("fado in March", []),
        ("missa 6 de dezembro", ["missa-3"]),
        ("mass 6/12", ["missa-3"]),
        ("18 November", []),
        ("missa 17 de novembro", []),  # yesterday: that of next year is meant
        ("missa 31/11", ["missa"]),  # no such day, and words alone find what has some
        ("concerto angolano", ["gala"]),
        ("concerto de jazz", ["concerto", "gala"]),
        ("padaria perto de SW8", []),
    ],
)
def test_a_wish_finds_its_events(client: Client, town: None, wish: str, slugs: list[str]):
    assert sorted(found(client, "events", q=wish)) == sorted(slugs)


@pytest.mark.parametrize(
    ("wish", "slugs"),
    [
        ("padaria perto de SW8", ["padaria"]),
        ("bakery near SW8 1UQ", ["padaria"]),
        ("padaria em Acton", ["forno"]),
        ("padaria aberta ao domingo", ["padaria"]),
        ("bakery open on Sunday", ["padaria"]),
        ("restaurante aberto domingo", []),
        ("restaurante aberto sábado à noite", ["tasca"]),
        ("restaurante aberto sábado de manhã", []),
        ("bakery open on Sunday morning", ["padaria"]),
        ("padaria aberta no fim de semana à tarde", ["padaria"]),
        ("padaria aberta", ["padaria", "forno"]),
        ("restaurants open", []),
        ("bakery open near SW8", ["padaria"]),
        ("restaurante angolano", ["quintal"]),
        ("angolan restaurant", ["quintal"]),
        ("dentista que fale português", ["dentista"]),
        ("dentist who speaks English", []),
        ("dentista barato", ["dentista"]),
        ("free this weekend", []),
        ("negócios", []),
        ("events", []),
    ],
)
def test_a_wish_finds_its_businesses(client: Client, town: None, wish: str, slugs: list[str]):
    assert sorted(found(client, "businesses", q=wish)) == sorted(slugs)


@pytest.mark.parametrize("word", ["aberta", "abertos", "open", "Abertas!", "aberto"])
def test_a_last_word_asks_for_what_is_open_or_is_called_so(client: Client, town: None, word: str):
    kind = BusinessType.objects.get(slug="restaurant")
    for slug, name, hours in (
        ("titulo", f"Casa {word}", ""),
        ("agora", "Casa", "Mo-Su 10:00-14:00"),
        ("tarde", "Casa de noite", "Mo-Su 19:00-23:00"),
    ):
        BusinessFactory(slug=slug, name=name, type=kind, opening_hours=hours, description_pt="", description_en=word)

    assert sorted(found(client, "businesses", q=f"casa {word}")) == ["agora", "titulo"]


def test_a_last_word_of_an_event_is_a_word_and_the_event_comes_first(client: Client, town: None):
    EventFactory(slug="ensaio", title_pt="Ensaio aberto", title_en="Open rehearsal", starts_at=WEDNESDAY)
    EventFactory(slug="outro", title_pt="Ensaio", title_en="Rehearsal", starts_at=WEDNESDAY)
    BusinessFactory(name="Sala de ensaio", opening_hours="Mo-Su 10:00-14:00")
    page = client.get(address("search", "pt"), {"q": "ensaio aberto"}).content.decode()

    assert found(client, "events", q="ensaio aberto") == ["ensaio"]
    assert re.findall(r'<h2 id="found-(\w+)"', page) == ["events", "businesses"]


def test_what_has_only_some_of_the_words_says_so(client: Client, town: None):
    assert "Showing what has some of them" not in words_of(client, "events:list", "en", q="concerto gala")
    assert "Showing what has some of them" in words_of(client, "events:list", "en", q="concerto jazz")


def test_what_has_more_of_the_words_comes_first(client: Client, town: None):
    assert found(client, "events", q="concerto gala jazz") == ["gala"]
    assert found(client, "events", q="jazz fado blues gala") == ["fado", "gala"]


def test_repeats_are_shown_once_in_a_search_and_each_in_the_list(client: Client, town: None):
    assert found(client, "events", q="missa") == ["missa"]
    assert "and 2 more dates" in words_of(client, "events:list", "en", q="missa")
    assert found(client, "events", category="religion") == ["missa", "missa-2", "missa-3"]


def test_more_like_this_leaves_out_its_own_other_dates(client: Client, town: None):
    EventFactory(slug="terco", category=Category.objects.get(slug="religion"), starts_at=WEDNESDAY + timedelta(days=30))
    page = client.get(address("events:detail", "en", slug="missa")).content.decode()
    own, alike = page.split("More like this")

    assert address("events:detail", "en", slug="missa-2") in own
    assert address("events:detail", "en", slug="terco") in alike
    assert address("events:detail", "en", slug="missa-2") not in alike


def test_pages_put_the_nearest_first_and_the_api_keeps_its_order(client: Client, town: None):
    asked = {"near": "Acton", "radius_km": "20", "category": "music"}

    assert found(client, "events", **asked) == ["concerto", "gala"]
    rows = client.get("/api/v1/events/", asked).json()["results"]
    assert [row["title"] for row in rows] == ["Gala concert", "Concert"]


def test_a_place_among_the_words_is_as_good_as_one_beside_them(client: Client, town: None):
    beside = found(client, "businesses", q="padaria", near="Stockwell", radius_km="20")

    assert found(client, "businesses", q="padaria perto de Stockwell", radius_km="20") == beside == ["padaria", "forno"]


def test_the_distance_that_is_applied_is_shown_and_a_wider_one_offered(client: Client, town: None):
    page = client.get(address("businesses:list", "en"), {"near": "Stockwell", "type": "bakery"}).content.decode()

    assert re.search(r'<option value="" selected>\s*5 km', page)
    assert "within 5 km" in page
    assert 'href="?near=Stockwell&amp;type=bakery&amp;radius_km=20"' in page
    wide = {"near": "Stockwell", "type": "bakery", "radius_km": "20"}
    page = client.get(address("businesses:list", "en"), wide).content.decode()
    assert re.search(r'<option value="20" selected>', page)
    assert "There is more within" not in page


def test_a_wider_circle_is_around_the_place_that_was_given_whichever_the_words_name(client: Client, town: None):
    asked = {"q": "forno perto de Croydon", "near": "Stockwell", "radius_km": "5"}
    page = client.get(address("businesses:list", "en"), asked).content.decode()

    assert 'href="?q=forno+perto+de+Croydon&amp;near=Stockwell&amp;radius_km=20"' in page
    assert found(client, "businesses", **asked | {"radius_km": "20"}) == ["forno"]


def test_a_wider_circle_is_asked_for_all_of_the_words_again(town: None):
    near = BusinessFilter(QueryDict("q=forno+avó&near=Stockwell"), queryset=Business.objects.all(), for_people=True)
    assert (near.finds_any, near.wish.is_loose) == (False, True)

    wide = near.within(20)

    assert [row.slug for row in wide.qs] == ["forno"]
    assert (wide.finds_any, wide.wish.is_loose) == (True, False)


def test_home_shows_what_is_on_this_weekend_and_what_is_open_now(client: Client, town: None):
    page = client.get(address("home", "en")).content.decode()

    weekend, open_now = (
        page.partition(f'aria-labelledby="{part}"')[2].partition("</section>")[0] for part in ("weekend", "open-now")
    )
    assert re.findall(r'href="/en/events/([^/?]+)/"', weekend) == ["fado", "missa"]
    assert sorted(re.findall(r'href="/en/businesses/([^/?]+)/"', open_now)) == ["dentista", "forno", "padaria"]


def test_a_page_says_of_itself_what_others_show_of_it(client: Client, town: None):
    page = client.get(address("events:detail", "en", slug="fado")).content.decode()
    told = dict(re.findall(r'<meta property="og:(\w+)"\s+content="([^"]*)"', page))

    assert (told["title"], told["type"]) == ("Fado night", "article")
    assert told["url"].endswith("/en/events/fado/")
    assert told["image"].startswith("http")


@pytest.mark.parametrize("tiles", ["", "https://{s}.tiles.example/{z}/{x}/{y}.png"])
def test_the_map_takes_its_tiles_from_where_the_settings_say(client: Client, town: None, settings, tiles: str):
    settings.MAP_TILES = tiles
    page = client.get(address("events:map", "en")).content.decode()

    assert re.findall(r'data-tiles="([^"]*)"', page) == [tiles]


def test_a_postcode_that_is_not_known_whole_is_said(client: Client, town: None):
    assert "do not know the whole of SW8 1UQ" in words_of(client, "businesses:list", "en", near="sw81uq")
    assert "do not know the whole" not in words_of(client, "businesses:list", "en", near="SW8")


def test_nothing_found_leads_on_by_links_that_find_something(client: Client, town: None):
    answer = client.get(address("events:list", "en"), {"q": "fado this weekend", "free": "true", "category": "fado"})
    page = answer.content.decode()
    empty = page[page.index('class="empty"') :]
    links = [html.unescape(link) for link in re.findall(r'class="chip" href="(\?[^"]+)"', empty)]

    assert links == ["?q=fado+this+weekend&category=fado"]
    assert [row.slug for row in client.get(address("events:list", "en") + links[0]).context["events"]] == ["fado"]


def test_looking_for_ways_on_reads_what_was_asked_once(client: Client, town: None):
    asked = {"near": "Stockwell", "radius_km": "1", "type": "butcher", "language": "pt"}
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address("businesses:list", "en"), asked).content.decode()
    read = [query["sql"] for query in queries]

    assert "There is something if you leave out" in page
    assert sum("LIKE '%|stockwell|%'" in sql for sql in read) == 1


@pytest.mark.parametrize(("words", "is_somewhere"), [("xyzzy", False), ("padaria", True)])
def test_what_is_nowhere_is_looked_for_in_no_wider_circle(client: Client, town: None, words: str, is_somewhere: bool):
    with CaptureQueriesContext(connection) as queries:
        client.get(address("businesses:list", "en"), {"q": words, "near": "Barnet", "radius_km": "1"})
    metres = {found for query in queries for found in re.findall(r"geography\) <= ([\d.]+)", query["sql"])}

    assert "1000.0" in metres
    assert (len(metres) > 1) == is_somewhere


@pytest.mark.parametrize(
    ("here", "there", "words"), [("events", "businesses", "padaria"), ("businesses", "events", "concerto")]
)
def test_nothing_found_in_one_list_leads_to_what_the_other_has(
    client: Client, town: None, here: str, there: str, words: str
):
    asked = {"free": "true"} if here == "events" else {"open_now": "true"}

    def leads_on(q: str) -> bool:
        page = client.get(address(f"{here}:list", "en"), {"q": q} | asked).content.decode()
        return f'href="{address(f"{there}:list", "en")}?q={q}"' in page

    assert (leads_on(words), leads_on("xyzzy")) == (True, False)


@pytest.mark.parametrize(
    ("wish", "first"), [("padaria", "businesses"), ("fado", "events"), ("concerto angolano", "events")]
)
def test_search_puts_what_was_found_first(client: Client, town: None, wish: str, first: str):
    page = client.get(address("search", "pt"), {"q": wish}).content.decode()

    assert re.findall(r'<h2 id="found-(\w+)"', page)[0] == first


@pytest.mark.parametrize(
    ("wish", "first"), [("cais aberto agora", "businesses"), ("cais", "events"), ("cais grátis", "events")]
)
def test_search_puts_what_was_meant_first(client: Client, town: None, wish: str, first: str):
    EventFactory(title_pt="Baile do Cais", title_en="Quay ball", starts_at=WEDNESDAY + timedelta(days=1))
    page = client.get(address("search", "pt"), {"q": wish}).content.decode()

    assert re.findall(r'<h2 id="found-(\w+)"', page)[0] == first


def test_what_was_asked_for_can_be_taken_back_one_by_one(client: Client, town: None):
    query = {"q": "concerto grátis", "category": "music,fado", "near": "SW8", "page": "1"}
    page = client.get(address("events:list", "pt"), query).content.decode()
    chips = re.findall(r'<li><a class="chip"\s+href="[^"?]*([^"]*)"><span class="unseen">[^<]*</span> ([^<]*)<', page)

    assert {html.unescape(words): html.unescape(rest) for rest, words in chips} == {
        "“concerto”": "?q=gr%C3%A1tis&category=music%2Cfado&near=SW8",
        "grátis": "?q=concerto&category=music%2Cfado&near=SW8",
        "Perto de SW8": "?q=concerto+gr%C3%A1tis&category=music%2Cfado",
        "Música": "?q=concerto+gr%C3%A1tis&category=fado&near=SW8",
        "Fado": "?q=concerto+gr%C3%A1tis&category=music&near=SW8",
    }
    assert re.search(r'id="filter-count">Filtros \(2\)<', page)


@pytest.mark.parametrize(
    ("kind", "wish", "chips"),
    [
        ("events", "kids Saturday morning", {"“kids”": "Saturday morning", "Saturday morning": "kids"}),
        ("events", "missa no domingo de manhã", {"“missa”": "no domingo de manhã", "no domingo de manhã": "missa"}),
        (
            "businesses",
            "padaria aberta ao domingo perto de SW8",
            {
                "“padaria”": "aberta ao domingo perto de SW8",
                "aberta ao domingo": "padaria perto de SW8",
                "perto de SW8": "padaria aberta ao domingo",
            },
        ),
        ("businesses", "open Sunday", {"open Sunday": ""}),
        (
            "businesses",
            "forno open on Monday and Friday",
            {
                "“forno”": "open on Monday and Friday",
                "open on Monday and Friday": "forno",
            },
        ),
        ("businesses", "padaria aberta", {"“padaria”": "aberta", "aberta": "padaria"}),
        ("businesses", "abertas", {"abertas": ""}),
        ("businesses", "porta aberta da Guida", {"“porta aberta da Guida”": ""}),
        ("events", "ensaio aberto", {"“ensaio aberto”": ""}),
        ("events", "missa aberta ao domingo", {"“missa”": "aberta ao domingo", "aberta ao domingo": "missa"}),
        (
            "events",
            "missa sábado e domingo",
            {
                "“missa e”": "sábado domingo",
                "sábado": "missa e domingo",
                "domingo": "missa sábado e",
            },
        ),
    ],
)
def test_a_chip_shows_all_that_was_understood_together(
    client: Client, town: None, kind: str, wish: str, chips: dict[str, str]
):
    asked = client.get(address(f"{kind}:list", "pt"), {"q": wish}).context["filter"]

    assert {one.words: QueryDict(one.rest).get("q", "") for one in conditions(asked)} == chips


def test_a_month_shows_what_was_asked_of_it_and_keeps_to_itself(client: Client, town: None):
    page = client.get(address("events:calendar", "en"), {"month": "2026-12", "category": "religion"}).content.decode()
    chips = re.findall(r'<li><a class="chip"\s+href="([^"]*)"><span class="unseen">[^<]*</span> ([^<]*)<', page)

    assert [(html.unescape(rest), words) for rest, words in chips] == [
        ("/en/events/calendar/?month=2026-12", "Religion")
    ]


@pytest.mark.parametrize("name", ["events:list", "events:calendar"])
def test_what_is_listed_can_be_taken_along(client: Client, town: None, name: str):
    query = {"when": "weekend", "free": "true", "ordering": "-created_at", "utm_source": "x", "page": "1"}
    page = html.unescape(client.get(address(name, "pt"), query).content.decode())
    calendar = re.search(r'href="webcal://[^/"]+(/[^"]+)"', page)[1]
    feed = re.search(r'class="chip"\s+href="(/api/[^"]+\.atom[^"]*)"', page)[1]

    assert calendar == "/api/v1/events/calendar.ics?when=weekend&free=true&lang=pt"
    assert client.get(calendar).content.decode().count("BEGIN:VEVENT") == 1
    assert client.get(feed).content.decode().count("<entry>") == 1


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize(
    "query",
    [{"q": "perto de mim"}, {"q": "fado N99"}, {"q": "qwrtz asdfgh"}, {"near": "Acton", "radius_km": "1"},
     {"near": "SW8", "radius_km": "7.5"}, {"starts_after": "2037-11-20", "free": "false"}, {"bbox": "-0.2,51.4,0,51.6"},
     {"language": "PT", "region": "Luanda"}, {"price_band": "1", "open_now": "1"}, {"q": "grátis", "near": "SW8"}],
)  # fmt: skip
@pytest.mark.parametrize("name", ["events:list", "businesses:list", "events:map", "search"])
def test_every_wish_has_its_page(client: Client, town: None, name: str, query: dict[str, str], language: str):
    assert client.get(address(name, language), query).status_code == 200
