from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction

from community.gazetteer import fold
from community.incoming import Refusals, Unreadable, open_source
from community.models import Borough
from community.outlines import TOLERANCE, keep_outlines

NEIGHBOURHOOD_OF_LONDON = (-0.7, 51.2, 0.5, 51.8)  # west, south, east, north


class Command(BaseCommand):
    """Loads the real outlines of the boroughs, simplified for the map. All of the file is taken, or nothing of it."""

    help = (
        "Import outlines of London's boroughs from GeoJSON in degrees (plain or gzipped; a path or an http(s) "
        "address). Each feature is known by an ONS code or a name among its properties, whatever they are called."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="PATH_OR_URL")
        parser.add_argument(
            "--tolerance", type=float, default=TOLERANCE, metavar="METRES",
            help=f"how far a simplified edge may stray from the real one (default {TOLERANCE})",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, change nothing")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the refused features to this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["tolerance"] <= 1000:
            raise CommandError("--tolerance is 0 to 1000 metres.")
        codes = dict(_names_of_boroughs())
        if not codes:
            raise CommandError("There are no boroughs yet: run load_taxonomy first.")
        with Refusals(options["report"]) as refusals:
            shapes: dict[str, str] = {}
            for number, feature in enumerate(_features(options["source"]), start=1):
                code = _code(feature, codes)
                if reason := _flaw(feature, code, shapes):
                    refusals.add(number, _title(feature), reason)
                else:
                    shapes[code] = json.dumps(feature["geometry"])
            for line in refusals.summary():
                self.stderr.write(line)
        if not shapes:
            raise CommandError("No outline in it belongs to a borough of London: nothing was changed.")
        with transaction.atomic():
            try:
                kept = keep_outlines(shapes, tolerance=options["tolerance"])
            except DatabaseError as error:
                raise CommandError(f"PostGIS cannot read these outlines: {str(error).splitlines()[0]}") from error
            transaction.set_rollback(options["dry_run"])
        missing = Borough.objects.exclude(code__in=shapes).values_list("name", flat=True)
        self.stdout.write(
            f"{kept} outlines kept, {refusals.counts.total()} features refused."
            + (f" Not in it: {', '.join(missing)}." if missing else "")
            + (" Dry run: nothing was kept." if options["dry_run"] else "")
        )


def _names_of_boroughs() -> Iterator[tuple[str, str]]:
    """Whatever may identify a borough, and its code."""
    for borough in Borough.objects.all():
        yield borough.code.lower(), borough.code
        yield fold(borough.name), borough.code


def _features(source: str) -> Iterator[dict[str, Any]]:
    with open_source(source, progress=True) as text:
        whole = text.read_all()
    try:
        collection = json.loads(whole)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The source is not GeoJSON: {error}.") from error
    if not isinstance(collection, dict) or not isinstance(collection.get("features"), list):
        raise Unreadable("The source is JSON, but not a GeoJSON FeatureCollection.")
    yield from (feature if isinstance(feature, dict) else {} for feature in collection["features"])


def _properties(feature: dict[str, Any]) -> list[str]:
    properties = feature.get("properties")
    return [value for value in properties.values() if isinstance(value, str)] if isinstance(properties, dict) else []


def _title(feature: dict[str, Any]) -> str:
    return ", ".join(_properties(feature))[:80]


def _code(feature: dict[str, Any], codes: dict[str, str]) -> str:
    """The ONS code of the borough a feature is about, or nothing."""
    found = (codes.get(value.strip().lower()) or codes.get(fold(value)) for value in _properties(feature))
    return next(filter(None, found), "")


def _flaw(feature: dict[str, Any], code: str, known: dict[str, str]) -> str:
    """Why a feature cannot be taken, or nothing."""
    if not code:
        return "no borough of London has that name or code"
    if code in known:
        return "a second outline of the same borough"
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        return "not a polygon"
    try:
        west, south, east, north = GEOSGeometry(json.dumps(geometry)).extent
    except (GDALException, GEOSException, ValueError, TypeError):
        return "not a polygon that can be read"
    box = NEIGHBOURHOOD_OF_LONDON
    if not (box[0] <= west and box[1] <= south and east <= box[2] and north <= box[3]):
        return "not in London, or not in degrees of longitude and latitude"
    return ""
