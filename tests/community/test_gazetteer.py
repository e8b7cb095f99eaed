from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise
from math import cos, hypot, radians

import pytest
from django.contrib.gis.geos import LineString, Point
from django.utils.text import slugify

from community.gazetteer import BOROUGHS, DISTRICTS, NEIGHBOURHOODS, THAMES, fold
from community.models import Borough, Place
from community.outlines import compute_outlines
from tests.databases import as_role


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Between two points of London, given as latitude and longitude."""
    return hypot(a[0] - b[0], (a[1] - b[1]) * cos(radians(51.5))) * 111_200


def everything() -> list:
    return [*chain.from_iterable(NEIGHBOURHOODS.values()), *chain.from_iterable(DISTRICTS.values())]


def test_there_are_32_boroughs_and_the_city():
    assert [borough.code for borough in BOROUGHS] == [f"E090000{n:02}" for n in range(1, 34)]
    assert set(NEIGHBOURHOODS) == set(DISTRICTS) == {borough.slug for borough in BOROUGHS}


def test_every_borough_has_neighbourhoods_enough_to_be_drawn():
    assert [slug for slug, spots in NEIGHBOURHOODS.items() if len(spots) < 4] == []


def test_every_place_is_in_london_and_near_the_middle_of_its_borough():
    assert [spot for spot in everything() if not (51.28 < spot.lat < 51.70 and -0.52 < spot.lon < 0.34)] == []
    middles = {borough.slug: (borough.lat, borough.lon) for borough in BOROUGHS}
    far = [
        (slug, spot.name)
        for spots in (NEIGHBOURHOODS, DISTRICTS)
        for slug, found in spots.items()
        for spot in found
        if metres((spot.lat, spot.lon), middles[slug]) > 10_500
    ]
    assert far == []


def test_no_two_places_share_an_address():
    slugs = [borough.slug for borough in BOROUGHS] + [slugify(fold(spot.name)) for spot in everything()]

    assert [slug for slug, count in Counter(slugs).items() if count > 1] == []


def test_the_postcode_districts_of_inner_london_are_all_there():
    known = {spot.name for spot in chain.from_iterable(DISTRICTS.values())}

    expected = [f"E{n}" for n in range(1, 19)] + [f"N{n}" for n in range(1, 23)] + [f"NW{n}" for n in range(1, 12)]
    expected += [f"SE{n}" for n in range(1, 29)] + [f"SW{n}" for n in range(2, 21)] + [f"W{n}" for n in range(2, 15)]
    assert [district for district in expected if district not in known] == []


def test_the_river_runs_without_a_leap():
    assert max(metres(a, b) for a, b in pairwise(THAMES)) < 1_500


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("King’s Cross", "kings cross"),
        ("King's Cross", "kings cross"),
        ("Elephant & Castle", "elephant and castle"),
        ("  SW8  1UQ ", "sw8 1uq"),
        ("Harrow-on-the-Hill", "harrow on the hill"),
        ("Açores", "acores"),
    ],
)
def test_names_are_folded_to_what_people_type(typed, folded):
    assert fold(typed) == folded


@pytest.mark.django_db
def test_little_portugal_is_in_lambeth():
    found = Place.objects.filter(names__contains="|little portugal|")

    assert {(place.name, place.borough.name) for place in found} == {
        ("South Lambeth", "Lambeth"),
        ("Stockwell", "Lambeth"),
    }


@pytest.mark.django_db
def test_computed_outlines_hold_their_own_neighbourhoods_and_nobody_elses():
    outlines = {borough.slug: borough.outline for borough in Borough.objects.all()}

    assert {slug for slug, outline in outlines.items() if outline is None or not outline.valid} == set()
    strays = [
        (slug, spot.name)
        for slug, spots in NEIGHBOURHOODS.items()
        for spot in spots
        if not outlines[slug].contains(Point(spot.lon, spot.lat))
    ]
    assert strays == []


@pytest.mark.django_db
def test_boroughs_meet_at_the_river_without_overlapping():
    river = LineString([(lon, lat) for lat, lon in THAMES])
    lambeth, westminster = (Borough.objects.get(slug=slug).outline for slug in ("lambeth", "westminster"))

    assert lambeth.intersection(westminster).area < 1e-7  # square degrees: a garden
    assert river.intersection(lambeth.buffer(1e-4)).length > 0.01
    assert river.intersection(westminster.buffer(1e-4)).length > 0.01


@pytest.mark.django_db
def test_an_imported_outline_is_not_drawn_over():
    with as_role("owner"):
        lambeth = Borough.objects.get(slug="lambeth")
        square = lambeth.centre.buffer(0.01)
        Borough.objects.filter(slug="lambeth").update(
            outline=f"SRID=4326;MULTIPOLYGON({square.wkt[8:]})", is_computed=False
        )
        before = Borough.objects.get(slug="lambeth").outline

        assert compute_outlines() == 32

    assert Borough.objects.get(slug="lambeth").outline == before
