"""What a list can be asked for, by its pages and by the API alike: places, lists of words, times, an order.

Repeated or comma-separated values of one parameter mean *or*; different parameters mean *and*.
Each field says its own JSON schema, so that the API's description cannot drift from what is accepted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.measure import D
from django.core.exceptions import ValidationError
from django.db.models import FloatField, Model, QuerySet
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from community.cursors import Order
from community.models import MAX_RADIUS, Language, TownQuerySet
from community.resolve import Found, resolve
from community.search import PLACE, Wish, understand

Rows = TypeVar("Rows", bound=TownQuerySet)

LONDON = ZoneInfo("Europe/London")
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

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"required": False})

    def clean(self, value: Any) -> Any:
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
        "unknown_place": _("No place is known by this name: give a postcode, a neighbourhood, or LAT,LNG."),
    }

    def read(self, text: str) -> Found:
        found = resolve(text)
        if found is None:
            raise self.refuse("unknown_place")
        return found


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

    def clean(self, value: Any) -> list[Any] | None:
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


class Parameter(django_filters.Filter):
    """A parameter of a list: a field, and the method or lookup that keeps the rows."""

    def __init__(self, field: type[Field], **options: Any) -> None:
        self.field_class = field
        super().__init__(**options)

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs if value is None or self.field_name is None else super().filter(qs, value)


class FilterForm(forms.Form):
    """The parameters together: an order may need another of them."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        order = given.get("ordering")
        if order == "distance" and not given.get("near") and "near" not in self.errors:
            self.add_error("ordering", ValidationError(_("An order by distance needs “near”."), code="needs_near"))
        if order == "relevance" and not given.get("q") and "q" not in self.errors:
            self.add_error("ordering", ValidationError(_("An order by relevance needs “q”."), code="needs_q"))
        return given


class TownFilterSet(django_filters.FilterSet, Generic[Rows]):
    """What every list of places can be asked: words, an area, an order.

    ``at`` is the moment it is asked. Once valid, ``qs`` holds the rows, ``order`` how they are
    sorted (for ``community.cursors``), ``around`` and ``wish`` what was understood.
    """

    q = Parameter(WordsField, method="leave", label=_("Words to search for, in either language"))
    near = Parameter(PlaceField, method="leave", label=_("Around a point (LAT,LNG), a postcode or a place’s name"))
    radius_km = Parameter(RadiusField, method="leave", label=_("How far from there, in kilometres"))
    bbox = Parameter(BoxField, method="keep_inside", label=_("Inside a box: W,S,E,N in degrees"))
    updated_since = Parameter(MomentField, field_name="updated_at", lookup_expr="gte", label=_("Changed since"))

    default_order: ClassVar[str]
    first_ranked: ClassVar[tuple[str, ...]]  # of a common word only so many are ranked: the first in this order
    recognised: ClassVar[tuple[str, ...]] = (PLACE,)  # what of a wish this list can act on, apart from words

    class Meta:
        form = FilterForm

    def __init__(self, data: QueryDict | None = None, *, at: datetime | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.at = at or now()

    @cached_property
    def wish(self) -> Wish | None:
        """What the words ask for, spelling forgiven; None without words."""
        words = self.given("q")
        return understand(words, recognise=self.recognised) if words else None

    @cached_property
    def around(self) -> Found | None:
        """The place that was meant: the one given as ``near``, else one named among the words."""
        return self.given("near") or (resolve(self.wish.place) if self.wish and self.wish.place else None)

    @property
    def ordering(self) -> str:
        """The name of the order: the one asked for, else by relevance where words are given, else the default."""
        asked = self.given("ordering")
        if asked and asked != "relevance":
            return asked
        if self.wish and self.wish.query:
            return "relevance"
        return "distance" if self.wish and self.around else self.default_order

    @property
    def order(self) -> Order:
        """The sort keys of that order."""
        raise NotImplementedError

    def given(self, name: str) -> Any:
        """The value of one parameter, or None."""
        return self.form.cleaned_data.get(name)

    def unknown(self, *, besides: Iterable[str] = ()) -> list[str]:
        """Names of parameters that were given and mean nothing here."""
        return sorted(set(self.data or ()) - set(self.filters) - set(besides))

    def filter_queryset(self, queryset: Rows) -> Rows:
        queryset = super().filter_queryset(queryset)
        if self.around:
            point, within = self.around.location, self.given("radius_km") or D(km=DEFAULT_RADIUS_KM)
            queryset = queryset.within(point, within=within).annotate(metres=GeometryDistance("location", point))
        if self.wish:
            queryset = self.fulfil(queryset, self.wish)
            if self.ordering == "relevance":
                first = ("metres",) if self.around else self.first_ranked
                ranked = queryset.order_by(*first).best_first(self.wish)
                # PostgreSQL ranks in single precision, whose text is not exact; a cursor needs the exact value.
                queryset = ranked.annotate(relevance=Cast("rank", FloatField()))
        if self.ordering == "distance":
            return queryset.order_by("metres")  # alone, for the index: see PlaceQuerySet.near
        return queryset.order_by(*self.order.by())

    def nearest(self, around: Found) -> Order:
        """The order by distance from the place that was meant."""

        def reach(queryset: Rows, metres: float) -> Rows:
            # Metres are measured on a sphere here, up to 0.6 % off: more is reached for, and then cut exactly.
            return queryset.reaching(around.location, within=D(m=metres * 1.01 + 1)).filter(metres__lte=metres)

        return Order(("metres", "pk"), reach=reach)

    def fulfil(self, queryset: Rows, wish: Wish) -> Rows:
        """Keep what has the words of a wish, and what else it asked for."""
        return queryset.matching(wish)

    def leave(self, queryset: Rows, name: str, value: Any) -> Rows:
        """Some parameters mean something only together: see ``filter_queryset``."""
        return queryset

    def keep_inside(self, queryset: Rows, name: str, box: tuple[float, float, float, float]) -> Rows:
        return queryset.inside(*box)
