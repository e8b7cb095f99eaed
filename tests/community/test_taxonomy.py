from __future__ import annotations

import re
from collections import Counter
from itertools import chain

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.management import call_command

from businesses.models import BusinessType
from businesses.taxonomy import BUSINESS_TYPES, SPECIALTIES
from community.models import Borough, Interest, Language, Place, Region
from community.taxonomy import INTERESTS, LANGUAGES, REGIONS, Term
from events.models import Category
from events.taxonomy import CATEGORIES, TAGS
from tests.databases import as_role

VOCABULARIES: dict[str, list[Term]] = {
    "regions": [
        term for n in REGIONS for term in (Term(n.slug, n.name_pt, n.name_en), *n.parts)
    ],
    "interests": list(chain.from_iterable(INTERESTS.values())),
    "languages": list(LANGUAGES),
    "categories": list(CATEGORIES),
    "tags": list(TAGS),
    "business types": list(chain.from_iterable(BUSINESS_TYPES.values())),
    "specialties": list(SPECIALTIES),
}  # fmt: skip
REAL = MultiPolygon(Polygon.from_bbox((-0.1, 51.4, 0, 51.5)), srid=4326)
EIGHT_NATIONS = [
    "portugal", "brasil", "angola", "mocambique", "cabo-verde", "guine-bissau", "sao-tome-e-principe", "timor-leste",
]  # fmt: skip


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_word_has_one_slug_and_a_name_in_both_languages(vocabulary):
    terms = VOCABULARIES[vocabulary]

    assert [slug for slug, count in Counter(term.slug for term in terms).items() if count > 1] == []
    assert [term for term in terms if not term.name_pt.strip() or not term.name_en.strip()] == []


@pytest.mark.parametrize("vocabulary", [name for name in VOCABULARIES if name != "languages"])
def test_slugs_are_plain_words_for_addresses(vocabulary):
    slugs = [term.slug for term in VOCABULARIES[vocabulary]]

    assert [slug for slug in slugs if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)] == []


def test_language_tags_are_bcp_47_as_it_writes_them():
    tags = [term.slug for term in LANGUAGES]

    assert [tag for tag in tags if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", tag)] == []


def test_the_eight_nations_come_first_each_with_its_parts():
    assert [nation.slug for nation in REGIONS[:8]] == EIGHT_NATIONS
    assert {nation.slug: len(nation.parts) for nation in REGIONS[:8]} == {
        "portugal": 10,
        "brasil": 27,
        "angola": 21,
        "mocambique": 11,
        "cabo-verde": 9,
        "guine-bissau": 9,
        "sao-tome-e-principe": 7,
        "timor-leste": 14,
    }


def test_there_are_17_categories_and_42_business_types():
    assert len(CATEGORIES) == 17
    assert len(VOCABULARIES["business types"]) == 42


@pytest.mark.django_db
def test_the_whole_vocabulary_is_in_the_database_in_order():
    assert list(Category.objects.values_list("slug", "name_pt", "name_en")) == list(CATEGORIES)
    assert list(BusinessType.objects.values_list("slug", flat=True)) == [t.slug for t in VOCABULARIES["business types"]]
    assert list(Language.objects.values_list("tag", flat=True)) == [term.slug for term in LANGUAGES]
    assert set(Interest.objects.values_list("theme", flat=True)) == set(INTERESTS)
    assert list(Region.objects.countries().values_list("slug", flat=True)) == [nation.slug for nation in REGIONS]
    minho = Region.objects.get(slug="minho")
    assert (minho.parent.slug, minho.country) == ("portugal", "PT")


@pytest.mark.django_db
def test_loading_again_keeps_what_the_desk_edited():
    before = {model: model.objects.count() for model in (Region, Category, Place, Borough)}
    with as_role("owner"):
        Category.objects.filter(slug="fado").update(name_en="Fado and guitars", position=99)
        Category.objects.create(slug="theatre", name_pt="Teatro", name_en="Theatre")

        call_command("load_taxonomy", verbosity=0)

    fado = Category.objects.get(slug="fado")
    assert (fado.name_en, fado.position) == ("Fado and guitars", 99)
    assert {model: model.objects.count() for model in before} == {**before, Category: before[Category] + 1}


@pytest.mark.django_db
def test_loading_again_puts_back_what_is_missing():
    with as_role("owner"):
        Place.objects.filter(slug="stockwell").delete()

        call_command("load_taxonomy", verbosity=0)

    assert Place.objects.get(slug="stockwell").names == "|stockwell|little portugal|"


@pytest.mark.django_db
def test_a_corrected_gazetteer_reaches_a_town_that_has_an_older_one(capsys):
    stockwell = Place.objects.get(slug="stockwell")
    lambeth = Borough.objects.defer("outline").get(slug="lambeth")
    southwark = Borough.objects.only("outline").get(slug="southwark")
    with as_role("owner"):
        Place.objects.filter(slug="stockwell").update(
            name="Stokwell", names="|stokwell|", location=Point(0, 51, srid=4326), borough=southwark
        )
        Place.objects.create(
            slug="atlantis", name="Atlantis", names="|atlantis|", kind="neighbourhood",
            borough=lambeth, location=Point(-0.2, 51.5, srid=4326),
        )  # fmt: skip
        Borough.objects.filter(slug="lambeth").update(name="Lambet", centre=Point(0, 51, srid=4326))
        Borough.objects.filter(slug="southwark").update(is_computed=False, outline=REAL)
        Borough.objects.filter(slug="camden").update(outline=REAL)

        call_command("load_taxonomy")
        call_command("load_taxonomy")

    said = capsys.readouterr().out.splitlines()
    assert said == [f"0 words added; {moved} places added, corrected or removed." for moved in (3, 0)]
    as_now = Place.objects.get(slug="stockwell")
    assert (as_now.pk, as_now.name, as_now.names) == (stockwell.pk, "Stockwell", "|stockwell|little portugal|")
    assert (as_now.location, as_now.borough_id) == (stockwell.location, stockwell.borough_id)
    assert not Place.objects.filter(slug="atlantis").exists()
    now_lambeth = Borough.objects.get(pk=lambeth.pk)
    assert (now_lambeth.name, now_lambeth.centre) == ("Lambeth", lambeth.centre)
    assert Borough.objects.get(slug="southwark").outline == REAL
    assert Borough.objects.get(slug="camden").outline != REAL
