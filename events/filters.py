from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.asides import EVENTS, FREE, SPOKEN
from community.clock import MONTH, TIMES, TODAY, TOMORROW, WEEK, WEEKEND, midnight, windows
from community.cursors import Order
from community.fields import (
    ChoicesField,
    DayField,
    LanguagesField,
    MomentField,
    OrderField,
    SlugsField,
    UUIDField,
    YesNoField,
)
from community.filters import Parameter, TownFilterSet
from community.models import Borough, Profile, Region
from community.search import Wish
from events.models import Category, PostingQuerySet

WHEN = (TODAY, TOMORROW, WEEKEND, WEEK, MONTH)


class EventFilter(TownFilterSet[PostingQuerySet]):
    """What the board can be asked, on its pages and in the API: what is coming, what is past, or all of a day."""

    category = Parameter(SlugsField, model=Category, field_name="category", lookup_expr="in", label=_("Category"))
    region = Parameter(
        SlugsField,
        model=Region,
        field_name="regions",
        lookup_expr="overlap",
        label=_("Heritage region; a nation stands for its parts too"),
    )
    language = Parameter(LanguagesField, method="keep_speaking", label=_("Language spoken"))
    when = Parameter(ChoicesField, choices=WHEN, method="keep_during", label=_("When"))
    day = Parameter(DayField, method="keep_beginning_on", label=_("Begins on this day, whether or not it is over"))
    starts_after = Parameter(MomentField, field_name="starts_at", lookup_expr="gte", label=_("Starts at or after"))
    starts_before = Parameter(MomentField, field_name="starts_at", lookup_expr="lt", label=_("Starts before"))
    free = Parameter(YesNoField, method="keep_free", label=_("Free"))
    online = Parameter(YesNoField, field_name="is_online", label=_("One can take part from afar"))
    accessible = Parameter(YesNoField, field_name="is_accessible", label=_("Step-free"))
    borough = Parameter(SlugsField, model=Borough, field_name="borough", lookup_expr="in", label=_("Borough"))
    business = Parameter(UUIDField, field_name="business", label=_("At this business"))
    organizer = Parameter(UUIDField, method="keep_announced_by", label=_("By this organiser"))
    series = Parameter(UUIDField, method="keep_of_series", label=_("Of this series"))
    past = Parameter(YesNoField, method="leave", label=_("What has ended, latest first"))
    ordering = Parameter(
        OrderField,
        choices=("starts_at", "-starts_at", "distance", "popular", "relevance", "-created_at"),
        method="leave",
        label=_("Order"),
    )

    heeded = frozenset({FREE, EVENTS, *SPOKEN, *TIMES})

    @property
    def default_order(self) -> str:  # type: ignore[override]  # it depends on what is asked
        return "-starts_at" if self.given("past") else "starts_at"

    @property
    def usual(self) -> Order:
        return Order(("starts_at", "pk"), descending=bool(self.given("past")))

    @property
    def order(self) -> Order:
        if self.around and self.ordering == "distance":
            return self.nearest(self.around)
        match self.ordering:
            case "popular":
                return Order(("popularity", "pk"), descending=True)
            case "relevance":
                return self.best
            case "-created_at":
                return Order(("created_at", "pk"), descending=True)
        return Order(("starts_at", "pk"), descending=self.ordering == "-starts_at")

    def filter_queryset(self, queryset: PostingQuerySet) -> PostingQuerySet:
        if self.given("past"):
            queryset = queryset.past(at=self.at)
        elif self.given("past") is False or not self.given("day"):
            queryset = queryset.upcoming(at=self.at)
        return super().filter_queryset(queryset)

    def heed(self, queryset: PostingQuerySet, wish: Wish) -> PostingQuerySet:
        queryset = super().heed(queryset, wish)
        if FREE in wish.wants:
            queryset = queryset.filter(price_pence=0)
        if times := wish.wants & TIMES:
            queryset = self.keep_during(queryset, "q", sorted(times))
        return queryset

    def keep_during(self, queryset: PostingQuerySet, name: str, names: Iterable[str]) -> PostingQuerySet:
        spans = (span for when in names for span in windows(when, at=self.at))
        return queryset.filter(reduce(or_, (Q(starts_at__lt=end, ends_at__gt=start) for start, end in spans)))

    def keep_beginning_on(self, queryset: PostingQuerySet, name: str, day: date) -> PostingQuerySet:
        return queryset.filter(starts_at__gte=midnight(day), starts_at__lt=midnight(day + timedelta(days=1)))

    def keep_speaking(self, queryset: PostingQuerySet, name: str, tags: list[str]) -> PostingQuerySet:
        return queryset.filter(languages__overlap=tags)

    def keep_of_series(self, queryset: PostingQuerySet, name: str, series: UUID) -> PostingQuerySet:
        """Nothing: each event stands alone here, and none says that it is of a series."""
        return queryset.none()

    def keep_announced_by(self, queryset: PostingQuerySet, name: str, organizer: UUID) -> PostingQuerySet:
        """Of whom the reader may not see nothing is found: an event does not tell whose it is, nor do its filters."""
        return queryset.filter(organizer=organizer, organizer__in=Profile.objects.filter(pk=organizer).values("pk"))

    def keep_free(self, queryset: PostingQuerySet, name: str, is_free: bool) -> PostingQuerySet:
        return queryset.filter(price_pence=0) if is_free else queryset.filter(price_pence__gt=0)


class CalendarFilter(EventFilter):
    """The same questions of a whole calendar: a month shows each of its days, and what is over, too."""

    day = None  # type: ignore[assignment]  # so a filter that is inherited is taken away

    def filter_queryset(self, queryset: PostingQuerySet) -> PostingQuerySet:
        return TownFilterSet.filter_queryset(self, queryset)
