from __future__ import annotations

import csv
import gzip
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from businesses import fhrs
from businesses.lusophone import is_lusophone
from businesses.models import Business, Delisting
from community.incoming import MAX_LINE, Unreadable
from community.models import Borough, Postcode
from tests.databases import as_role
from tests.factories import BusinessFactory

CAFE = "Restaurant/Cafe/Canteen"
SHOP = "Retailers - other"
STOCKWELL = Point(-0.123, 51.472, srid=4326)


@pytest.fixture
def _as_owner(db):
    with as_role("owner"):
        Postcode.objects.create(code="SW8 9ZZ", borough=Borough.objects.get(slug="lambeth"), location=STOCKWELL)
        yield


town = pytest.mark.usefixtures("_as_owner")


def row(number: int = 101, name: str = "Pastelaria Azul", **changed: object) -> dict[str, object]:
    """An invented row of the register; the ratings are there to be left alone."""
    return {
        "FHRSID": number,
        "BusinessName": name,
        "BusinessType": SHOP,
        "AddressLine1": "",
        "AddressLine2": "12 South Lambeth Road",
        "AddressLine3": "",
        "AddressLine4": "London",
        "PostCode": "SW8 9ZZ",
        "RatingValue": "1",
        "RatingDate": "1901-01-01T00:00:00",
        "LocalAuthorityName": "Lambeth",
        "longitude": "-0.1235",
        "latitude": "51.4725",
    } | changed


def as_csv(path: Path, *rows: dict[str, object]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row().keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_json(path: Path, *rows: dict[str, object]) -> Path:
    shops = []
    for each in rows:
        shop = dict(each)
        shop["geocode"] = {"longitude": shop.pop("longitude"), "latitude": shop.pop("latitude")}
        shops.append(shop)
    path.write_text(json.dumps({"meta": {"pageSize": 5000}, "establishments": shops, "links": []}))
    return path


def run(source: Path | str, *args: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_fhrs", str(source), *args, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def said(*, added=0, changed=0, same=0, owned=0, refused=0, passed=0, gone=0, end=".") -> str:
    return (
        f"{added} added, {changed} changed, {same} as they were, {owned} left to their owners, {refused} refused, "
        f"{passed} passed over; {gone} no longer in the register{end}"
    )


def everything() -> list[tuple]:
    """All that is stored about all businesses, search words included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM businesses_business ORDER BY fhrs_id")
        return cursor.fetchall()


# Taking in -----------------------------------------------------------------------------------------


@town
@pytest.mark.parametrize("write", [as_csv, as_json])
def test_a_lusophone_shop_becomes_an_unclaimed_listing(tmp_path, write):
    out, err = run(write(tmp_path / "r", row(), row(102, "Golden Dragon")))

    assert (out, err) == (said(added=1, passed=1), "")
    shop = Business.objects.get()
    assert (shop.fhrs_id, shop.name, shop.slug) == (101, "Pastelaria Azul", "pastelaria-azul-2t")
    assert (shop.type.slug, shop.address, shop.postcode) == ("pastry", "12 South Lambeth Road", "SW8 9ZZ")
    assert (shop.borough.slug, shop.location.coords) == ("lambeth", (-0.1235, 51.4725))
    assert shop.is_imported
    assert not shop.languages.exists()
    assert (shop.verified_at, shop.confirmed_at, shop.opening_hours) == (None, None, "")


@town
def test_the_second_run_changes_nothing_at_all(tmp_path):
    source = as_csv(tmp_path / "r", row(), row(102, "Café Lisboa", BusinessType=CAFE))
    run(source)
    before = everything()

    out, _ = run(source)

    assert out == said(same=2)
    assert everything() == before


@town
def test_only_what_differs_is_changed_and_the_address_of_its_page_stays(tmp_path):
    run(as_csv(tmp_path / "r", row(), row(102, "Café Lisboa")))
    untouched = everything()[1]

    out, _ = run(as_csv(tmp_path / "r", row(name="Padaria Azul", latitude="51.4730"), row(102, "Café Lisboa")))

    assert out == said(changed=1, same=1)
    shop = Business.objects.get(fhrs_id=101)
    assert (shop.name, shop.slug, shop.type.slug) == ("Padaria Azul", "pastelaria-azul-2t", "bakery")
    assert shop.location.coords == (-0.1235, 51.473)
    assert everything()[1] == untouched
    assert Business.objects.filter(search="padaria").count() == 1


@town
@pytest.mark.parametrize(
    "care", [{"verified_at": datetime(2026, 5, 1, tzinfo=UTC)}, {"confirmed_at": date(2026, 5, 1)}]
)
def test_what_an_owner_or_the_desk_has_confirmed_is_never_overwritten(tmp_path, care):
    BusinessFactory(fhrs_id=101, name="A do Zé", **care)

    out, _ = run(as_csv(tmp_path / "r", row()))

    assert out == said(owned=1)
    assert Business.objects.get().name == "A do Zé"


@town
def test_a_removed_listing_stays_out(tmp_path):
    Delisting.objects.create(fhrs_id=101)

    out, err = run(as_csv(tmp_path / "r", row()))

    assert (out, err) == (said(refused=1), "1  its owner had the listing removed")
    assert not Business.objects.exists()


@town
def test_an_operator_names_what_no_name_tells(tmp_path):
    ids = tmp_path / "ids"
    ids.write_text("# from our members\n102  # the Silvas'\n")

    out, _ = run(as_csv(tmp_path / "r", row(101, "Golden Dragon"), row(102, "Corner Shop")), "--ids", str(ids))

    assert out == said(added=1, passed=1)
    assert Business.objects.get().name == "Corner Shop"


@town
def test_all_takes_everything_but_homes(tmp_path):
    source = as_csv(
        tmp_path / "r",
        row(101, "Golden Dragon"),
        row(102, "Ana’s Childminding", BusinessType="Hospitals/Childcare/Caring Premises"),
    )

    out, err = run(source, "--all")

    assert (out, err) == (said(added=1, refused=1), "1  may be someone's home")
    assert Business.objects.get().name == "Golden Dragon"


@town
def test_a_dry_run_says_what_it_would_do_and_does_nothing(tmp_path):
    out, _ = run(as_csv(tmp_path / "r", row()), "--dry-run")

    assert out == said(added=1) + " Dry run: nothing was kept."
    assert not Business.objects.exists()


@town
def test_what_left_the_register_is_kept_until_the_operator_prunes(tmp_path):
    run(as_csv(tmp_path / "r", row(), row(102, "Café Lisboa"), row(103, "Tasquinha", LocalAuthorityName="Camden")))
    Business.objects.filter(fhrs_id=103).update(borough=Borough.objects.get(slug="camden"))
    BusinessFactory(fhrs_id=104, name="Claimed", verified_at=datetime(2026, 5, 1, tzinfo=UTC))
    BusinessFactory(name="Never in any register")
    later = as_csv(tmp_path / "r", row())  # Lambeth alone

    assert run(later)[0] == said(same=1, gone=1)
    assert run(later, "--prune")[0] == said(same=1, gone=1, end=", removed.")
    assert set(Business.objects.values_list("name", flat=True)) == {
        "Pastelaria Azul", "Tasquinha", "Claimed", "Never in any register",
    }  # fmt: skip


@town
def test_a_slug_that_someone_else_has_is_stepped_around(tmp_path):
    BusinessFactory(slug="pastelaria-azul-2t")

    run(as_csv(tmp_path / "r", row()))

    assert Business.objects.get(fhrs_id=101).slug == "pastelaria-azul-2t-fhrs"


# Places --------------------------------------------------------------------------------------------


@town
@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [("", ""), ("NaN", "51.5"), ("-0.12", "inf"), ("0", "0"), ("-0.123", "51.6")],
    ids=["none", "nan", "infinite", "off the islands", "14 km from its postcode"],
)
def test_the_postcode_says_where_when_the_coordinates_do_not(tmp_path, longitude, latitude):
    run(as_csv(tmp_path / "r", row(longitude=longitude, latitude=latitude)))

    assert Business.objects.get().location.coords == STOCKWELL.coords


@town
def test_every_refused_row_is_written_down_with_its_reason(tmp_path):
    source = as_csv(
        tmp_path / "r",
        row(101, longitude="", latitude="", PostCode="SW8 8XX"),
        row(102, PostCode=""),
        row(103, PostCode="SW8"),
        row(104, LocalAuthorityName="Dover", PostCode="CT16 9ZZ"),
        row(105, longitude="-3.5", latitude="55.9", PostCode="SW8 8XX"),
        row("x106"),
        row(107, name="Pastelaria " + "a" * 200),
        row(108),
    )

    out, _ = run(source, "--report", str(tmp_path / "refused.csv"))

    assert out == said(added=1, refused=7)
    with (tmp_path / "refused.csv").open() as file:
        assert {(line["row"], line["reason"]) for line in csv.DictReader(file)} == {
            ("1", "no coordinates, and a postcode that is not known"),
            ("2", "no full postcode"),
            ("3", "not a postcode"),
            ("4", "outside London"),
            ("5", "coordinates far from its borough"),
            ("6", "no FHRS number"),
            ("7", "a name of more than 200 letters"),
        }


# Bad input -----------------------------------------------------------------------------------------

GOOD = gzip.compress(json.dumps({"establishments": [row(number) for number in range(1, 200)]}).encode())
HEADER = b"FHRSID,BusinessName,BusinessType,PostCode,LocalAuthorityName\n"
BAD = {
    "truncated gzip": (GOOD[:-20], "The archive is cut short."),
    "damaged gzip": (GOOD[:-8] + b"12345678", "The archive is damaged."),
    "a web page": (
        b"\n<!DOCTYPE html><title>Not found</title>",
        "The source is a web page or XML, not the data itself.",
    ),
    "nothing": (b"", "The source is empty."),
    "wrong columns": (b"name,lat\na,1\n", "This is not the FHRS register: no column FHRSID, "),
    "no rows": (HEADER, "There is no establishment in it."),
    "a line without end": (b"a" * (MAX_LINE + 10), "Line 1 is longer than "),
    "broken text": (HEADER + b"1,Caf\xe9,,SW8 9ZZ,Lambeth\n", "The source is not UTF-8 text"),
    "zeros": (HEADER + b"1,Caf\0,,SW8 9ZZ,Lambeth\n", "The source is not text"),
    "an open quotation": (HEADER + b'1,"' + b"Caf\n" * 50_000, "The source is not CSV: "),
    "cut JSON": (b'{"establishments": [{"FHRSID": 1, "Busine', "The JSON is cut short or damaged."),
    "other JSON": (
        b'{"type": "FeatureCollection", "features": []}',
        "There is no list of establishments in this JSON.",
    ),
    "strange JSON": (b'{"establishments": [1, 2]}', "The list of establishments holds something else."),
    "one page of many": (
        b'{"establishments": [{"FHRSID": 1}], "meta": {"totalPages": 3}}',
        "This is one page of 3.",
    ),
    "one page of many, said first": (b'{"meta": {"totalPages": 2}, "establishments": []}', "This is one page of 2."),
    "deep JSON": (b'{"establishments": ' + b"[" * 100_000, "This is not the register's JSON."),
}


@town
@pytest.mark.parametrize("kind", BAD)
def test_bad_input_ends_in_one_line_and_changes_nothing(tmp_path, kind):
    run(as_csv(tmp_path / "good", row()))
    before = everything()
    content, message = BAD[kind]
    (tmp_path / "bad").write_bytes(content)

    with pytest.raises(CommandError) as refusal:
        run(tmp_path / "bad", "--all")

    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)
    assert everything() == before


@town
def test_an_archive_is_taken_whole_from_a_file_or_an_address(tmp_path):
    (tmp_path / "r.gz").write_bytes(GOOD)
    assert run(tmp_path / "r.gz")[0] == said(added=199)

    with served(tmp_path) as address:
        assert run(f"{address}/r.gz")[0] == said(same=199)
        with pytest.raises(CommandError, match="File not found"):
            run(f"{address}/nothing.gz")


@town
def test_the_open_files_own_json_is_read_too(tmp_path):
    rows = [row(), row(102)]
    of_the_file = {"FHRSEstablishment": {"Header": {"#text": ""}, "EstablishmentCollection": rows}}
    (tmp_path / "r.json").write_text(json.dumps(of_the_file))

    assert run(tmp_path / "r.json")[0] == said(added=2)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """An address at which the files of a folder can be fetched."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@town
def test_a_number_that_stands_in_it_twice_stops_the_import(tmp_path):
    with pytest.raises(Unreadable, match=r"FHRS number 101 stands in it more than once \(rows 1 and 3\)"):
        run(as_csv(tmp_path / "r", row(), row(102), row(name="Golden Dragon")))

    assert not Business.objects.exists()


@town
def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CommandError, match="nowhere: No such file"):
        run(tmp_path / "nowhere")


@town
def test_a_list_of_numbers_must_hold_numbers(tmp_path):
    (tmp_path / "ids").write_text("101\nLisboa\n")
    with pytest.raises(CommandError, match="'Lisboa' is not an FHRS number"):
        run(as_csv(tmp_path / "r", row()), "--ids", str(tmp_path / "ids"))


# Tidying and judging -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        (r"Fish \& Chips", "Fish & Chips"),
        ('"Casa Azul"', "Casa Azul"),
        ("CAFÉ DA MANHÃ", "Café da Manhã"),
        ("O'BRIEN'S BBQ GRILL", "O'Brien's BBQ Grill"),
        ("KFC", "KFC"),
        ("HASH E8", "Hash E8"),
        ("1st choice", "1st Choice"),
        ("Baldev?s Food", "Baldev's Food"),
        ("Which? Books", "Which? Books"),
        ("Daddy`s   Caf‚", "Daddy's Café"),
        ("Azul Foods Ltd T/A Padaria Azul", "Padaria Azul"),
        ("Azul Foods Limited", "Azul Foods"),
        ("Tom &amp; Ana", "Tom & Ana"),
        ("Ltd", "Ltd"),
        ("  ", ""),
    ],
)
def test_a_name_reads_as_over_the_door(written, tidy):
    assert fhrs.tidy_name(written) == tidy


@pytest.mark.parametrize(
    ("lines", "tidy"),
    [
        (("", "49 Chalk Farm Road", "", "London"), "49 Chalk Farm Road"),
        (("", "45", "Grove Vale", "London"), "45 Grove Vale"),
        (("Azul", "UNIT 2", "1-3 HIGH ROAD LONDON SW8 9ZZ", ""), "Unit 2, 1-3 High Road"),
        (("12 High Road", "12 High Road", "SW8 9ZZ", "LONDON"), "12 High Road"),
        (("a" * 150, "b" * 100, "", ""), "a" * 150),
    ],
)
def test_an_address_stands_on_one_line_without_repeating_itself(lines, tidy):
    assert fhrs.tidy_address(dict(zip(fhrs.ADDRESS, lines, strict=True)), "Azul", "SW8 9ZZ") == tidy


@given(st.text(max_size=80))
@example("Aa )")
def test_tidying_twice_is_tidying_once_and_never_fails(text):
    name = fhrs.tidy_name(text)
    assert name == name.strip()
    assert fhrs.tidy_postcode(fhrs.tidy_postcode(text)) == fhrs.tidy_postcode(text)
    fhrs.tidy_address({"AddressLine1": text, "AddressLine3": text}, name, "SW8 9ZZ")


@pytest.mark.parametrize(
    ("name", "kind", "slug"),
    [
        ("Cantinho", CAFE, "restaurant"),
        ("Café Azul", CAFE, "cafe"),
        ("Pastelaria Azul", CAFE, "pastry"),
        ("Padaria Azul", "Takeaway/sandwich shop", "bakery"),
        ("Talho do Bairro", SHOP, "butcher"),
        ("Azul", SHOP, "grocery"),
        ("Azul Butchers", "Retailers - supermarkets/hypermarkets", "butcher"),
        ("Azul", "Pub/bar/nightclub", "other"),
        ("Azul Pharmacy", SHOP, "pharmacy"),
        ("Azul", "A kind of the future", "other"),
    ],
)
def test_the_kind_decides_and_the_name_refines(name, kind, slug):
    assert fhrs.type_of(name, kind) == slug


@pytest.mark.parametrize(
    "name",
    [
        "Pastelaria Azul", "LISBOA DELI", "Café Açores", "Cachupa da Avó", "Casa do Mar", "Sabor do Norte",
        "Ferreira Delicatessen", "O Saloio", "Churrasqueira", "Brasil Meats", "Cabo Verde Kitchen", "Café São Vicente",
        "Made in Portugal", "Frango's Grill", "A Tasquinha", "Pão de Queijo", "Bom Sabor", "Açaí Bar",
    ],
)  # fmt: skip
def test_a_lusophone_name_is_known(name):
    assert is_lusophone(name)


@pytest.mark.parametrize(
    "name",
    [
        "Santos", "Porto Fino", "Madeira Road Stores", "Madeira Cake Company", "Rio Cinema", "Costa Coffee", "Nando's",
        "Amigos Burgers", "La Tasca", "Gaucho", "Portobello Grill", "The Guinea Grill", "Equatorial Guinea Foods",
        "Rooster Piri Piri", "Da Mario", "Sabor Peruano", "Delicias Colombianas", "St Martins", "SushiSamba",
        "Pinto Thai", "O Burger", "Drink Shop & Do", "Renata's", "",
    ],
)  # fmt: skip
def test_a_false_friend_is_not(name):
    assert not is_lusophone(name)
