"""Where people mean, by what they type: a postcode, a district, a borough, a neighbourhood or a pair of coordinates.

Everything is found offline, in the gazetteer and in the postcodes that were imported, if any were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from django.contrib.gis.geos import Point
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from community.gazetteer import fold
from community.models import Place, Postcode

COORDINATES = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,15})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,15})?)\s*", re.ASCII)
OUTWARD = r"(?P<outward>[A-Z]{1,2}[0-9][A-Z0-9]?)"
POSTCODE = re.compile(rf"{OUTWARD}(?P<inward>[0-9][A-Z]{{2}})", re.ASCII)
OUTWARD_ONLY = re.compile(OUTWARD, re.ASCII)
BEGUN_INWARD = re.compile(r"([0-9][A-Z]{0,2})?", re.ASCII)
LONGEST = 100  # letters; no place has a longer name
SHORTEST_BEGINNING = 3  # letters that may stand for a whole name


@dataclass(frozen=True, slots=True)
class Found:
    """A place on the map and the name it goes by.

    ``kind`` is one of Place.Kind, or ``postcode``, or ``point`` for coordinates.
    ``borough`` is the name of the borough it lies in, where that is known. ``instead_of`` is the
    full postcode for which a district stands, as no postcodes of it were imported.
    """

    name: str
    kind: str
    location: Point
    borough: str | None = None
    instead_of: str = ""


def resolve(q: str) -> Found | None:
    """Find the one place that is meant, or None if there is none by that name.

    A full postcode is looked up; where none of its district were imported, the district stands
    for it. A name is matched whole first, then by a beginning of three letters or more;
    a neighbourhood comes before the borough it gave its name to.
    """
    if len(q) > LONGEST:
        return None
    if point := _read_coordinates(q):
        return point
    compact = _compact(q)
    if full := POSTCODE.fullmatch(compact):
        return _find_postcode(full["outward"], full["inward"])
    for outward, _begun in _readings(compact):
        if district := _find_district(outward):
            return district
    return next(_places(q, limit=1, names__regex=_beginning_with(q)), None)


def find_places(q: str, limit: int = 10) -> list[Found]:
    """Suggest places while someone types: names of which a word begins so, best first, then postcodes that do."""
    if len(q) > LONGEST:
        return []
    if point := _read_coordinates(q):
        return [point]
    compact = _compact(q)
    found = [
        Found(row.code, "postcode", row.location, row.borough.name if row.borough else None)
        for row in _postcodes(compact, limit)
    ]
    if not found and (full := POSTCODE.fullmatch(compact)):
        district = _find_postcode(full["outward"], full["inward"])
        return [district] if district else []
    return [*_places(q, limit, names__regex=rf"[| ]{re.escape(fold(q))}"), *found][:limit]


def _compact(q: str) -> str:
    return "".join(q.split()).upper()


def _read_coordinates(q: str) -> Found | None:
    match = COORDINATES.fullmatch(q)
    if not match:
        return None
    lat, lng = float(match[1]), float(match[2])
    if abs(lat) > 90 or abs(lng) > 180:
        return None
    return Found(f"{lat:g}, {lng:g}", "point", Point(lng, lat, srid=4326))


def _find_postcode(outward: str, inward: str) -> Found | None:
    known = Postcode.objects.select_related("borough").defer("borough__outline")
    row = known.filter(code=f"{outward} {inward}").first()
    if row:
        return Found(row.code, "postcode", row.location, row.borough.name if row.borough else None)
    if known.filter(code__startswith=f"{outward} ").exists():
        return None
    district = _find_district(outward)
    return replace(district, instead_of=f"{outward} {inward}") if district else None


def _find_district(outward: str) -> Found | None:
    row = find_district(outward)
    return _found(row) if row else None


def find_district(outward: str) -> Place | None:
    """The district of the first half of a postcode: EC1A is known as itself or, in the gazetteer, as EC1."""
    names = [outward, outward[:-1]] if outward[-1:].isalpha() else [outward]
    rows = {
        row.name: row
        for row in Place.objects.filter(kind=Place.Kind.DISTRICT, name__in=names)
        .select_related("borough")
        .defer("borough__outline")
    }
    return next((rows[name] for name in names if name in rows), None)


def _readings(compact: str) -> list[tuple[str, str]]:
    """Each way to read it as a district and the beginning of the rest: SW81 is SW8 1…, or a district SW81."""
    cuts = ((compact[:cut], compact[cut:]) for cut in (4, 3, 2))
    return [(out, rest) for out, rest in cuts if OUTWARD_ONLY.fullmatch(out) and BEGUN_INWARD.fullmatch(rest)]


def _postcodes(compact: str, limit: int) -> QuerySet[Postcode]:
    beginnings = [f"{outward} {begun}" for outward, begun in _readings(compact)]
    starts_so = reduce(or_, (Q(code__startswith=beginning) for beginning in beginnings), Q(pk__in=[]))
    return (
        Postcode.objects.filter(starts_so).select_related("borough").defer("borough__outline").order_by("code")[:limit]
    )


def _beginning_with(q: str) -> str:
    """A pattern for names that are this, or begin with it if it is long enough to mean something."""
    name = re.escape(fold(q))
    return rf"\|{name}" if len(name) >= SHORTEST_BEGINNING else rf"\|{name}\|"


def _places(q: str, limit: int, **which: str) -> Iterator[Found]:
    name = fold(q)
    if not name:
        return
    how_well = Case(
        When(names__contains=f"|{name}|", then=Value(0)),
        When(names__contains=f"|{name}", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    which_first = Case(
        *(
            When(kind=kind, then=Value(position))
            for position, kind in enumerate([Place.Kind.NEIGHBOURHOOD, Place.Kind.BOROUGH, Place.Kind.DISTRICT])
        ),
        output_field=IntegerField(),
    )
    rows = (
        Place.objects.filter(**which)
        .select_related("borough")
        .defer("borough__outline")
        .order_by(how_well, which_first, "name")[:limit]
    )
    yield from map(_found, rows)


def _found(place: Place) -> Found:
    return Found(place.name, place.kind, place.location, place.borough.name)
