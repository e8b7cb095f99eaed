from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import CommandError, call_command

from community.models import Borough, Postcode
from tests.databases import as_role

pytestmark = pytest.mark.django_db

# Invented postcodes on real ground, in the ten columns of Code-Point Open.
STOCKWELL = '"SW8 9ZZ",10,530500,176500,"E92000001","","","","E09000022",""'
BANK = '"EC3V9ZZ",10,532700,181100,"E92000001","","","","E09000001",""'
DOVER = '"CT16 9ZZ",10,631900,141400,"E92000001","","","","E07000108",""'


@pytest.fixture(autouse=True)
def _as_owner():
    with as_role("owner"):
        yield


def run(command: str, source: Path, *args: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(command, str(source), *args, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_postcodes_get_their_space_their_borough_and_their_point(tmp_path):
    out, _ = run("import_postcodes", written(tmp_path / "p.csv", STOCKWELL, BANK, DOVER))

    assert out == "2 added, 0 changed, 0 as they were, 0 refused."
    assert list(Postcode.objects.order_by("code").values_list("code", "borough__slug")) == [
        ("EC3V 9ZZ", "city-of-london"),
        ("SW8 9ZZ", "lambeth"),
    ]
    point = Postcode.objects.get(code="SW8 9ZZ").location
    assert (round(point.x, 3), round(point.y, 3)) == (-0.122, 51.472)


def test_all_of_britain_is_kept_when_asked_for(tmp_path):
    run("import_postcodes", written(tmp_path / "p.csv", STOCKWELL, DOVER), "--all")

    assert list(Postcode.objects.order_by("code").values_list("code", "borough_id")) == [
        ("CT16 9ZZ", None),
        ("SW8 9ZZ", "E09000022"),
    ]


def test_a_second_run_changes_only_what_moved(tmp_path):
    run("import_postcodes", written(tmp_path / "p.csv", STOCKWELL, BANK))

    moved = STOCKWELL.replace("530500", "530600")
    out, _ = run("import_postcodes", written(tmp_path / "p.csv", moved, BANK))

    assert out == "0 added, 1 changed, 1 as they were, 0 refused."


def test_a_dry_run_keeps_nothing(tmp_path):
    out, _ = run("import_postcodes", written(tmp_path / "p.csv", STOCKWELL), "--dry-run")

    assert out == "1 added, 0 changed, 0 as they were, 0 refused. Dry run: nothing was kept."
    assert not Postcode.objects.exists()


def test_refused_lines_are_counted_and_written_down(tmp_path):
    bad = [
        STOCKWELL.replace("SW8 9ZZ", "HELLO"),
        STOCKWELL.replace(",10,", ",90,"),
        STOCKWELL.replace("530500", "here"),
        STOCKWELL.replace("530500", "9999999"),
        "one,two",
    ]
    out, err = run(
        "import_postcodes", written(tmp_path / "p.csv", STOCKWELL, *bad), "--report", str(tmp_path / "refused.csv")
    )

    assert out == "1 added, 0 changed, 0 as they were, 5 refused."
    assert sorted(line.split("  ")[-1].strip() for line in err.splitlines()) == [
        "easting or northing is not a whole number",
        "not 10 columns",
        "not a postcode",
        "outside Great Britain",
        "the Ordnance Survey has no point for it",
    ]
    assert (tmp_path / "refused.csv").read_text().splitlines()[:2] == ["row,what,reason", "2,HELLO,not a postcode"]


def test_the_last_of_two_lines_for_one_postcode_stands(tmp_path):
    out, _ = run("import_postcodes", written(tmp_path / "p.csv", STOCKWELL, STOCKWELL.replace("176500", "176700")))

    assert out.startswith("1 added")
    assert round(Postcode.objects.get().location.y, 4) == 51.4742


def test_the_zip_is_read_whole_without_its_papers(tmp_path):
    with zipfile.ZipFile(tmp_path / "codepo_gb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Doc/Code-Point_Open_Column_Headers.csv", "PC,PQ\nPostcode,Quality\n")
        archive.writestr("Data/CSV/ec.csv", BANK + "\n")
        archive.writestr("Data/CSV/sw.csv", STOCKWELL + "\n")

    out, _ = run("import_postcodes", tmp_path / "codepo_gb.zip")

    assert out.startswith("2 added")


def broken_sources() -> dict[str, bytes]:
    packed = gzip.compress("\n".join([STOCKWELL] * 2000).encode())
    flipped = bytearray(packed)
    flipped[len(flipped) // 2] ^= 0xFF
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Data/CSV/sw.csv", "\n".join([STOCKWELL] * 2000))
    start, middle, checksum = (bytearray(zipped.getvalue()) for _ in range(3))
    start[45:60] = b"\xff" * 15  # its name takes 15 bytes after a header of 30
    middle[len(middle) // 3] ^= 0xFF
    checksum[checksum.rindex(b"PK\x01\x02") + 16] ^= 0xFF
    return {
        "damaged zip": bytes(start),
        "damaged further on in a zip": bytes(middle),
        "wrong checksum in a zip": bytes(checksum),
        "truncated gzip": packed[:-20],
        "damaged gzip": bytes(flipped),
        "truncated zip": b"PK\x03\x04" + bytes(40),
        "html": b"<!DOCTYPE html><title>Sign in</title>",
        "wrong columns": b"SW8 9ZZ,51.47,-0.12\n",
        "not text": b"\x89PNG\r\n\x1a\n\x00\x00\x00",
        "not utf-8": STOCKWELL.encode() + b"\n\xff\xfe\n",
        "empty": b"",
        "nothing of London": DOVER.encode(),
    }


@pytest.mark.parametrize("name", broken_sources())
def test_a_broken_source_ends_in_one_line_and_imports_nothing(tmp_path, name):
    source = tmp_path / "source"
    source.write_bytes(broken_sources()[name])

    with pytest.raises(CommandError) as error:
        run("import_postcodes", source)

    assert len(str(error.value).splitlines()) == 1
    assert error.value.returncode == 1
    assert not Postcode.objects.exists()


def test_a_source_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("import_postcodes", tmp_path / "nowhere.csv")


# Outlines ------------------------------------------------------------------------------------------


def jagged(west: float, south: float, east: float, north: float, *, steps: int = 200) -> list[list[float]]:
    """A ring whose eastern edge trembles by about ten metres."""
    edge = [[east + 0.0001 * (n % 2), south + (north - south) * n / steps] for n in range(steps + 1)]
    return [[west, south], *edge, [west, north], [west, south]]


def feature(ring: list[list[float]], **properties: str) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(path: Path, *features: dict) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


LAMBETH = feature(jagged(-0.14, 51.42, -0.11, 51.50), name="Lambeth")
# Southwark's western edge is Lambeth's eastern one.
SOUTHWARK = feature(
    [[-0.05, 51.42], [-0.05, 51.50], *reversed(jagged(-0.14, 51.42, -0.11, 51.50)[1:-2]), [-0.05, 51.42]],
    LAD23CD="E09000028",
)


def test_outlines_are_found_by_name_or_code_and_simplified_together(tmp_path):
    out, _ = run("import_boroughs", collection(tmp_path / "b.geojson", LAMBETH, SOUTHWARK))

    assert out.startswith("2 outlines kept, 0 features refused. Not in it: ")
    lambeth, southwark = (Borough.objects.get(slug=slug) for slug in ("lambeth", "southwark"))
    assert not lambeth.is_computed
    assert lambeth.outline.num_coords < 20
    assert lambeth.outline.intersection(southwark.outline).area == 0
    assert lambeth.outline.intersection(southwark.outline).length == pytest.approx(0.08, abs=0.001)


def test_a_dry_run_keeps_the_computed_outlines(tmp_path):
    run("import_boroughs", collection(tmp_path / "b.geojson", LAMBETH), "--dry-run")

    assert Borough.objects.get(slug="lambeth").is_computed


def test_refused_features_are_counted(tmp_path):
    paris = feature(jagged(2.30, 48.80, 2.40, 48.90), name="Hackney")
    line = {"type": "Feature", "properties": {"name": "Camden"}, "geometry": {"type": "Point", "coordinates": [0, 51]}}
    unknown = feature(jagged(-0.14, 51.42, -0.11, 51.50), name="Leeds")

    out, err = run("import_boroughs", collection(tmp_path / "b.geojson", LAMBETH, LAMBETH, paris, line, unknown))

    assert out.startswith("1 outlines kept, 4 features refused.")
    assert sorted(line.split("  ")[-1].strip() for line in err.splitlines()) == [
        "a second outline of the same borough",
        "no borough of London has that name or code",
        "not a polygon",
        "not in London, or not in degrees of longitude and latitude",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>Sign in</body></html>",
        b'{"type": "FeatureCollection", "features": [',
        b'{"type": "Topology"}',
        b"[]",
        b'{"type": "FeatureCollection", "features": []}',
        b'{"type": "FeatureCollection", "features": [null, 3, {"properties": []}]}',
        gzip.compress(b'{"type": "FeatureCollection", "features": []}' * 50)[:-12],
        b"[" * 100_000,
    ],
    ids=["html", "cut", "topojson", "list", "empty", "strange", "truncated gzip", "deep"],
)
def test_broken_outlines_end_in_one_line_and_change_nothing(tmp_path, content):
    source = tmp_path / "b.geojson"
    source.write_bytes(content)

    with pytest.raises(CommandError) as error:
        run("import_boroughs", source)

    assert len(str(error.value).splitlines()) == 1
    assert not Borough.objects.filter(is_computed=False).exists()


def test_importing_fewer_than_all_leaves_the_others_computed(tmp_path):
    run("import_boroughs", collection(tmp_path / "b.geojson", LAMBETH))

    assert Borough.objects.filter(is_computed=True, outline__isnull=False).count() == 32
    assert isinstance(Borough.objects.get(slug="lambeth").outline, MultiPolygon)
    assert Borough.objects.get(slug="lambeth").outline.within(Polygon.from_bbox((-0.15, 51.41, -0.10, 51.51)))
