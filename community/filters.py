"""What a list can be asked for, by its pages and by the API alike: places, lists of words, times, an order."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

import django_filters
from django import forms
from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.measure import D
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from community.asides import ASIDES, SPOKEN
from community.cursors import Order, first_of
from community.fields import (
    DEFAULT_RADIUS_KM,
    BoxField,
    Field,
    LanguagesField,
    MomentField,
    PlaceField,
    RadiusField,
    WordsField,
)
from community.models import TownQuerySet
from community.resolve import Found, resolve
from community.search import Wish, understand

FEW = 500

Rows = TypeVar("Rows", bound=TownQuerySet)


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

    ``at`` is the moment it is asked; ``for_people`` that a page asks, where near somewhere means nearest
    first unless another order is asked for. Once valid, ``qs`` holds the rows, ``order`` how they are
    sorted (for ``community.cursors``), ``around`` and ``wish`` what was understood.
    """

    q = Parameter(WordsField, method="leave", label=_("Words to search for, in either language"))
    near = Parameter(PlaceField, method="leave", label=_("Around a point (LAT,LNG), a postcode or a place’s name"))
    radius_km = Parameter(RadiusField, method="leave", label=_("How far from there, in kilometres"))
    bbox = Parameter(BoxField, method="keep_inside", label=_("Inside a box: W,S,E,N in degrees"))
    updated_since = Parameter(MomentField, field_name="updated_at", lookup_expr="gte", label=_("Changed since"))

    default_order: ClassVar[str]
    heeded: ClassVar[frozenset[str]] = frozenset()  # the asides of a wish that this list can act on
    loosened: Wish | None = None

    class Meta:
        form = FilterForm

    def __init__(
        self, data: QueryDict | None = None, *, at: datetime | None = None, for_people: bool = False, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.at = at or now()
        self.for_people = for_people

    def again(self, data: QueryDict) -> Self:
        """The same list asked otherwise, at the same moment; what was found out already is passed on."""
        return type(self)(data, queryset=self.queryset, at=self.at, for_people=self.for_people).knowing(self)

    def knowing(self, other: TownFilterSet | None) -> Self:
        """This list, told what another found out that was asked the same: where a place is, what words mean."""
        if other and other.is_valid():
            for name in self.filters if type(other) is type(self) else TownFilterSet.base_filters:
                self.form.fields[name].known = (other.data.getlist(name), other.given(name))
            if other.data.get("q") == self.data.get("q"):
                self.read = other.read
        return self

    def within(self, km: float) -> Self:
        """The same list asked of another circle around the same place; nothing is read or checked once more."""
        other = copy(self)
        other.radius = D(km=km)
        for known in ("_qs", "finds_any", "loosened"):
            other.__dict__.pop(known, None)
        return other

    @cached_property
    def radius(self) -> D:
        """How far around a place is looked."""
        return self.given("radius_km") or D(km=DEFAULT_RADIUS_KM)

    @cached_property
    def anywhere(self) -> Self:
        """The same list asked of no place that was given."""
        data = self.data.copy()
        for name in ("near", "radius_km", "page", *(["ordering"] if self.given("ordering") == "distance" else [])):
            data.pop(name, None)
        return self.again(data)

    @property
    def is_nowhere(self) -> bool:
        """Whether there is nothing even without the place that was given; False where the words name one besides."""
        return not self.anywhere.finds_any and not self.anywhere.around

    @cached_property
    def finds_any(self) -> bool:
        """Whether there is anything at all in the list."""
        return self.is_valid() and self.qs.order_by().exists()

    @cached_property
    def read(self) -> Wish | None:
        """What the words ask for, spelling forgiven, of whichever list; None without words."""
        words = self.given("q")
        return understand(words, recognise=ASIDES) if words else None

    @property
    def understood(self) -> Wish | None:
        """What they ask of this list."""
        return self.read

    @property
    def wish(self) -> Wish | None:
        """What is looked for: what was understood, or, once ``qs`` was asked, as many of its words as are found."""
        return self.loosened or self.understood

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
        if self.wish and self.wish.query and (asked or self.wish.is_loose or not self.is_nearest_first):
            return "relevance"
        return "distance" if self.is_nearest_first else self.default_order

    @property
    def is_nearest_first(self) -> bool:
        """Whether what is nearest comes first where no order is said: on pages, or if the words are but a place."""
        return bool(self.around and (self.for_people or self.wish))

    @property
    def order(self) -> Order:
        """The sort keys of that order."""
        raise NotImplementedError

    @property
    def usual(self) -> Order:
        """The order of this list where none is asked for.

        Of a common word only so many are ranked: the first in it. It also sorts what is equally relevant.
        """
        raise NotImplementedError

    @property
    def best(self) -> Order:
        """The order by relevance; as all keys of a cursor go one way, the rank is negated where the usual ascends."""
        return Order(("relevance", *self.usual.keys), descending=self.usual.descending)

    def given(self, name: str) -> Any:
        """The value of one parameter, or None."""
        return self.form.cleaned_data.get(name)

    def unknown(self, *, besides: Iterable[str] = ()) -> list[str]:
        """Names of parameters that were given and mean nothing here."""
        return sorted(set(self.data or ()) - set(self.filters) - set(besides))

    def filter_queryset(self, queryset: Rows) -> Rows:
        queryset = super().filter_queryset(queryset)
        if self.around:
            point = self.around.location
            queryset = queryset.within(point, within=self.radius).annotate(metres=GeometryDistance("location", point))
        if self.wish:
            queryset = self.heed(queryset, self.wish)
            queryset = self.find(queryset, self.wish)
            if self.ordering == "relevance":
                first = ("metres",) if self.around else self.usual.by()
                ranked = queryset.order_by(*first).best_first(self.wish)
                queryset = ranked.annotate(relevance=F("rank") if self.best.descending else -F("rank"))
        if self.ordering == "distance":
            return queryset.order_by("metres")  # alone, for the index: see PlaceQuerySet.near
        return queryset.order_by(*self.order.by())

    def nearest(self, around: Found) -> Order:
        """The order by distance from the place that was meant."""

        def reach(queryset: Rows, metres: float) -> Rows:
            # Metres are measured on a sphere here, up to 0.6 % off: more is reached for, and then cut exactly.
            return queryset.reaching(around.location, within=D(m=metres * 1.01 + 1)).filter(metres__lte=metres)

        return Order(("metres", "pk"), reach=reach)

    def first(self, most: int) -> Rows:
        """The first of what was found, in its order to the last."""
        return first_of(self.qs, self.order, most=most)

    def find(self, queryset: Rows, wish: Wish) -> Rows:
        """Keep what has all the words of a wish; where nothing has, what has most of them, or some."""
        if not wish.looser:
            return queryset.matching(wish)
        found = queryset.first_matching(wish, most=FEW + 1)
        while wish.looser and not found:
            wish = self.loosened = wish.loosened()
            found = queryset.first_matching(wish, most=FEW + 1)
        return queryset.matching(wish) if len(found) > FEW else queryset.filter(pk__in=found)

    def heed(self, queryset: Rows, wish: Wish) -> Rows:
        """Keep what a wish asks for beside its words. Where this list can act on none of it, nothing is meant here."""
        languages = [tag for kind, tag in SPOKEN.items() if kind in wish.wants]
        if languages:
            queryset = self.keep_speaking(queryset, "q", LanguagesField().read_all(languages))
        is_ours = wish.query or wish.place or not wish.wants or wish.wants & self.heeded
        return queryset if is_ours else queryset.none()

    def keep_speaking(self, queryset: Rows, name: str, tags: list[str]) -> Rows:
        raise NotImplementedError

    def leave(self, queryset: Rows, name: str, value: Any) -> Rows:
        """Some parameters mean something only together: see ``filter_queryset``."""
        return queryset

    def keep_inside(self, queryset: Rows, name: str, box: tuple[float, float, float, float]) -> Rows:
        return queryset.inside(*box)
