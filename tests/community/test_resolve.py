import pytest
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.db import connection

from community.models import Borough, Postcode
from community.resolve import find_places, resolve
from tests.databases import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def postcodes():
    with as_role("owner"):
        lambeth = Borough.objects.get(slug="lambeth")
        for code in ("SW8 1UQ", "SW8 1UR", "SW8 2LF"):
            Postcode.objects.create(code=code, borough=lambeth, location=Point(-0.123, 51.48, srid=4326))


@pytest.mark.parametrize(
    ("typed", "name", "kind"),
    [
        ("SW8", "SW8", "district"),
        ("sw8 1", "SW8", "district"),
        ("Stockwell", "Stockwell", "neighbourhood"),
        ("  STOCKWELL ", "Stockwell", "neighbourhood"),
        ("stockw", "Stockwell", "neighbourhood"),
        ("lambeth", "Lambeth", "borough"),
        ("Little Portugal", "South Lambeth", "neighbourhood"),
        ("elephant and castle", "Elephant & Castle", "neighbourhood"),
        ("51.48,-0.12", "51.48, -0.12", "point"),
    ],
)
def test_a_place_is_found_as_people_type_it(typed, name, kind):
    found = resolve(typed)

    assert (found.name, found.kind) == (name, kind)


@pytest.mark.parametrize("typed", ["sw81uq", "SW8 1UQ", " sw8  1uq "])
def test_a_postcode_is_found_with_and_without_its_space(postcodes, typed):
    found = resolve(typed)

    assert (found.name, found.kind, found.borough) == ("SW8 1UQ", "postcode", "Lambeth")
    assert found.location.coords == pytest.approx((-0.123, 51.48))


def test_where_no_postcode_of_a_district_was_imported_the_district_stands_for_it():
    assert resolve("SW8 1UQ").name == "SW8"


def test_a_postcode_that_is_not_among_those_of_its_district_is_unknown(postcodes):
    assert resolve("SW8 9ZZ") is None


@pytest.mark.parametrize(
    "typed", ["", " ", "s", "nan,nan", "91,0", "0,181", "1e5,2", "|", "(((", "ZZ99 9ZZ", "a" * 10_000]
)
def test_what_is_no_place_is_not_found(typed):
    assert resolve(typed) is None


def test_postcodes_are_suggested_while_they_are_typed(postcodes):
    assert [place.name for place in find_places("sw81")] == ["SW8 1UQ", "SW8 1UR"]


def test_names_are_suggested_best_first():
    assert [(place.name, place.kind) for place in find_places("lambeth")] == [
        ("Lambeth", "borough"),
        ("South Lambeth", "neighbourhood"),
    ]


def test_at_most_ten_places_are_suggested():
    assert len(find_places("s")) == 10


@pytest.mark.parametrize("middle", [(-0.123, 51.48), (0.0, 0.0), (25.0, -79.0), (179.9, 10.0)])
@pytest.mark.parametrize("km", [0.05, 2, 50])
def test_a_radius_keeps_what_lies_within_it_and_nothing_else(middle: tuple[float, float], km: float):
    point = Point(*middle, srid=4326)
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute(  # on 24 bearings, where a short cut could err: by the corners of its square and by the edge
            """
            INSERT INTO community_postcode (code, location)
            SELECT row_number() OVER (), ST_Project(%s::geography, part * %s, radians(bearing))
              FROM generate_series(0, 345, 15) AS bearing,
                   unnest(ARRAY[0.01, 0.55, 0.6, 0.7, 0.85, 0.9, 0.999, 1.001, 1.1, 1.5]) AS part
            """,
            [point.ewkt, km * 1000],
        )
    kept = Postcode.objects.within(point, within=D(km=km))

    assert kept.count() == 24 * 7
    assert max(row.distance.m for row in kept) <= km * 1000


@pytest.mark.parametrize(("west", "width"), [(-0.2, 0.5), (-0.2, 0.02), (-180, 0.5), (179.5, 0.5), (-10, 20)])
def test_a_box_keeps_what_lies_in_it_and_nothing_else(west: float, width: float):
    south, east, north, middle = 51.4, west + width, 51.6, west + width / 2
    with as_role("owner"):
        for place, (x, y) in enumerate(
            [
                *((west, south), (east, north), (middle, 51.4001), (middle, 51.5999), (west + 0.01, 51.5)),
                *((middle, 51.3999), (middle, 51.6001), (east + 0.0001, 51.5), (-middle, -51.5)),
            ]
        ):
            Postcode.objects.create(code=str(place), location=Point(x, y, srid=4326))

    assert sorted(Postcode.objects.inside(west, south, east, north).values_list("code", flat=True)) == list("01234")
