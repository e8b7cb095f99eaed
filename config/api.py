"""Every endpoint of the API, version 1, in one list; what it is made of is in each app's ``api.py``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework.request import Request
from rest_framework.response import Response

from businesses.api import BusinessDetail, BusinessList
from businesses.models import BusinessType, Specialty
from community.answers import Endpoint
from community.api import Nothing, Places
from community.models import Interest, Language, Region
from community.serializers import InterestSerializer, LanguageSerializer, NamedSerializer, RegionSerializer
from config.description import complete
from events.api import EventAtom, EventCalendar, EventDetail, EventFile, EventList
from events.models import Category, Tag

VOCABULARIES: dict[str, tuple[type[Model], type]] = {
    "categories": (Category, NamedSerializer),
    "tags": (Tag, NamedSerializer),
    "business_types": (BusinessType, NamedSerializer),
    "specialties": (Specialty, NamedSerializer),
    "regions": (Region, RegionSerializer),
    "interests": (Interest, InterestSerializer),
    "languages": (Language, LanguageSerializer),
}


class Taxonomy(Endpoint):
    """The town's vocabulary, whose slugs and tags the filters take."""

    @extend_schema(
        operation_id="taxonomy",
        responses=inline_serializer("Taxonomy", {name: shape(many=True) for name, (_, shape) in VOCABULARIES.items()}),
    )
    def get(self, request: Request) -> Response:
        return Response({name: _words(model, shape()) for name, (model, shape) in VOCABULARIES.items()})


def _words(model: type[Model], shape: Any) -> list[dict[str, Any]]:
    rows = model._default_manager.select_related("parent") if model is Region else model._default_manager.all()
    return [shape.to_representation(row) for row in rows]


class Schema(Endpoint):
    """This API's own description (OpenAPI 3.1)."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(_schema(get_language() or "en"), content_type="application/vnd.oai.openapi+json")


@lru_cache(maxsize=4)
def _schema(language: str) -> dict[str, Any]:
    return complete(SchemaGenerator().get_schema(request=None, public=True))


class Docs(Endpoint):
    """The description, for people."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        return render(request._request, "api/docs.html")

    def check_parameters(self, request: Request) -> None:
        """People follow links that others have added words to."""


app_name = "api"
urlpatterns = [
    path("events/", EventList.as_view(), name="events"),
    path("events/calendar.ics", EventCalendar.as_view(), name="calendar"),
    path("events/feed.atom", EventAtom.as_view(), name="feed"),
    path("events/<uuid:pk>/", EventDetail.as_view(), name="event"),
    path("events/<uuid:pk>/event.ics", EventFile.as_view(), name="event-file"),
    path("businesses/", BusinessList.as_view(), name="businesses"),
    path("businesses/<uuid:pk>/", BusinessDetail.as_view(), name="business"),
    path("places/", Places.as_view(), name="places"),
    path("taxonomy/", Taxonomy.as_view(), name="taxonomy"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    path("<path:rest>", Nothing.as_view()),
]
