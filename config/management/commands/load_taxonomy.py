from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.gis.geos import Point
from django.core.management import BaseCommand
from django.db import models, transaction
from django.utils.text import slugify

from businesses.models import BusinessType, Specialty
from businesses.taxonomy import BUSINESS_TYPES, SPECIALTIES
from community import outlines
from community.gazetteer import BOROUGHS, DISTRICTS, NEIGHBOURHOODS, Spot, fold
from community.models import Borough, Interest, Language, Place, Region
from community.taxonomy import INTERESTS, LANGUAGES, REGIONS, Nation, Term
from events.models import Category, Tag
from events.taxonomy import CATEGORIES, TAGS


class Command(BaseCommand):
    """Puts the vocabulary and the gazetteer into the database. Safe to run at every start."""

    help = (
        "Load heritage regions, interests, languages, event categories and tags, business types and specialties, "
        "and London's places. Adds the words that are missing: from then on they are the desk's, and stay as they are "
        "there. Places nobody edits: they become what this version says."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        added = load_vocabulary()
        moved = load_places()
        if moved or outlines.are_missing():
            outlines.compute_outlines()
        if options["verbosity"]:
            self.stdout.write(f"{added} words added; {moved} places added, corrected or removed.")


def load_vocabulary() -> int:
    """Add the words that are missing, in order; returns how many."""
    added = _add(Region, ({"slug": n.slug, "country": n.country, **_names(n)} for n in REGIONS))
    nations = dict(Region.objects.countries().values_list("slug", "pk"))
    parts = ((part, nation) for nation in REGIONS for part in nation.parts)
    added += _add(
        Region,
        ({"slug": p.slug, "country": n.country, "parent_id": nations[n.slug], **_names(p)} for p, n in parts),
    )
    added += _add(Language, ({"tag": term.slug, **_names(term)} for term in LANGUAGES), key="tag")
    for grouped, field, families in ((Interest, "theme", INTERESTS), (BusinessType, "group", BUSINESS_TYPES)):
        members = ((term, family) for family, terms in families.items() for term in terms)
        added += _add(grouped, ({"slug": term.slug, field: family, **_names(term)} for term, family in members))
    for model, terms in ((Specialty, SPECIALTIES), (Category, CATEGORIES), (Tag, TAGS)):
        added += _add(model, ({"slug": term.slug, **_names(term)} for term in terms))
    return added


def load_places() -> int:
    """Make boroughs and places what the gazetteer says: the desk only reads them. Returns how many were not.

    A place the gazetteer no longer has goes; a borough never does, as events and businesses lie in it.
    """
    boroughs = ({"code": b.code, "slug": b.slug, "name": b.name, "centre": _point(b.lat, b.lon)} for b in BOROUGHS)
    typed = list(_places())
    gone, _of_each = Place.objects.exclude(slug__in=[place["slug"] for place in typed]).delete()
    return gone + _keep(Borough, boroughs, key="code") + _keep(Place, typed, key="slug")


def _places() -> Iterator[dict[str, Any]]:
    for borough in BOROUGHS:
        yield _place(Place.Kind.BOROUGH, borough.code, Spot(borough.name, borough.lat, borough.lon), borough.slug)
        for spot in NEIGHBOURHOODS[borough.slug]:
            yield _place(Place.Kind.NEIGHBOURHOOD, borough.code, spot, slugify(fold(spot.name)))
        for spot in DISTRICTS[borough.slug]:
            yield _place(Place.Kind.DISTRICT, borough.code, spot, slugify(spot.name))


def _place(kind: Place.Kind, borough: str, spot: Spot, slug: str) -> dict[str, Any]:
    names = "".join(f"|{fold(name)}" for name in (spot.name, *spot.aliases)) + "|"
    place = {"slug": slug, "kind": kind, "name": spot.name, "names": names, "borough_id": borough}
    return place | {"location": _point(spot.lat, spot.lon)}


def _names(term: Term | Nation) -> dict[str, str]:
    return {"name_pt": term.name_pt, "name_en": term.name_en}


def _point(lat: float, lon: float) -> Point:
    return Point(lon, lat, srid=4326)


def _keep(model: type[models.Model], rows: Iterable[dict[str, Any]], *, key: str) -> int:
    """Add the rows whose key is not there yet, and correct those that say something else; returns how many."""
    found = {getattr(row, key): row for row in model._default_manager.all()}
    missing, wrong = [], []
    for typed in rows:
        row = found.get(typed[key])
        if row is None:
            missing.append(model(**typed))
        elif any(getattr(row, name) != value for name, value in typed.items()):
            for name, value in typed.items():
                setattr(row, name, value)
            wrong.append(row)
    model._default_manager.bulk_create(missing)
    if wrong:
        model._default_manager.bulk_update(wrong, [name for name in typed if name != key])
    return len(missing) + len(wrong)


def _add(model: type[models.Model], rows: Iterable[dict[str, Any]], *, key: str = "slug") -> int:
    """Add the rows whose key is not there yet; a vocabulary keeps the order they come in."""
    known = set(model._default_manager.values_list(key, flat=True))
    ordered = any(field.name == "position" for field in model._meta.fields)
    missing = [
        model(**row, **({"position": position} if ordered else {}))
        for position, row in enumerate(rows)
        if row[key] not in known
    ]
    model._default_manager.bulk_create(missing)
    return len(missing)
