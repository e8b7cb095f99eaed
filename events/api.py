from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from community.addresses import absolute
from community.answers import Endpoint, ListEndpoint, RowEndpoint
from community.cursors import Page
from events import feeds
from events.board import events_of
from events.filters import EventFilter
from events.models import Event, Posting
from events.serializers import EventSerializer

CALENDAR = "text/calendar; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
MOST_IN_CALENDAR = 100
MOST_IN_FEED = 50


class EventList(ListEndpoint):
    """Public events that have not ended, soonest first unless another order is asked for."""

    serializer_class = EventSerializer
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Posting]:
        return Posting.objects.lines().filter(status=Event.Status.PUBLISHED)

    def rows_of(self, page: Page) -> list[Event]:
        return events_of(page.rows, among=Event.objects.with_slugs())

    @extend_schema(operation_id="events")
    def get(self, request: Request) -> Response:
        return super().get(request)


class EventDetail(RowEndpoint):
    """One event; a cancelled one stays readable, with ``status: cancelled``."""

    serializer_class = EventSerializer

    @extend_schema(operation_id="event", responses=EventSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        shape = self.shape()
        return Response(shape.to_representation(get_object_or_404(Event.objects.with_slugs(), pk=pk)))


class EventFeed(ListEndpoint):
    """Events by the same filters as the list, for programs that are no API's."""

    filterset_class = EventFilter
    parameters = frozenset()
    most: int

    def get_queryset(self) -> QuerySet[Posting]:
        return Posting.objects.lines()

    def events(self) -> list[Event]:
        return self.told(self.asked.qs)

    def told(self, rows: QuerySet[Posting]) -> list[Event]:
        """The first events, without the links that no feed speaks of."""
        return events_of(rows[: self.most], among=Event.objects.with_facts())


class EventCalendar(EventFeed):
    """The coming events, at most 100, as a calendar (RFC 5545); what was called off stays in it, marked."""

    most = MOST_IN_CALENDAR

    @extend_schema(operation_id="events_calendar", responses={(200, "text/calendar"): str})
    def get(self, request: Request) -> HttpResponse:  # type: ignore[override]  # no JSON
        return HttpResponse(feeds.calendar(self.events(), name=_("LusoTown: events")), content_type=CALENDAR)


class EventAtom(EventFeed):
    """The coming events, at most 50, the latest announced first (Atom, RFC 4287)."""

    most = MOST_IN_FEED

    def get_queryset(self) -> QuerySet[Posting]:
        return Posting.objects.lines().filter(status=Event.Status.PUBLISHED)

    @extend_schema(operation_id="events_feed", responses={(200, "application/atom+xml"): str})
    def get(self, request: Request) -> HttpResponse:  # type: ignore[override]  # no JSON
        rows = self.asked.qs
        if not self.asked.given("ordering"):
            rows = rows.order_by("-created_at", "-pk")
        return HttpResponse(feeds.atom(self.told(rows), address=absolute(request.get_full_path())), content_type=ATOM)


class EventFile(Endpoint):
    """One event as a file for a calendar (RFC 5545)."""

    @extend_schema(operation_id="event_calendar", responses={(200, "text/calendar"): str})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        event = get_object_or_404(Event.objects.with_facts(), pk=pk)
        response = HttpResponse(feeds.calendar([event]), content_type=CALENDAR)
        response["Content-Disposition"] = f'attachment; filename="{event.slug}.ics"'
        return response
