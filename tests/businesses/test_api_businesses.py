from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.contrib.gis.geos import Point

from businesses.models import BusinessLanguage, Specialty
from tests.databases import as_role
from tests.factories import BusinessFactory

pytestmark = pytest.mark.django_db

LIST = "/api/v1/businesses/"
WEDNESDAY_NOON = "2026-11-18T12:00:00Z"


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_LIMITS = {"anonymous": (100_000, 1), "member": (100_000, 1)}


def names(client, query):
    return [row["name"] for row in client.get(f"{LIST}?{query}").json()["results"]]


@time_machine.travel(WEDNESDAY_NOON, tick=False)
def test_a_business_is_shown_as_the_contract_has_it(client, settings):
    business = BusinessFactory(
        slug="casa-do-bolo", name="Casa do Bolo", description_en="", opening_hours="Mo-Sa 07:00-19:00",
        phone="020 7946 0018", website="https://example.org/", price_band=1, accessible=True,
        confirmed_at=date(2026, 11, 2),
    )  # fmt: skip
    with as_role("owner"):
        business.specialties.set(Specialty.objects.filter(slug="pasteis-de-nata"))
        BusinessLanguage.objects.create(business=business, language_id="pt-PT")

    shown = client.get(f"{LIST}{business.pk}/?lang=en").json()

    assert shown == {
        "id": str(business.pk),
        "url": f"{settings.SITE_URL}/api/v1/businesses/{business.pk}/",
        "page": f"{settings.SITE_URL}/en/businesses/casa-do-bolo/",
        "name": "Casa do Bolo",
        "description": "Bolos e café.",
        "_fallback": {"description": "pt"},
        "type": {"slug": "bakery", "name": "Bakery"},
        "specialties": ["pasteis-de-nata"],
        "languages": ["pt-PT"],
        "address": "",
        "postcode": "SW8 1UQ",
        "borough": "Lambeth",
        "location": {"type": "Point", "coordinates": [-0.1229, 51.4723]},
        "phone": "+442079460018",
        "website": "https://example.org/",
        "opening_hours": "Mo-Sa 07:00-19:00",
        "open_now": True,
        "opens_at": None,
        "closes_at": "2026-11-18T19:00:00+00:00",
        "price_band": 1,
        "accessible": True,
        "verified": False,
        "rating": {"average": None, "count": 0},
        "confirmed_at": "2026-11-02",
        "image": None,
        "updated_at": shown["updated_at"],
    }


def test_open_is_a_filter_that_reads_londons_clock(client):
    BusinessFactory(name="Day", opening_hours="Mo-Su 09:00-17:00")
    BusinessFactory(name="Night", opening_hours="Mo-Su 20:00-03:00")
    BusinessFactory(name="Unknown", opening_hours="")

    with time_machine.travel(WEDNESDAY_NOON, tick=False):
        assert names(client, "open_now=true") == ["Day"]
        assert names(client, "open_now=false") == ["Night"]
    assert names(client, "open_at=2027-07-04T01:30:00%2B01:00") == ["Night"]
    assert names(client, "open_at=2027-07-04T02:30:00Z") == []


def test_filters_of_the_contract(client):
    bakery = BusinessFactory(name="Bakery", price_band=1, accessible=True)
    BusinessFactory(name="Far", price_band=3, location=Point(-0.3, 51.6, srid=4326))
    with as_role("owner"):
        bakery.specialties.set(Specialty.objects.filter(slug__in=["pasteis-de-nata", "bacalhau"]))
        BusinessLanguage.objects.create(business=bakery, language_id="pt-BR")

    assert names(client, "") == ["Bakery", "Far"]
    assert names(client, "specialty=pasteis-de-nata,bacalhau") == ["Bakery"]
    assert names(client, "language=pt") == ["Bakery"]
    assert names(client, "price_band=3,4") == ["Far"]
    assert names(client, "accessible=true") == ["Bakery"]
    assert names(client, "verified=true") == []
    assert names(client, "type=bakery&borough=Lambeth") == ["Bakery", "Far"]
    assert names(client, "near=Stockwell&radius_km=2") == ["Bakery"]
    assert names(client, "near=Stockwell&radius_km=50&ordering=distance") == ["Bakery", "Far"]
    assert client.get(f"{LIST}?near=Stockwell").json()["results"][0]["distance_m"] < 500


def test_names_stand_in_alphabetical_order_over_all_pages(client):
    names = ["A Grelha", "Açaí", "Água Viva", "Azulejo", "Élia", "Elvas", "Zambézia"]
    for name in reversed(names):
        BusinessFactory(name=name)

    found, address = [], f"{LIST}?page_size=2"
    while address:
        page = client.get(address).json()
        found += [row["name"] for row in page["results"]]
        address = page["next"]

    assert found == names


def test_what_is_equally_relevant_stands_by_name(client):
    for name in "DBFACE":
        BusinessFactory(name=f"Casa {name}")
    best = BusinessFactory(name="Z, padaria")
    first = client.get(f"{LIST}?q=padaria&page_size=4").json()
    second = client.get(first["next"]).json()

    found = [row["name"] for page in (first, second) for row in page["results"]]
    assert found == [best.name, *(f"Casa {name}" for name in "ABCDEF")]


@pytest.mark.parametrize(
    ("query", "field"), [("type=castle", "type"), ("price_band=5", "price_band"), ("open_at=noon", "open_at")]
)
def test_a_bad_parameter_is_a_400_that_names_it(client, query, field):
    answer = client.get(f"{LIST}?{query}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(client, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(4) as counted:
            client.get(f"{LIST}?page_size=100")
        return len(counted)

    BusinessFactory(opening_hours="Mo-Su 09:00-17:00")
    one = queries()
    BusinessFactory.create_batch(49, opening_hours="Mo-Su 09:00-17:00")

    assert queries() == one


def test_geojson_carries_the_point_of_each(client):
    BusinessFactory()

    (feature,) = client.get(f"{LIST}?format=geojson").json()["features"]

    assert feature["geometry"] == {"type": "Point", "coordinates": [-0.1229, 51.4723]}
