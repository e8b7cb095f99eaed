from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from dateutil.relativedelta import relativedelta
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView

from community.browsing import Browsed
from community.paging import LookAhead
from events import months
from events.board import COLLAPSED, events_of, one_of_each
from events.filters import CalendarFilter, EventFilter
from events.models import Event, Posting, PostingQuerySet
from events.pins import pins_of

MONTH = relativedelta(months=1)
FURTHEST = relativedelta(months=12)


class EventList(Browsed, ListView):
    """What is on, soonest first, or nearest first where the reader says where."""

    template_name = "events/list.html"
    queryset = Posting.objects.lines()
    filterset_class = EventFilter
    paginator_class = LookAhead
    paginate_by = 24

    def get_queryset(self) -> QuerySet[Posting] | list[Posting]:  # type: ignore[override]  # a search shows repeats once
        rows = super().get_queryset()
        is_search = self.filter.is_valid() and self.filter.wish and self.filter.wish.query
        return one_of_each(self.filter.first(COLLAPSED)) if is_search else rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"events": events_of(context["page_obj"]), "day": self.filter.given("day")}


class EventMonth(Browsed, ListView):
    """What begins on each day of a month: this one, or one of the year before or after."""

    template_name = "events/calendar.html"
    model = Posting
    filterset_class = CalendarFilter

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        at = now()
        today = localdate(at)
        month = _read_month(self._asked_month(), this=today.replace(day=1))
        postings = cast("PostingQuerySet", self.object_list)
        return super().get_context_data(**kwargs) | {
            **_around(month, this=today.replace(day=1)),
            "weeks": months.weeks_of(month, postings, at=at),
            "lasting": months.lasting_in(month, postings, today=today),
        }

    def _asked_month(self) -> str:
        """The month in the address; else that of the day whose list one comes from."""
        return self.request.GET.get("month") or self.request.GET.get("day", "")[:7]


def _around(month: date, *, this: date) -> dict[str, date | bool | None]:
    return {
        "month": month,
        "is_this_month": month == this,
        "previous": month - MONTH if month > this - FURTHEST else None,
        "next": month + MONTH if month < this + FURTHEST else None,
    }


def _read_month(text: str, *, this: date) -> date:
    """The month that is meant, no further than a year away; this one if none can be read."""
    try:
        asked = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 (a month has no zone)
    except ValueError:
        return this
    return min(max(asked, this - FURTHEST), this + FURTHEST)


class EventMap(Browsed, ListView):
    """The map of what is on; its pins come from ``pins``."""

    template_name = "events/map.html"
    model = Posting
    filterset_class = EventFilter


@require_safe
def pins(request: HttpRequest) -> JsonResponse:
    """What the filters find, as pins for the map; 400 if they cannot be read."""
    asked = EventFilter(request.GET, queryset=Posting.objects.all(), for_people=True)
    if not asked.is_valid():
        return JsonResponse({"detail": _("These filters cannot be read.")}, status=400)
    return JsonResponse(pins_of(asked.qs))


class EventDetail(DetailView):
    """One event: its facts, its story, its place."""

    template_name = "events/detail.html"

    def get_queryset(self) -> QuerySet[Event]:
        return Event.objects.with_details()
