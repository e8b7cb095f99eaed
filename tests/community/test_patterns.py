"""Tiles: the same words give the same picture, and nothing a caller says is copied into it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from businesses.taxonomy import BUSINESS_TYPES
from community.patterns import PALETTES, VERSION, tile_svg
from events.taxonomy import CATEGORIES

SPRITE = settings.BASE_DIR / "static" / "img" / "icons.svg"
SEEDS = [f"noite-de-fado-{number}" for number in range(40)]


@pytest.mark.parametrize("family", [*PALETTES, "a-family-of-tomorrow"])
def test_every_tile_is_small_and_well_formed(family):
    for seed in SEEDS:
        svg = tile_svg(family, seed)
        ElementTree.fromstring(svg)
        assert len(svg) < 5000


def test_the_same_words_give_the_same_tile_and_others_another():
    tile_svg.cache_clear()
    first = [tile_svg("fado", seed) for seed in SEEDS]
    tile_svg.cache_clear()

    assert [tile_svg("fado", seed) for seed in SEEDS] == first
    assert len(set(first)) > 30


def test_no_word_of_the_caller_stands_in_the_tile():
    assert "zzyzx" not in tile_svg("zzyzx", "zzyzx")


def test_a_tile_is_cached_for_ever():
    answer = Client().get(f"/tiles/fado/noite.svg?v={VERSION}")

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert {"public", "immutable", "max-age=31536000"} <= set(answer["Cache-Control"].split(", "))
    assert answer.content.decode() == tile_svg("fado", "noite")


def test_every_category_and_group_has_its_own_glazes_and_icon():
    families = {term.slug for term in CATEGORIES} | set(BUSINESS_TYPES)
    symbols = {element.get("id") for element in ElementTree.parse(SPRITE).iter()}

    assert families - set(PALETTES) == set()
    assert families - symbols == set()
