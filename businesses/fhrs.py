"""Reading the Food Standards Agency's register of food businesses (FHRS), and judging its rows.

Takes the open data as CSV and as the API's or the open files' JSON, a row at a time. Names and
addresses are tidied as they would be painted on the door; nothing about the rating is read at all.
"""

from __future__ import annotations

import csv
import html
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from businesses.lusophone import fold
from community.incoming import Text, Unreadable

PIECE = 64 * 1024
MAX_OBJECT = 1024**2
COLUMNS = ("FHRSID", "BusinessName", "BusinessType", "PostCode", "LocalAuthorityName")
ADDRESS = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4")
SURPLUS = "more than the header names"
LISTS = {"establishments", "fhrsestablishment", "establishmentcollection", "establishmentdetail"}

# Kinds of the register behind which a private home may stand: childminders, cake makers, vans parked at home.
AT_HOME = {
    "Caring Premises",
    "Hospitals/Childcare/Caring Premises",
    "Mobile caterer",
    "Other catering premises",
}
NOT_A_SHOP = {"School/college/university", "Distributors/Transporters", "Importers/Exporters", "Farmers/growers"}


class Refused(Exception):
    """A row cannot be taken; the message is the reason."""


class Establishment(NamedTuple):
    """One row of the register, tidied."""

    fhrs_id: int
    name: str
    kind: str
    address: str
    postcode: str
    authority: str
    longitude: float | None
    latitude: float | None


def read(text: Text) -> Iterator[dict[str, str]]:
    """The rows of a source, CSV or JSON, as they stand. Raises Unreadable if it is neither."""
    if text.head.startswith((b"{", b"[")):
        yield from (_flat(row) for row in _json_rows(text))
    else:
        yield from _csv_rows(text)


def judge(row: dict[str, str]) -> Establishment:
    """Tidy a row. Raises Refused with the reason if it cannot be taken."""
    if SURPLUS in row:
        raise Refused("more columns than the header names")
    number = row.get("FHRSID", "").strip()
    if not is_number(number):
        raise Refused("no FHRS number")
    name = tidy_name(row.get("BusinessName", ""))
    if not name:
        raise Refused("no name")
    if len(name) > 200:
        raise Refused("a name of more than 200 letters")
    postcode = tidy_postcode(row.get("PostCode", ""))
    if not postcode:
        raise Refused("no full postcode" if not row.get("PostCode", "").strip() else "not a postcode")
    longitude, latitude = _point(row.get("Longitude", ""), row.get("Latitude", ""))
    return Establishment(
        int(number), name, row.get("BusinessType", "").strip(), tidy_address(row, name, postcode), postcode,
        row.get("LocalAuthorityName", "").strip(), longitude, latitude,
    )  # fmt: skip


def is_number(text: str) -> bool:
    """Whether this can be a number of the register."""
    return text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0


# Reading -------------------------------------------------------------------------------------------


def _csv_rows(text: Text) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(text, restkey=SURPLUS, restval="")
    try:
        columns = {name.strip().lower(): name for name in reader.fieldnames or ()}
        missing = [name for name in COLUMNS if name.lower() not in columns]
        if missing:
            raise Unreadable(f"This is not the FHRS register: no column {', '.join(missing)}.")
        wanted = {name: columns.get(name.lower()) for name in (*COLUMNS, *ADDRESS, "Longitude", "Latitude")}
        for row in reader:
            yield {name: row[column] if column else "" for name, column in wanted.items()} | (
                {SURPLUS: "yes"} if SURPLUS in row else {}
            )
    except csv.Error as error:
        raise Unreadable(f"The source is not CSV: {error} (row {reader.line_num:,}).") from error


def _json_rows(text: Text) -> Iterator[dict[str, Any]]:
    """The objects of the list of establishments, holding one at a time."""
    stream, depth = _Json(text), 0
    while stream.take_one_of("{[") == "{":
        depth += 1
        while True:
            key = stream.value()
            stream.take_one_of(":")
            if isinstance(key, str) and key.lower() in LISTS:
                break
            _insist_on_all_pages(key, stream.value())
            if stream.take_one_of(",}") == "}":
                raise Unreadable("There is no list of establishments in this JSON.")
    while stream.peek() != "]":
        row = stream.value()
        if not isinstance(row, dict):
            raise Unreadable("The list of establishments holds something else.")
        yield row
        if stream.peek() == "]":
            break
        stream.take_one_of(",")
    stream.take_one_of("]")
    for _ in range(depth):
        while stream.take_one_of(",}") == ",":
            key = stream.value()
            stream.take_one_of(":")
            _insist_on_all_pages(key, stream.value())
    stream.drain()


def _insist_on_all_pages(key: Any, value: Any) -> None:
    """Refuse one page of an answer of the register's API: what stands on the others would be taken for gone."""
    pages = value.get("totalPages") if key == "meta" and isinstance(value, dict) else None
    if isinstance(pages, int) and pages > 1:
        raise Unreadable(
            f"This is one page of {pages}. Ask the register for all at once (pageSize=0), or take its file."
        )


class _Json:
    """JSON read value by value from a stream, in little memory."""

    def __init__(self, text: Text) -> None:
        self._held, self._at, self._text = "", 0, text
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """The next character that is not white space."""
        while True:
            while self._at < len(self._held):
                if not self._held[self._at].isspace():
                    return self._held[self._at]
                self._at += 1
            if not self._more():
                raise Unreadable("The JSON is cut short.")

    def take_one_of(self, signs: str) -> str:
        """The next sign, which must be one of these."""
        sign = self.peek()
        if sign not in signs:
            raise Unreadable(f"This is not the register's JSON: {sign!r} where one of {signs} was expected.")
        self._at += 1
        return sign

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except (ValueError, RecursionError) as error:
                if len(self._held) - self._at > MAX_OBJECT or isinstance(error, RecursionError):
                    raise Unreadable("This is not the register's JSON.") from error
                if not self._more():
                    raise Unreadable("The JSON is cut short or damaged.") from error
                continue
            if end < len(self._held) or not self._more():  # a number may go on
                self._at = end
                return value

    def drain(self) -> None:
        """Read to the end, so that an archive cut short after the list is noticed too."""
        while self._more():
            self._at = len(self._held)

    def _more(self) -> bool:
        piece = self._text.read(PIECE)
        self._held, self._at = self._held[self._at :] + piece, 0
        return bool(piece)


def _flat(row: dict[str, Any]) -> dict[str, str]:
    """A row of JSON with the names of the CSV."""
    lower = {name.lower(): value for name, value in row.items()}
    place = lower.get("geocode")
    if isinstance(place, dict):
        lower |= {name.lower(): value for name, value in place.items()}
    names = (*COLUMNS, *ADDRESS, "Longitude", "Latitude")
    values = ((name, lower.get(name.lower())) for name in names)
    return {name: str(value) if isinstance(value, (str, int, float)) else "" for name, value in values}


# Tidying -------------------------------------------------------------------------------------------

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
_TRADING_AS = re.compile(r"^.*?\b(?:ltd|limited)\.?,? \(?t/a\)? (?=\S)", re.IGNORECASE)
_COMPANY = re.compile(r",? (?:ltd|limited)\.?$", re.IGNORECASE)
_SMALL = {"a", "and", "at", "by", "da", "das", "de", "do", "dos", "e", "for", "in", "of", "on", "or", "the", "to"}
_CODE = re.compile(r"[A-Z]{1,2}[0-9]{1,2}|[0-9]{1,2}[A-Z]")  # E8, A1, 5B
_CAPITAL = {"AFC", "BBQ", "CIC", "DJ", "FC", "HQ", "II", "III", "IV", "KFC", "UK", "USA", "YMCA"}


def tidy_postcode(text: str) -> str:
    """A full postcode in capitals with its one space, or nothing."""
    found = _POSTCODE.fullmatch(" ".join(text.upper().split()))
    return f"{found[1]} {found[2]}" if found else ""


def tidy_name(text: str) -> str:
    """A name as over the door: without stray backslashes and quotes, code-page accidents, capitals and Ltd."""
    name = re.sub(r"\\+(?=[^\w\s])", "", html.unescape(text))
    name = re.sub(r"(?<=\w)[`´Æ?\x92](?=s\b)", "'", name)  # three code pages' idea of an apostrophe
    name = re.sub(r"\b([Cc]af|CAF)[‚\x82]", r"\1é", name)
    name = " ".join(name.replace("`", "'").split())
    name = _TRADING_AS.sub("", name)
    name = _COMPANY.sub("", name).strip(' "*,;:-')
    name = name if "(" in name else name.rstrip(" )")
    return " ".join(_cased(name.split())) if name.isupper() or name.islower() else name


def _cased(words: list[str]) -> Iterator[str]:
    for place, word in enumerate(words):
        bare = word.strip("()[],.&'\"").upper()
        has_vowel = any(letter in "AEIOUY" for letter in fold(bare).upper())
        if bare in _CAPITAL or _CODE.fullmatch(bare) or (len(bare) > 1 and bare.isalpha() and not has_vowel):
            yield word.upper()
        elif place and bare.lower() in _SMALL:
            yield word.lower()
        else:
            yield re.sub(r"(?<![\w'’])\w|(?<=\bo['’])\w(?=\w)", lambda m: m[0].upper(), word.lower())


def tidy_address(row: dict[str, str], name: str, postcode: str) -> str:
    """The lines of an address on one, each once; without London, the postcode and the name, which stand beside it."""
    lines: list[str] = []
    known = {fold(name), "london", fold(postcode), ""}
    for column in ADDRESS:
        line = html.unescape(row.get(column, "")).replace("\\", "")
        line = re.sub(re.escape(postcode), "", line, flags=re.IGNORECASE)
        line = re.sub(r"\s+london\s*$", "", " ".join(line.split()), flags=re.IGNORECASE).strip(" ,;")
        if fold(line) in known:
            continue
        known.add(fold(line))
        line = " ".join(_cased(line.split())) if line.isupper() and any(c.isalpha() for c in line) else line
        if lines and re.fullmatch(r"[0-9]+[A-Za-z]?(?: ?[-/] ?[0-9]+[A-Za-z]?)?", lines[-1]):
            lines[-1] = f"{lines[-1]} {line}"  # a house number that got a line of its own
        else:
            lines.append(line)
    while len(address := ", ".join(lines)) > 200:
        lines.pop()
    return address


def _point(longitude: str, latitude: str) -> tuple[float, float] | tuple[None, None]:
    """The coordinates, to a tenth of a metre, or nothing where they are not on these islands."""
    try:
        east, north = round(float(longitude), 6), round(float(latitude), 6)
    except ValueError:
        return None, None
    if not (math.isfinite(east) and math.isfinite(north) and -9 < east < 3 and 49 < north < 61):
        return None, None
    return east, north


# What it is ----------------------------------------------------------------------------------------

_BY_NAME = (
    ("butcher", r"butcher\w*|talho|acougue|carnes?|halal meats?|meat (?:market|shop|centre|grocery)|meats"),
    ("pastry", r"pastelarias?|confeitaria|patisserie|pasteis|natas?|brigadeiros?|cakes?|desserts?|gelato|chocolates?"),
    ("bakery", r"baker(?:y|s|ies)|padarias?|boulangerie|panaderia|bread"),
    ("pharmacy", r"pharmac(?:y|ies)|chemists?"),
    ("cafe", r"cafes?|caffe|cafeteria|coffee|espresso|tea ?rooms?|tea ?house|snack bar|lanchonete"),
    ("grocery", r"mercearia|mercadinho|grocer\w*|supermarket|mini ?mart|mini ?market|deli|delis|delicatessen|armazem"),
    ("restaurant", r"restaurante?|churrasc\w+|churrasqueira|rodizio|tasca|tasquinha|grill|marisqueira|adega"),
)  # fmt: skip
_HINTS = [(slug, re.compile(rf"\b(?:{words})\b")) for slug, words in _BY_NAME]
_BY_KIND = {
    "Restaurant/Cafe/Canteen": ("restaurant", {"cafe", "pastry", "bakery"}),
    "Takeaway/sandwich shop": ("restaurant", {"cafe", "pastry", "bakery", "butcher", "grocery"}),
    "Pub/bar/nightclub": ("other", {"restaurant", "cafe"}),
    "Retailers - other": ("grocery", {"butcher", "pastry", "bakery", "pharmacy", "cafe", "restaurant"}),
    "Retailers - supermarkets/hypermarkets": ("grocery", {"butcher"}),
    "Manufacturers/packers": ("other", {"butcher", "pastry", "bakery"}),
    "School/college/university": ("school", set()),
}


def type_of(name: str, kind: str) -> str:
    """The slug of our type for a name and the register's kind: the kind decides, the name refines."""
    usual, possible = _BY_KIND.get(kind, ("other", set()))
    folded = fold(name)
    return next((slug for slug, hint in _HINTS if slug in possible and hint.search(folded)), usual)
