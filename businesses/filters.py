from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from businesses.hours import open_expressions
from businesses.models import Business, BusinessQuerySet, BusinessType, Specialty, hours_in_use
from community.asides import EVENTS, OPEN, OPENING, PERHAPS_OPEN, SPOKEN
from community.clock import TIMES, windows
from community.cursors import Order
from community.fields import (
    ChoicesField,
    LanguagesField,
    MomentField,
    OrderField,
    SlugsField,
    YesNoField,
)
from community.filters import Parameter, TownFilterSet
from community.models import Borough
from community.search import Wish, in_title


class BusinessFilter(TownFilterSet[BusinessQuerySet]):
    """What the list of businesses can be asked, on its pages and in the API."""

    type = Parameter(SlugsField, model=BusinessType, keys=True, field_name="type", lookup_expr="in", label=_("Type"))
    specialty = Parameter(SlugsField, model=Specialty, keys=True, method="keep_known_for", label=_("Known for"))
    language = Parameter(LanguagesField, method="keep_speaking", label=_("Language of service"))
    open_now = Parameter(YesNoField, method="keep_open_now", label=_("Open now"))
    open_at = Parameter(MomentField, method="keep_open_at", label=_("Open at this moment"))
    borough = Parameter(
        SlugsField, model=Borough, keys=True, field_name="borough", lookup_expr="in", label=_("Borough")
    )
    price_band = Parameter(
        ChoicesField,
        choices=(1, 2, 3, 4),
        field_name="price_band",
        lookup_expr="in",
        label=_("Price band: 1 is the cheapest"),
    )
    accessible = Parameter(YesNoField, field_name="accessible", label=_("Step-free"))
    verified = Parameter(YesNoField, method="keep_verified", label=_("Verified by its owner"))
    ordering = Parameter(
        OrderField, choices=("name", "distance", "rating", "relevance"), method="leave", label=_("Order")
    )

    default_order = "name"  # and that of a rating, as long as none has one: what is equal is sorted by name
    heeded = frozenset({OPEN, OPENING, PERHAPS_OPEN, *SPOKEN})

    usual = Order(("name", "pk"))

    @property
    def order(self) -> Order:
        if self.around and self.ordering == "distance":
            return self.nearest(self.around)
        return self.best if self.ordering == "relevance" else self.usual

    @cached_property
    def open_hours(self) -> list[str]:
        """The opening hours that hold this moment."""
        return open_expressions(hours_in_use(), self.at)

    @cached_property
    def understood(self) -> Wish | None:  # type: ignore[override]  # once, where others only pass it on
        return self.read and self.read.of_doors()

    def again(self, data: QueryDict) -> Self:
        other = super().again(data)
        if "open_hours" in self.__dict__:
            other.open_hours = self.open_hours
        return other

    def heed(self, queryset: BusinessQuerySet, wish: Wish) -> BusinessQuerySet:
        queryset = super().heed(queryset, wish)
        if EVENTS in wish.wants:
            return queryset.none()
        if OPENING in wish.wants:
            spans = [span for when in sorted(wish.wants & TIMES) for span in windows(when, at=self.at, weeks=1)]
            queryset = queryset.open_during(spans)
        if PERHAPS_OPEN in wish.wants:
            queryset = queryset.filter(Q(opening_hours__in=self.open_hours) | Q(in_title(wish.titled)))
        return queryset.with_hours(self.open_hours) if OPEN in wish.wants else queryset

    def keep_known_for(self, queryset: BusinessQuerySet, name: str, specialties: list[int]) -> BusinessQuerySet:
        known_for = Business.specialties.through.objects.filter(specialty__in=specialties)
        return queryset.filter(pk__in=known_for.values("business"))

    def keep_speaking(self, queryset: BusinessQuerySet, name: str, tags: list[str]) -> BusinessQuerySet:
        return queryset.speaking(tags)

    def keep_open_now(self, queryset: BusinessQuerySet, name: str, is_open: bool) -> BusinessQuerySet:
        """Those whose hours are not known are neither open nor closed."""
        open_ones = queryset.with_hours(self.open_hours)
        return open_ones if is_open else queryset.exclude(opening_hours="").exclude(pk__in=open_ones.values("pk"))

    def keep_open_at(self, queryset: BusinessQuerySet, name: str, moment: datetime) -> BusinessQuerySet:
        return queryset.open_at(moment)

    def keep_verified(self, queryset: BusinessQuerySet, name: str, is_verified: bool) -> BusinessQuerySet:
        return queryset.filter(verified_at__isnull=not is_verified)
