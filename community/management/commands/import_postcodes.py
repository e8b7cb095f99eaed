from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from community.incoming import MAX_UNPACKED, Refusals, Unreadable, open_binary, open_text
from community.models import Borough

# Code-Point Open's columns, which its files do not name; only these five are read.
COLUMNS = 10
POSTCODE, QUALITY, EASTING, NORTHING, BOROUGH = 0, 1, 2, 3, 8
NO_POINT = "90"  # the quality of a postcode that the Ordnance Survey could not place
LONDON = "E09"

SHAPE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")

TAKE = """
WITH latest AS (
    SELECT DISTINCT ON (code) code, borough,
           ST_SnapToGrid(ST_Transform(ST_SetSRID(ST_MakePoint(easting, northing), 27700), 4326), 0.000001) AS point
      FROM incoming
     ORDER BY code, line DESC
), kept AS (
    INSERT INTO community_postcode AS known (code, borough_id, location)
    SELECT latest.code, borough.code, latest.point::geography
      FROM latest LEFT JOIN community_borough AS borough ON borough.code = latest.borough
        ON CONFLICT (code) DO UPDATE SET borough_id = excluded.borough_id, location = excluded.location
     WHERE known.borough_id IS DISTINCT FROM excluded.borough_id
        OR NOT ST_Equals(known.location::geometry, excluded.location::geometry)
 RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM kept
"""


class Command(BaseCommand):
    """Loads full postcodes from OS Code-Point Open. All of the file is taken, or nothing of it."""

    help = (
        "Import postcodes from OS Code-Point Open: one CSV file, plain or gzipped, or the zip with all of them; "
        "a path or an http(s) address. Known ones are brought up to date; none are removed. London alone, unless --all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="PATH_OR_URL")
        parser.add_argument("--all", action="store_true", help="keep postcodes outside London too")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, change nothing")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the refused lines to this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        with Refusals(options["report"]) as refusals:
            with transaction.atomic(), connection.cursor() as cursor:
                if not Borough.objects.exists():
                    raise CommandError("There are no boroughs yet: run load_taxonomy first.")
                taken = _copy(cursor, options["source"], refusals, prefix="" if options["all"] else LONDON)
                if not taken:
                    raise CommandError("No postcode in it could be taken: nothing was changed.")
                cursor.execute(TAKE)
                added, changed = cursor.fetchone()
                cursor.execute("DROP TABLE incoming")
                transaction.set_rollback(options["dry_run"])
            if not options["dry_run"]:
                _analyze()
            for line in refusals.summary():
                self.stderr.write(line)
        refused = refusals.counts.total()
        self.stdout.write(
            f"{added:,} added, {changed:,} changed, {taken - added - changed:,} as they were, {refused:,} refused."
            + (" Dry run: nothing was kept." if options["dry_run"] else "")
        )


def _copy(cursor: Any, source: str, refusals: Refusals, *, prefix: str) -> int:
    """Copy every good row into a table of the transaction; returns how many."""
    cursor.execute("CREATE TEMPORARY TABLE incoming (line int, code text, borough text, easting int, northing int)")
    taken = 0
    with cursor.copy("COPY incoming FROM STDIN") as copy:
        for number, row in enumerate(_rows(source), start=1):
            if len(row) != COLUMNS:
                refusals.add(number, row[0] if row else "", f"not {COLUMNS} columns")
                continue
            if not row[BOROUGH].startswith(prefix):
                continue
            if reason := _flaw(row):
                refusals.add(number, row[POSTCODE], reason)
                continue
            copy.write_row((number, _spaced(row[POSTCODE]), row[BOROUGH], int(row[EASTING]), int(row[NORTHING])))
            taken += 1
    return taken


def _rows(source: str) -> Iterator[list[str]]:
    """Every row of every file in the source, without header lines. Raises Unreadable if it is some other table."""
    with open_binary(source, progress=True) as file:
        for part in _parts(file):
            with open_text(part) as text:
                try:
                    for number, row in enumerate(csv.reader(text)):
                        if number == 0 and len(row) != COLUMNS:
                            raise Unreadable(f"This is not Code-Point Open: {len(row)} columns, not {COLUMNS}.")
                        if number == 0 and row[EASTING].lower().startswith("ea"):
                            continue
                        yield row
                except csv.Error as error:
                    raise Unreadable(f"The source is not CSV: {error} (line {text.line_number:,}).") from error


def _parts(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The file itself, or from a zip its data files one after the other."""
    start = file.read(4)
    file.seek(0)
    if start != b"PK\x03\x04":
        yield file
        return
    with _readable_zip(file) as archive:
        data = [
            info for info in archive.infolist()
            if info.filename.lower().endswith(".csv") and not info.filename.lower().startswith("doc/")
        ]  # fmt: skip
        if not data:
            raise Unreadable("There is no CSV file in the archive.")
        if sum(info.file_size for info in data) > MAX_UNPACKED:
            raise Unreadable(f"The source unpacks to more than {MAX_UNPACKED // 1024**3} GB.")
        for info in data:
            with archive.open(info) as part:
                yield part


@contextmanager
def _readable_zip(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"The archive is damaged or cut short: {error}.") from error


def _flaw(row: list[str]) -> str:
    """Why a row cannot be taken, or nothing."""
    if not SHAPE.fullmatch(_bare(row[POSTCODE])):
        return "not a postcode"
    if row[QUALITY].strip() == NO_POINT:
        return "the Ordnance Survey has no point for it"
    if not (row[EASTING].isdecimal() and row[NORTHING].isdecimal()):
        return "easting or northing is not a whole number"
    if not (0 < int(row[EASTING]) <= 700_000 and 0 < int(row[NORTHING]) <= 1_300_000):
        return "outside Great Britain"
    return ""


def _bare(postcode: str) -> str:
    return postcode.replace(" ", "").upper()


def _spaced(postcode: str) -> str:
    """With its one space; the files pad it to seven characters instead."""
    bare = _bare(postcode)
    return f"{bare[:-3]} {bare[-3:]}"


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE community_postcode")
