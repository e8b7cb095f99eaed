"""One parameter of a list's address each: what may be typed, and what it means.

Repeated or comma-separated values of one parameter mean *or*; different parameters mean *and*.
Each field says its own JSON schema, so that the API's description cannot drift from what is accepted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.gis.measure import D
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from community.clock import LONDON
from community.models import MAX_RADIUS, Language
from community.resolve import Found, resolve

DEFAULT_RADIUS_KM = 5.0
MIN_RADIUS_KM = 0.1
MAX_BOX_DEGREES = 20.0
MAX_VALUES = 50
MAX_WORDS = 200  # letters
YEARS = range(1900, 3000)
LOST_PLUS = re.compile(r" (\d\d:\d\d)$")  # a + that was not escaped in an address arrives as a space


class ManyInput(forms.TextInput):
    """All values of a parameter, however often it is repeated."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        values = data.getlist(name) if isinstance(data, QueryDict) else data.get(name, [])
        return [values] if isinstance(values, str) else list(values)

    def format_value(self, value: Any) -> str | None:
        return ",".join(value) if isinstance(value, list | tuple) else value


class Field(forms.Field):
    """One value; a parameter that is empty counts as not given, one that is repeated is refused."""

    widget = ManyInput
    schema: dict[str, Any] = {"type": "string"}
    default_error_messages = {"repeated": _("Give this only once.")}
    known: tuple[list[str], Any] | None = None  # what was typed, and what it means, where that was found out already

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"required": False})

    def clean(self, value: Any) -> Any:
        return self.known[1] if self.known and self.known[0] == value else self.make_out(value)

    def make_out(self, value: Any) -> Any:
        """What all that was typed for this parameter means; None where nothing was. Raises ValidationError."""
        given = [text.strip() for text in value or [] if text.strip()]
        if not given:
            return None
        if len(given) > 1:
            raise ValidationError(self.error_messages["repeated"], code="repeated")
        return self.read(given[0])

    def read(self, text: str) -> Any:
        """Turn what was typed into what it means; raises ValidationError."""
        return text

    def refuse(self, code: str, **facts: Any) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=facts)


class WordsField(Field):
    """What someone wishes for, in their own words."""

    schema = {"type": "string", "maxLength": MAX_WORDS}
    default_error_messages = {"max_length": _("Use at most %(limit)d characters.")}

    def read(self, text: str) -> str:
        if len(text) > MAX_WORDS:
            raise self.refuse("max_length", limit=MAX_WORDS)
        return text


class YesNoField(Field):
    schema = {"type": "boolean"}
    default_error_messages = {"invalid": _("Say true or false.")}
    meanings = {"true": True, "1": True, "false": False, "0": False}

    def read(self, text: str) -> bool:
        if text.lower() not in self.meanings:
            raise self.refuse("invalid")
        return self.meanings[text.lower()]


class MomentField(Field):
    """An instant with its offset, or a day, which stands for its first moment on London's clock."""

    schema = {"type": "string", "format": "date-time", "examples": ["2027-07-04T19:30:00+01:00"]}
    default_error_messages = {
        "invalid": _("Write a time with its offset, like 2027-07-04T19:30:00+01:00, or a date."),
    }

    def read(self, text: str) -> datetime:
        text = LOST_PLUS.sub(r"+\1", text)
        try:
            day = parse_date(text)
            moment = datetime.combine(day, time.min, LONDON) if day else parse_datetime(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or moment.year not in YEARS:
            raise self.refuse("invalid")
        return moment


class DayField(Field):
    """A day on London's clock."""

    schema = {"type": "string", "format": "date", "examples": ["2027-07-04"]}
    default_error_messages = {"invalid": _("Write a date like 2027-07-04.")}

    def read(self, text: str) -> date:
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            raise self.refuse("invalid")
        return day


class UUIDField(Field):
    schema = {"type": "string", "format": "uuid"}
    default_error_messages = {"invalid": _("This is not an id.")}

    def read(self, text: str) -> UUID:
        try:
            return UUID(text)
        except ValueError as error:
            raise self.refuse("invalid") from error


class RadiusField(Field):
    schema = {"type": "number", "minimum": MIN_RADIUS_KM, "maximum": MAX_RADIUS.km, "default": DEFAULT_RADIUS_KM}
    default_error_messages = {"invalid": _("A radius is a number of kilometres from 0.1 to 50.")}

    def read(self, text: str) -> D:
        number = _finite(text)
        if number is None or not MIN_RADIUS_KM <= number <= MAX_RADIUS.km:
            raise self.refuse("invalid")
        return D(km=number)


class PlaceField(Field):
    """A point as LAT,LNG, a postcode, or the name of a borough, a neighbourhood or a district."""

    schema = {"type": "string", "maxLength": 100, "examples": ["51.48,-0.12", "SW8 1UQ", "Stockwell"]}
    default_error_messages = {
        "unknown_place": _("We know no place by this name: try a postcode or a neighbourhood."),
        "out_of_range": _("A point is LAT,LNG in degrees: latitude from -90 to 90, longitude from -180 to 180."),
    }

    def read(self, text: str) -> Found:
        found = resolve(text)
        if found is None:
            raise self.refuse("out_of_range" if _is_pair(text) else "unknown_place")
        return found


def _is_pair(text: str) -> bool:
    """Whether a text is two numbers, of which ``nan`` and ``inf`` are two as well."""
    try:
        return len([float(part) for part in text.split(",")]) == 2
    except ValueError:
        return False


class BoxField(Field):
    """West, south, east and north, in degrees."""

    schema = {"type": "string", "examples": ["-0.15,51.45,-0.05,51.5"]}
    default_error_messages = {
        "invalid": _("A box is W,S,E,N in degrees: west before east, south before north."),
        "too_large": _("A box is at most %(limit)d degrees wide and high."),
    }

    def read(self, text: str) -> tuple[float, float, float, float]:
        numbers = [_finite(part) for part in text.split(",", 4)]
        if len(numbers) != 4 or None in numbers:
            raise self.refuse("invalid")
        west, south, east, north = (number for number in numbers if number is not None)
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise self.refuse("invalid")
        if max(east - west, north - south) > MAX_BOX_DEGREES:
            raise self.refuse("too_large", limit=MAX_BOX_DEGREES)
        return west, south, east, north


class ListField(Field):
    """Any of several values."""

    default_error_messages = {
        "unknown": _("“%(value)s” is not known here."),
        "too_many": _("Give at most %(limit)d values."),
    }

    @property
    def schema(self) -> dict[str, Any]:  # type: ignore[override]  # made of its items
        return {"type": "array", "items": self.items, "maxItems": MAX_VALUES}

    items: dict[str, Any] = {"type": "string"}

    def make_out(self, value: Any) -> list[Any] | None:
        parts = (part.strip() for text in value or [] for part in text.split(","))
        given = [part for part in parts if part]
        if len(given) > MAX_VALUES:
            raise self.refuse("too_many", limit=MAX_VALUES)
        return self.read_all(list(dict.fromkeys(given))) if given else None

    def read_all(self, given: list[str]) -> list[Any]:
        return given

    def refuse_unknown(self, value: str) -> ValidationError:
        return self.refuse("unknown", value=value[:50])


class ChoicesField(ListField):
    """Any of a few fixed words, or numbers."""

    def __init__(self, *, choices: Iterable[str | int], **options: Any) -> None:
        super().__init__(**options)
        self.choices = {str(choice): choice for choice in choices}
        kind = "integer" if all(isinstance(choice, int) for choice in self.choices.values()) else "string"
        self.items = {"type": kind, "enum": list(self.choices.values())}

    def read_all(self, given: list[str]) -> list[Any]:
        for value in given:
            if value not in self.choices:
                raise self.refuse_unknown(value)
        return [self.choices[value] for value in given]


class SlugsField(ListField):
    """Any of the slugs of a vocabulary; what comes of it is the slugs, or with ``keys`` the rows' own keys.

    A key spares the query a join, and lets an index on it deliver the rows in order.
    """

    def __init__(self, *, model: type[Model], keys: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.model = model
        self.keys = keys

    def read_all(self, given: list[str]) -> list[Any]:
        slugs = {value: slugify(value)[:50] for value in given}
        known = dict(self.model._default_manager.filter(slug__in=slugs.values()).values_list("slug", "pk"))
        for value, slug in slugs.items():
            if slug not in known:
                raise self.refuse_unknown(value)
        return list(dict.fromkeys(known[slug] if self.keys else slug for slug in slugs.values()))


class LanguagesField(ListField):
    """Any of these languages; a tag stands for its varieties too, so ``pt`` finds ``pt-AO`` (RFC 4647)."""

    items = {"type": "string", "examples": ["pt", "pt-BR", "kea"]}

    def read_all(self, given: list[str]) -> list[str]:
        known = list(Language.objects.values_list("tag", flat=True))
        tags: list[str] = []
        for value in given:
            wanted = value.lower()
            matching = [tag for tag in known if tag.lower() == wanted or tag.lower().startswith(f"{wanted}-")]
            if not matching:
                raise self.refuse_unknown(value)
            tags += matching
        return list(dict.fromkeys(tags))


class OrderField(Field):
    def __init__(self, *, choices: Iterable[str], **options: Any) -> None:
        super().__init__(**options)
        self.choices = list(choices)
        self.schema = {"type": "string", "enum": self.choices}

    default_error_messages = {"invalid": _("The order is one of %(choices)s.")}

    def read(self, text: str) -> str:
        if text not in self.choices:
            raise self.refuse("invalid", choices=", ".join(self.choices))
        return text


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
