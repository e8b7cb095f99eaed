from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils.text import slugify

from businesses import fhrs
from businesses.lusophone import is_lusophone
from businesses.models import Business, BusinessType
from community.incoming import Refusals, Unreadable, open_source
from community.models import Borough
from community.search import words_counted_once

ONE_AT_A_TIME = 0x46485253  # the number of the lock: "FHRS"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

# Every row of the register stands here, so that a number that is gone can be told from one that was not wanted.
INCOMING = """
CREATE TEMPORARY TABLE incoming (
    line int, fhrs_id bigint, borough text, is_wanted boolean,
    slug text, name text, type_id bigint, address text, postcode text, longitude float8, latitude float8
)
"""

TWICE = "SELECT fhrs_id, min(line), max(line) FROM incoming GROUP BY fhrs_id HAVING count(*) > 1 LIMIT 1"

# The postcode's own point and borough win where the register's are missing or more than 5 km away.
PLACED = """
CREATE TEMPORARY TABLE placed AS
WITH pointed AS (
    SELECT i.*, known.location AS known, coalesce(known.borough_id, authority.code) AS borough_id,
           ST_SetSRID(ST_MakePoint(i.longitude, i.latitude), 4326)::geography AS own,
           EXISTS (SELECT FROM businesses_delisting AS d WHERE d.fhrs_id = i.fhrs_id) AS is_delisted
      FROM incoming AS i
      LEFT JOIN community_postcode AS known ON known.code = i.postcode
      LEFT JOIN community_borough AS authority ON authority.slug = i.borough
     WHERE i.is_wanted
), chosen AS (
    SELECT pointed.*, CASE WHEN known IS NULL OR ST_DWithin(own, known, 5000) THEN own ELSE known END AS location
      FROM pointed
)
SELECT chosen.*,
       CASE WHEN is_delisted THEN 'its owner had the listing removed'
            WHEN borough_id IS NULL THEN 'outside London'
            WHEN location IS NULL THEN 'no coordinates, and a postcode that is not known'
            WHEN NOT ST_DWithin(location, borough.centre, 25000) THEN 'coordinates far from its borough'
       END AS flaw
  FROM chosen LEFT JOIN community_borough AS borough ON borough.code = chosen.borough_id
"""

# What a person has proved or confirmed is left alone; so is what is the same already, with its search words.
CHANGE = """
UPDATE businesses_business AS shop
   SET name = p.name, type_id = p.type_id, address = p.address, postcode = p.postcode,
       borough_id = p.borough_id, location = p.location, updated_at = now()
  FROM placed AS p
 WHERE p.fhrs_id = shop.fhrs_id AND p.flaw IS NULL AND shop.verified_at IS NULL AND shop.confirmed_at IS NULL
   AND ((shop.name, shop.type_id, shop.address, shop.postcode, shop.borough_id)
            IS DISTINCT FROM (p.name, p.type_id, p.address, p.postcode, p.borough_id)
        OR NOT ST_Equals(shop.location::geometry, p.location::geometry))
"""

ADD = """
INSERT INTO businesses_business (
    id, slug, fhrs_id, name, type_id, address, postcode, borough_id, location,
    description, phone, website, opening_hours, picture, picture_alt, is_demo, created_at, updated_at)
SELECT gen_random_uuid(),
       p.slug || CASE WHEN EXISTS (SELECT FROM businesses_business WHERE slug = p.slug) THEN '-fhrs' ELSE '' END,
       p.fhrs_id, p.name, p.type_id, p.address, p.postcode, p.borough_id, p.location,
       '', '', '', '', '', '', false, now(), now()
  FROM placed AS p
 WHERE p.flaw IS NULL AND NOT EXISTS (SELECT FROM businesses_business AS shop WHERE shop.fhrs_id = p.fhrs_id)
"""

OWNED = """
SELECT count(*) FROM placed AS p JOIN businesses_business AS shop USING (fhrs_id)
 WHERE p.flaw IS NULL AND (shop.verified_at IS NOT NULL OR shop.confirmed_at IS NOT NULL)
"""

# Gone: not in the source, though the source covers the borough.
GONE = """
SELECT shop.id FROM businesses_business AS shop
 WHERE shop.fhrs_id IS NOT NULL AND shop.verified_at IS NULL AND shop.confirmed_at IS NULL
   AND shop.borough_id IN (SELECT code FROM community_borough WHERE slug IN (SELECT DISTINCT borough FROM incoming))
   AND NOT EXISTS (SELECT FROM incoming AS i WHERE i.fhrs_id = shop.fhrs_id)
"""


class Command(BaseCommand):
    """Lists businesses from the Food Standards Agency's register. All of a file is taken in, or nothing of it."""

    help = (
        "Import food businesses of London from the FHRS register, as CSV or as the API's JSON, plain or gzipped; "
        "a path or an http(s) address. Takes those whose name says they are Lusophone, and those named by --ids. "
        "Listings an owner has claimed, or someone has confirmed, are never touched; ratings are never read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="PATH_OR_URL")
        parser.add_argument("--ids", type=Path, metavar="FILE", help="take these FHRS numbers too, one a line")
        parser.add_argument(
            "--all", action="store_true", help="take every business, whatever its name (for load tests)"
        )
        parser.add_argument("--prune", action="store_true", help="remove unclaimed listings the register no longer has")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, change nothing")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the refused rows to this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = _numbers(options["ids"])
        with Refusals(options["report"]) as refusals:
            with transaction.atomic():
                with words_counted_once(), connection.cursor() as cursor:
                    _lock(cursor)
                    cursor.execute(INCOMING)
                    passed_over = _copy(cursor, options["source"], refusals, numbers=numbers, everything=options["all"])
                    _refuse_doubles(cursor)
                    counts = _take(cursor, refusals)
                    gone = [row.pk for row in Business.objects.raw(GONE)]
                    if options["prune"]:
                        Business.objects.filter(pk__in=gone).delete()
                    cursor.execute("DROP TABLE incoming, placed")
                transaction.set_rollback(options["dry_run"])
            for line in refusals.summary():
                self.stderr.write(line)
        self.stdout.write(
            f"{counts['added']:,} added, {counts['changed']:,} changed, {counts['same']:,} as they were, "
            f"{counts['owned']:,} left to their owners, {refusals.counts.total():,} refused, "
            f"{passed_over:,} passed over; {len(gone):,} no longer in the register"
            + (", removed." if options["prune"] else ".")
            + (" Dry run: nothing was kept." if options["dry_run"] else "")
        )


def _numbers(file: Path | None) -> frozenset[str]:
    """The FHRS numbers an operator listed, one a line; what follows a # is a note."""
    if file is None:
        return frozenset()
    try:
        lines = [line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from error
    if wrong := [line for line in lines if line and not (line.isascii() and line.isdigit())]:
        raise CommandError(f"{file}: {wrong[0][:40]!r} is not an FHRS number.")
    return frozenset(line for line in lines if line)


def _lock(cursor: Any) -> None:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    if not cursor.fetchone()[0]:
        raise CommandError("Another import of the register is running.")


def _copy(cursor: Any, source: str, refusals: Refusals, *, numbers: Collection[str], everything: bool) -> int:
    """Copy every row into a table of the transaction; returns how many were not wanted."""
    types = dict(BusinessType.objects.values_list("slug", "pk"))
    if not types or not Borough.objects.exists():
        raise CommandError("There is no vocabulary yet: run load_taxonomy first.")
    passed_over = count = 0
    with open_source(source, progress=True) as text, cursor.copy("COPY incoming FROM STDIN") as copy:
        for count, row in enumerate(fhrs.read(text), start=1):
            number = row["FHRSID"].strip()
            is_listed = number in numbers
            is_wanted = is_listed or everything or _is_ours(row)
            try:
                if is_wanted and not is_listed and row["BusinessType"].strip() in fhrs.AT_HOME:
                    raise fhrs.Refused("may be someone's home")
                shop = fhrs.judge(row) if is_wanted else None
            except fhrs.Refused as reason:
                refusals.add(count, f"{number} {row['BusinessName']}", str(reason))
                shop = None
            else:
                passed_over += not is_wanted
            if shop:
                slug = f"{slugify(shop.name)[:200]}-{_short(shop.fhrs_id)}".lstrip("-")
                kind = types[fhrs.type_of(shop.name, shop.kind)]
                facts = (slug, shop.name, kind, shop.address, shop.postcode, shop.longitude, shop.latitude)
                copy.write_row((count, shop.fhrs_id, _borough(row), True, *facts))
            elif fhrs.is_number(number):
                copy.write_row((count, int(number), _borough(row), False, *[None] * 7))
    if not count:
        raise Unreadable("There is no establishment in it.")
    return passed_over


def _is_ours(row: dict[str, str]) -> bool:
    return row["BusinessType"].strip() not in fhrs.NOT_A_SHOP and is_lusophone(row["BusinessName"])


def _borough(row: dict[str, str]) -> str:
    """The slug of the borough that keeps this part of the register."""
    return slugify(row["LocalAuthorityName"]).removesuffix("-corporation")


def _short(number: int) -> str:
    """A register number in as few letters as will do: no two rows share one, so no two slugs are the same."""
    letters = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        letters = DIGITS[digit] + letters
    return letters


def _refuse_doubles(cursor: Any) -> None:
    cursor.execute(TWICE)
    if double := cursor.fetchone():
        number, first, last = double
        raise Unreadable(f"FHRS number {number} stands in it more than once (rows {first:,} and {last:,}).")


def _take(cursor: Any, refusals: Refusals) -> dict[str, int]:
    """Bring the listings up to date from the copied rows; returns how many of each fate."""
    # Without indexes and numbers the planner takes both tables for empty, and compares every row with every row.
    cursor.execute("CREATE INDEX ON incoming (fhrs_id); ANALYZE incoming")
    cursor.execute(PLACED)
    cursor.execute("CREATE INDEX ON placed (fhrs_id); ANALYZE placed")
    cursor.execute("SELECT line, fhrs_id, name, flaw FROM placed WHERE flaw IS NOT NULL ORDER BY line")
    for line, number, name, flaw in cursor.fetchall():
        refusals.add(line, f"{number} {name}", flaw)
    cursor.execute("SELECT count(*) FROM placed WHERE flaw IS NULL")
    (taken,) = cursor.fetchone()
    cursor.execute(OWNED)
    (owned,) = cursor.fetchone()
    cursor.execute(CHANGE)
    changed = cursor.rowcount
    cursor.execute(ADD)
    added = cursor.rowcount
    cursor.execute("ANALYZE businesses_business")  # else what follows is planned for the table as it was
    return {"added": added, "changed": changed, "owned": owned, "same": taken - owned - changed - added}
