import pytest
from django.contrib.gis.geos import Point

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
