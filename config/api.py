"""Every endpoint of the API, version 1, in one list; what it is made of is in each app's ``api.py``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from businesses.api import BusinessDetail, BusinessList
from businesses.models import BusinessType, Specialty
from community.addresses import absolute
from community.answers import Endpoint, caller_language
from community.api import Nothing, Places
from community.matching_api import Compatibility, Matches
from community.member_api import Me, MemberDetail
from community.models import Interest, Language, Region
from community.serializers import InterestSerializer, LanguageSerializer, NamedSerializer, RegionSerializer
from config.description import complete
from config.problems import KINDS
from config.reference import reference
from events.api import EventAtom, EventCalendar, EventDetail, EventFile, EventList
from events.models import Category, Tag
from verification.api import (
    Appeals,
    Attempts,
    Cases,
    Documents,
    HandIn,
    OneAttempt,
    OneCase,
    OneDocument,
    References,
    Replies,
)

VOCABULARIES: dict[str, tuple[type[Model], type]] = {
    "categories": (Category, NamedSerializer),
    "tags": (Tag, NamedSerializer),
    "business_types": (BusinessType, NamedSerializer),
    "specialties": (Specialty, NamedSerializer),
    "regions": (Region, RegionSerializer),
    "interests": (Interest, InterestSerializer),
    "languages": (Language, LanguageSerializer),
}

LISTS = ("events", "calendar", "feed", "businesses", "places", "taxonomy", "schema", "docs")


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


@lru_cache(maxsize=4)
def _reference(language: str) -> str:
    return render_to_string("api/_reference.html", {"api": reference(_schema(language)), "problems": KINDS})


class Index(Endpoint):
    """What there is here: the address of each list, of the calendar and the feed, of the description."""

    @extend_schema(
        operation_id="index",
        tags=["index"],
        responses=inline_serializer("Index", {name: serializers.URLField() for name in LISTS}),
    )
    def get(self, request: Request) -> Response:
        return Response({name: absolute(reverse(f"api:{name}")) for name in LISTS})


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description, for people."""
    language = caller_language(request)
    with translation.override(language):
        response = render(request, "api/docs.html", {"reference": _reference(language)})
    response["Content-Language"] = language
    patch_vary_headers(response, ["Accept-Language"])
    return response


app_name = "api"
urlpatterns = [
    path("", Index.as_view(), name="index"),
    path("events/", EventList.as_view(), name="events"),
    path("events/calendar.ics", EventCalendar.as_view(), name="calendar"),
    path("events/feed.atom", EventAtom.as_view(), name="feed"),
    path("events/<uuid:pk>/", EventDetail.as_view(), name="event"),
    path("events/<uuid:pk>/event.ics", EventFile.as_view(), name="event-file"),
    path("businesses/", BusinessList.as_view(), name="businesses"),
    path("businesses/<uuid:pk>/", BusinessDetail.as_view(), name="business"),
    path("members/me/", Me.as_view(), name="me"),
    path("members/me/matches/", Matches.as_view(), name="matches"),
    path("members/<uuid:pk>/", MemberDetail.as_view(), name="member"),
    path("members/<uuid:pk>/compatibility/", Compatibility.as_view(), name="compatibility"),
    path("verification/requests/", Cases.as_view(), name="verification-requests"),
    path("verification/requests/<uuid:pk>/", OneCase.as_view(), name="verification-request"),
    path("verification/requests/<uuid:pk>/appeal/", Appeals.as_view(), name="verification-appeal"),
    path("verification/requests/<uuid:pk>/attempts/", Attempts.as_view(), name="verification-attempts"),
    path("verification/requests/<uuid:pk>/attempts/<uuid:attempt>/", OneAttempt.as_view(), name="verification-attempt"),
    path("verification/requests/<uuid:pk>/documents/", Documents.as_view(), name="verification-documents"),
    path(
        "verification/requests/<uuid:pk>/documents/<uuid:document>/",
        OneDocument.as_view(),
        name="verification-document",
    ),
    path("verification/requests/<uuid:pk>/hand-in/", HandIn.as_view(), name="verification-hand-in"),
    path("verification/requests/<uuid:pk>/references/", References.as_view(), name="verification-references"),
    path("verification/requests/<uuid:pk>/reply/", Replies.as_view(), name="verification-reply"),
    path("places/", Places.as_view(), name="places"),
    path("taxonomy/", Taxonomy.as_view(), name="taxonomy"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("<path:rest>", Nothing.as_view()),
]
