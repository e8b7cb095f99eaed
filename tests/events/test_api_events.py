from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import now

from community.clock import window
from community.models import Profile
from events.models import Category, Event
from tests.databases import as_role
from tests.factories import BusinessFactory, EventFactory, MemberFactory, ProfileFactory, TurnoutFactory

pytestmark = pytest.mark.django_db

LIST = "/api/v1/events/"
NOON = datetime(2037, 11, 18, 12, tzinfo=UTC)  # a Wednesday, far ahead: the database has a clock of its own


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_LIMITS = {"anonymous": (100_000, 1), "member": (100_000, 1)}


def follow(client, address):
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}").json()


def test_an_event_is_shown_as_the_contract_has_it(client, settings):
    organizer = MemberFactory(profile=None)
    ProfileFactory(member=organizer, display_name="Casa da Música", visibility=Profile.Visibility.PUBLIC)
    starts = datetime(2038, 7, 4, 18, 30, tzinfo=UTC)
    event = EventFactory(
        slug="noite-de-fado", title_pt="Noite de fado", title_en="Fado night", description_pt="Vozes.",
        organizer=organizer, starts_at=starts, ends_at=starts + timedelta(hours=3), languages=["pt-PT", "en"],
        venue_name="Salão", address="Rua 1", price_pence=1250, capacity=80, accessibility=["step_free"],
    )  # fmt: skip
    TurnoutFactory(event=event, attending=31)

    shown = client.get(f"{LIST}{event.pk}/?lang=en").json()

    assert shown == {
        "id": str(event.pk),
        "url": f"{settings.SITE_URL}/api/v1/events/{event.pk}/",
        "page": f"{settings.SITE_URL}/en/events/noite-de-fado/",
        "title": "Fado night",
        "description": "Vozes.",
        "cultural_significance": "",
        "_fallback": {"description": "pt"},
        "category": {"slug": "fado", "name": "Fado"},
        "regions": [],
        "languages": ["pt-PT", "en"],
        "tags": [],
        "status": "published",
        "visibility": "public",
        "starts_at": "2038-07-04T19:30:00+01:00",
        "ends_at": "2038-07-04T22:30:00+01:00",
        "timezone": "Europe/London",
        "series": None,
        "venue": {
            "name": "Salão", "address": "Rua 1", "postcode": "SW8 1UQ", "borough": "Lambeth", "business": None,
            "location": {"type": "Point", "coordinates": [-0.1229, 51.4723]},
        },
        "online_url": None,
        "price": {"amount": "12.50", "currency": "GBP", "free": False},
        "capacity": 80,
        "attending": 31,
        "waitlisted": 0,
        "accessible": True,
        "organizer": {"id": str(organizer.pk), "name": "Casa da Música", "verified": False},
        "image": None,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }  # fmt: skip


def test_an_organiser_who_chose_not_to_be_seen_is_not_named(client):
    event = EventFactory()

    assert client.get(f"{LIST}{event.pk}/").json()["organizer"] is None


def test_a_row_of_the_list_is_what_its_own_address_shows(client):
    event = EventFactory()

    assert client.get(LIST).json()["results"] == [client.get(f"{LIST}{event.pk}/").json()]


def test_both_languages_come_when_asked_for(client):
    event = EventFactory(title_pt="Feira", title_en="")

    shown = client.get(f"{LIST}{event.pk}/?translations=true").json()

    assert shown["_fallback"] == {"title": "pt"}
    assert (shown["translations"]["pt"]["title"], shown["translations"]["en"]["title"]) == ("Feira", "")


@pytest.mark.parametrize(
    "hidden", [{"status": "draft"}, {"visibility": "community"}, {"visibility": "private"}], ids=str
)
def test_what_is_not_for_everyone_is_as_if_it_were_not_there(client, hidden):
    event = EventFactory(**hidden)

    assert client.get(LIST).json()["results"] == []
    assert client.get(f"{LIST}{event.pk}/").status_code == 404
    assert client.get(f"{LIST}{event.pk}/event.ics").status_code == 404


def test_a_cancelled_event_leaves_the_list_and_stays_readable(client):
    event = EventFactory(status=Event.Status.CANCELLED)

    assert client.get(LIST).json()["results"] == []
    assert client.get(f"{LIST}{event.pk}/").json()["status"] == "cancelled"


def test_pages_hold_every_event_once_while_others_are_added(client):
    events = [EventFactory(starts_at=now() + timedelta(days=day)) for day in range(1, 6)]
    first = client.get(f"{LIST}?page_size=2").json()
    EventFactory(starts_at=now() + timedelta(hours=1))

    second = follow(client, first["next"])
    third = follow(client, second["next"])

    seen = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert seen == [str(event.pk) for event in events]
    assert third["next"] is None
    assert [row["id"] for row in follow(client, second["previous"])["results"]] == seen[:2]


@pytest.mark.parametrize("ordering", ["starts_at", "-starts_at", "distance", "popular", "relevance", "-created_at"])
def test_every_order_turns_pages_forth_and_back_even_among_equals(client, ordering):
    starts = now() + timedelta(days=1)
    for step in range(6):
        event = EventFactory(
            title_en="Fado night", starts_at=starts + timedelta(hours=step // 3),
            location=Point(-0.12, 51.47 + step // 2 * 0.001, srid=4326),
        )  # fmt: skip
        TurnoutFactory(event=event, attending=step // 2)
    query = f"{LIST}?page_size=2&near=51.47,-0.12&q=fado&ordering={ordering}"
    whole = [row["id"] for row in client.get(query.replace("page_size=2", "page_size=100")).json()["results"]]

    first = client.get(query).json()
    second = follow(client, first["next"])
    third = follow(client, second["next"])
    back = follow(client, third["previous"])

    assert len(set(whole)) == 6
    assert [row["id"] for page in (first, second, third) for row in page["results"]] == whole
    assert back["results"] == second["results"]
    assert follow(client, back["previous"])["previous"] is None


@pytest.mark.parametrize(("query", "soonest_first"), [("", True), ("&past=true", False)])
def test_what_is_equally_relevant_stands_as_the_list_without_words(client, query, soonest_first):
    days = (-3, -6, -1, -5, -2, -4, 3, 6, 1, 5, 2, 4)
    for day in days:
        EventFactory(title_en="Night", description_en="Fado. " * abs(day), starts_at=now() + timedelta(days=day))
    best = EventFactory(title_en="Fado", starts_at=now() + timedelta(days=9 if soonest_first else -9))
    address = f"{LIST}?q=fado&page_size=2{query}"

    pages = [client.get(address).json()]
    while pages[-1]["next"]:
        pages.append(follow(client, pages[-1]["next"]))

    rows = [row for page in pages for row in page["results"]]
    assert (len(rows), rows[0]["id"]) == (7, str(best.pk))
    starts = [row["starts_at"] for row in rows[1:]]
    assert starts == sorted(starts, reverse=not soonest_first)


ASKED = {
    "/api/v1/events/": "q category region language when starts_after starts_before free online accessible borough "
    "business organizer series updated_since near radius_km bbox past ordering",
    "/api/v1/businesses/": "q type specialty language open_now open_at borough price_band accessible verified "
    "updated_since near radius_km bbox ordering",
}
ORDERS = {
    "/api/v1/events/": "starts_at -starts_at distance popular relevance -created_at",
    "/api/v1/businesses/": "name distance rating relevance",
}


@pytest.mark.parametrize("address", ASKED)
def test_a_list_knows_every_filter_and_every_order_of_the_contract(client, address):
    empty = client.get(address, dict.fromkeys((*ASKED[address].split(), "nonsense"), "")).json()
    asked = {"near": "SW8", "q": "fado"}
    orders = {name: client.get(address, asked | {"ordering": name}).status_code for name in ORDERS[address].split()}

    assert [each["field"] for each in empty["errors"] if each["code"] == "unknown_parameter"] == ["nonsense"]
    assert orders == dict.fromkeys(orders, 200)


def test_no_event_is_of_a_series(client):
    EventFactory()

    assert client.get("/api/v1/events/", {"series": str(uuid4())}).json()["results"] == []
    assert client.get("/api/v1/events/", {"series": "none"}).status_code == 400


def test_a_cursor_is_refused_by_another_query_and_when_forged(client):
    for _ in range(3):
        EventFactory()
    cursor = client.get(f"{LIST}?page_size=1").json()["next"].partition("cursor=")[2]

    for query in (f"page_size=1&free=true&cursor={cursor}", f"cursor={cursor}x", "cursor=abc", f"cursor={'x' * 5000}"):
        answer = client.get(f"{LIST}?{query}")
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


def test_a_cursor_is_refused_by_another_list_asked_the_same(client):
    for _ in range(3):
        EventFactory()
        BusinessFactory()
    lists = ("/api/v1/events/", "/api/v1/businesses/")

    for one, other in (lists, lists[::-1]):
        cursor = client.get(f"{one}?page_size=1").json()["next"].partition("cursor=")[2]
        answer = client.get(f"{other}?page_size=1&cursor={cursor}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


def test_different_filters_mean_and_values_of_one_mean_or(client):
    football = Category.objects.get(slug="sports")
    fado = EventFactory(price_pence=0, organizer__profile__visibility="public")
    paid = EventFactory(price_pence=500)
    match = EventFactory(category=football, price_pence=0)

    def found(query):
        return {row["id"] for row in client.get(f"{LIST}?{query}").json()["results"]}

    assert found("category=fado") == {str(fado.pk), str(paid.pk)}
    assert found("category=fado,sports&free=true") == {str(fado.pk), str(match.pk)}
    assert found("category=fado&category=sports&free=true") == {str(fado.pk), str(match.pk)}
    assert found("language=pt&borough=lambeth&accessible=false&online=false") == {
        str(fado.pk), str(paid.pk), str(match.pk)
    }  # fmt: skip
    assert found("language=en") == set()
    assert found(f"organizer={fado.organizer_id}") == {str(fado.pk)}
    assert found(f"organizer={paid.organizer_id}") == set()  # who is not for the reader announces nothing


def test_near_a_place_rows_say_how_far_and_the_nearest_can_come_first(client):
    far = EventFactory(location=Point(-0.08, 51.50, srid=4326), starts_at=now() + timedelta(hours=1))
    near = EventFactory(location=Point(-0.1229, 51.4733, srid=4326), starts_at=now() + timedelta(days=9))
    EventFactory(location=Point(-3.0, 51.5, srid=4326))

    rows = client.get(f"{LIST}?near=51.4723,-0.1229&ordering=distance").json()["results"]

    assert [row["id"] for row in rows] == [str(near.pk), str(far.pk)]
    assert rows[0]["distance_m"] == pytest.approx(111, abs=2)
    assert [row["id"] for row in client.get(f"{LIST}?bbox=-0.13,51.47,-0.12,51.48").json()["results"]] == [str(near.pk)]


def test_an_event_at_a_business_has_its_address(client):
    business = BusinessFactory(name="Casa do Bolo", address="1 South Lambeth Road")
    event = EventFactory(business=business)

    venue = client.get(f"{LIST}{event.pk}/").json()["venue"]

    assert (venue["name"], venue["address"], venue["business"]) == (
        "Casa do Bolo", "1 South Lambeth Road", str(business.pk)
    )  # fmt: skip


def test_what_has_ended_is_another_list_latest_first(client):
    older, later = (
        EventFactory(starts_at=now() - timedelta(days=days), ends_at=now() - timedelta(days=days - 1))
        for days in (9, 3)
    )
    EventFactory()

    assert [row["id"] for row in client.get(f"{LIST}?past=true").json()["results"]] == [str(later.pk), str(older.pk)]


def test_geojson_is_a_feature_collection_with_links(client):
    event = EventFactory()
    EventFactory(starts_at=now() + timedelta(days=4))

    answer = client.get(f"{LIST}?format=geojson&page_size=1")
    collection = answer.json()

    assert answer["Content-Type"] == "application/geo+json"
    assert collection["type"] == "FeatureCollection"
    assert [link["rel"] for link in collection["links"]] == ["next"]
    assert collection["features"][0]["id"] == str(event.pk)
    assert collection["features"][0]["geometry"] == {"type": "Point", "coordinates": [-0.1229, 51.4723]}
    assert follow(client, collection["links"][0]["href"])["features"]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("colour=red", "colour", "unknown_parameter"),
        ("category=nope", "category", "unknown"),
        ("category=", "category", "blank"),
        ("region=atlantis", "region", "unknown"),
        ("language=xx", "language", "unknown"),
        ("borough=atlantis", "borough", "unknown"),
        ("when=someday", "when", "unknown"),
        ("near=nan,nan", "near", "out_of_range"),
        ("near=95,0", "near", "out_of_range"),
        ("near=ZZ9 9ZZ", "near", "unknown_place"),
        ("near=SW8&radius_km=1e6", "radius_km", "invalid"),
        ("near=SW8&radius_km=nan", "radius_km", "invalid"),
        ("near=SW8&near=SE1", "near", "repeated"),
        ("bbox=0,0,nan,1", "bbox", "invalid"),
        ("bbox=1,51,0,52", "bbox", "invalid"),
        ("bbox=-180,-90,180,90", "bbox", "too_large"),
        ("starts_after=2038-01-01T10:00:00", "starts_after", "invalid"),
        ("starts_before=9999-99-99", "starts_before", "invalid"),
        ("updated_since=0001-01-01", "updated_since", "invalid"),
        ("free=maybe", "free", "invalid"),
        ("business=12", "business", "invalid"),
        ("ordering=distance", "ordering", "needs_near"),
        ("ordering=relevance", "ordering", "needs_q"),
        ("ordering=id;drop", "ordering", "invalid"),
        ("page_size=1e9", "page_size", "invalid"),
        ("page_size=1000000000", "page_size", "invalid"),
        ("page_size=0", "page_size", "invalid"),
        ("page_size=²", "page_size", "invalid"),
        ("lang=fr", "lang", "invalid"),
        ("format=xml", "format", "invalid"),
        ("translations=yes", "translations", "invalid"),
        ("q=" + "a" * 201, "q", "max_length"),
        ("q=" + "a" * 100_000, "q", "max_length"),
        ("category=" + "fado," * 60 + ",".join(f"x{n}" for n in range(60)), "category", "too_many"),
    ],
    ids=lambda text: text[:40],
)
def test_a_bad_parameter_is_a_400_that_names_it(client, query, field, code):
    answer = client.get(f"{LIST}?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize("shape", ["?page_size=50", "?page_size=50&format=geojson", "calendar.ics", "feed.atom"])
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(client, django_assert_max_num_queries, shape):
    def queries():
        with django_assert_max_num_queries(6) as counted:
            assert client.get(f"{LIST}{shape}").status_code == 200
        return len(counted)

    EventFactory(business=BusinessFactory())
    one = queries()
    for _ in range(49):
        TurnoutFactory(event=EventFactory(business=BusinessFactory()))

    assert queries() == one


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("today", ("2037-11-18", "2037-11-19")),
        ("tomorrow", ("2037-11-19", "2037-11-20")),
        ("weekend", ("2037-11-21", "2037-11-23")),
        ("week", ("2037-11-18", "2037-11-25")),
        ("month", ("2037-11-18", "2037-12-19")),
    ],
)
def test_the_days_that_are_meant(when, days):
    assert tuple(f"{moment:%Y-%m-%d}" for moment in window(when, at=NOON)) == days


def test_on_a_sunday_the_weekend_is_the_one_that_lasts():
    start, end = window("weekend", at=NOON + timedelta(days=4))

    assert (f"{start:%a %d}", f"{end:%a %d}") == ("Sat 21", "Mon 23")


def test_an_organiser_sees_their_own_draft_and_no_cache_keeps_it(client):
    organizer = MemberFactory()
    event = EventFactory(organizer=organizer, status=Event.Status.DRAFT)
    with as_role("owner"):
        client.force_login(organizer)

    answer = client.get(f"{LIST}{event.pk}/")

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", "application/geo+json", "application/geo+json"),
        ("", "application/geo+json, application/json;q=0.5", "application/geo+json"),
        ("", "*/*", "application/json"),
        ("", "application/json, application/geo+json", "application/json"),
        ("", "text/html", "application/json"),
        ("?format=json", "application/geo+json", "application/json"),
        ("?format=geojson", "application/json", "application/geo+json"),
    ],
)
def test_a_list_comes_in_the_form_that_is_asked_for(client, query, accept, kind):
    answer = client.get(f"/api/v1/events/{query}", HTTP_ACCEPT=accept)

    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert "Accept" in [name.strip() for name in answer["Vary"].split(",")]


def test_the_api_begins_with_what_there_is(client):
    index = client.get("/api/v1/").json()

    assert index["events"] == "http://localhost:8000/api/v1/events/"
    assert {client.get(address).status_code for name, address in index.items() if name != "places"} == {200}
