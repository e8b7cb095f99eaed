"""How every endpoint of the API answers: in the caller's language, within limits, refusing what it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_supported_language_variant, gettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    ErrorDetail,
    NotAuthenticated,
    PermissionDenied,
    ValidationError,
)
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework.views import APIView

from community.addresses import absolute
from community.cursors import BadCursor, Page, paginate
from community.etags import stamp
from community.filters import TownFilterSet
from community.limits import ClientLimit, tell
from community.models import Bearer
from community.translated import LANGUAGES

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
REALM = 'Bearer realm="LusoTown"'
NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
GEOJSON = "application/geo+json"


def caller_language(request: HttpRequest) -> str:
    """The language of an answer: ``?lang=``, else ``Accept-Language``, else English. No cookie has a say in it."""
    asked = request.GET.get("lang")
    if asked in LANGUAGES:
        return asked
    for accepted, _priority in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return get_supported_language_variant(accepted)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def refusal(field: str, code: str, detail: str) -> ValidationError:
    """A 400 that names one parameter."""
    return ValidationError({field[:100]: [ErrorDetail(detail, code=code)]})


class TooLarge(APIException):
    """A body larger than any this API asks for."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class Changed(APIException):
    """What was to be changed is not what the caller last read."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = gettext_lazy("It has changed since you read it: read it again.")
    default_code = "precondition_failed"


class SessionIdentity(SessionAuthentication):
    """A member by their browser's session. Without a session's cookie none is looked for, so none is varied on."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        return super().authenticate(request)


class BadToken(AuthenticationFailed):
    """A token that opens nothing: never made, expired, revoked, or its member gone."""

    told = gettext_lazy("This token is not good, or not any more. A member makes a new one on their account page.")


class MissingScope(PermissionDenied):
    """A good token that was not made for this."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.told = _("This token lacks the scope %(scope)s.") % {"scope": scope}
        self.auth_header = f'{REALM}, error="insufficient_scope", scope="{scope}"'


class TokenIdentity(BaseAuthentication):
    """A member by an API token, which ``community.identity`` has looked up: row security knows them already."""

    def authenticate(self, request: Request) -> tuple[Any, Bearer] | None:
        bearer: Bearer | None = getattr(request._request, "bearer", None)
        if bearer is None:
            return None
        if bearer.member is None:
            raise BadToken
        return bearer.member, bearer

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (RFC 6750)."""
        return f'{REALM}, error="invalid_token"' if hasattr(request._request, "bearer") else REALM


class InScope(BasePermission):
    """A member by their session may do everything of their own; by a token, what it was made for.

    A view says in ``scopes`` which scope each of its methods needs.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            raise NotAuthenticated
        needed = view.scopes.get(request.method)  # none for a method that will be refused as such
        bearer: Any = request.auth
        if bearer is not None and needed and needed not in bearer.scopes:
            raise MissingScope(needed)
        return True


class FormatByParameter(BaseContentNegotiation):
    """The form of an answer is chosen in the view: a list is JSON or GeoJSON, all else what it is."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        return next((parser for parser in parsers if media_type_matches(parser.media_type, request.content_type)), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class Endpoint(APIView):
    """The manners that all endpoints share. ``parameters`` are the names a query may hold, ``lang`` apart."""

    authentication_classes = [TokenIdentity, SessionIdentity]
    permission_classes = [AllowAny]
    throttle_classes = [ClientLimit]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = FormatByParameter
    http_method_names = ["get", "head", "options"]
    parameters: ClassVar[frozenset[str]] = frozenset()
    largest: ClassVar[int] = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # bytes of a body
    is_private: ClassVar[bool] = False  # whether even a stranger's answer is kept by no cache

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = caller_language(request)
        with translation.override(language):
            response = cast(HttpResponse, super().dispatch(request, *args, **kwargs))  # nothing here streams
            if isinstance(response, Response):
                response.render()
        response["Content-Language"] = language
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        if limit := getattr(request, "limit", None):  # set by ClientLimit
            tell(response, limit)
        return stamp(request, response, is_public=not (self.is_private or self.request.user.is_authenticated))

    @property
    def known(self) -> frozenset[str]:
        """The names a query may hold."""
        return self.parameters

    def perform_authentication(self, request: Request) -> None:
        """Say who asks. Whoever only tries tokens is counted as the stranger they are."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            super().check_throttles(request)
            raise

    def check_permissions(self, request: Request) -> None:
        """Count a request before anything is refused: a refusal costs something too."""
        super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """It has been counted."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if int(request.headers.get("Content-Length") or 0) > self.largest:
            raise TooLarge
        if request.method in {"GET", "HEAD"}:
            self.check_parameters(request)

    def check_parameters(self, request: Request) -> None:
        """Refuse a query that holds anything unknown."""
        errors: dict[str, list[ErrorDetail]] = {}
        for name in sorted(set(request.GET) - self.known - {"lang"})[:20]:
            errors[name[:100]] = [ErrorDetail(_("There is no such parameter here."), code="unknown_parameter")]
        for name in sorted(self.known & set(request.GET)):
            if not all(value.strip() for value in request.GET.getlist(name)):
                errors[name] = [ErrorDetail(_("Give it a value, or leave it out."), code="blank")]
        lang = request.GET.getlist("lang")
        if lang and (len(lang) > 1 or lang[0] not in LANGUAGES):
            errors["lang"] = [ErrorDetail(_("The languages are pt and en."), code="invalid")]
        if errors:
            raise ValidationError(errors)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]  # as DRF's
        return Response(status=status.HTTP_204_NO_CONTENT, headers={"Allow": ", ".join(self.allowed_methods)})

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        """A parameter that is one of a few words; the first where it is not given."""
        given = self.request.GET.getlist(name) or [choices[0]]
        if len(given) > 1 or given[0] not in choices:
            raise refusal(name, "invalid", _("Choose one of %(choices)s.") % {"choices": ", ".join(choices)})
        return given[0]


def feature_collection(rows: list[dict[str, Any]], **links: str | None) -> dict[str, Any]:
    """Rows as GeoJSON (RFC 7946); the pages around them are ``links``, as OGC API Features has them."""
    relations = {"next": "next", "previous": "prev"}
    return {
        "type": "FeatureCollection",
        "links": [
            {"rel": relations[name], "href": href, "type": GEOJSON} for name, href in links.items() if href is not None
        ],
        "features": [
            {"type": "Feature", "id": row["id"], "geometry": _geometry(row), "properties": row} for row in rows
        ],
    }


def _geometry(row: dict[str, Any]) -> dict[str, Any] | None:
    place = row.get("venue") or row
    return place.get("location")


class RowEndpoint(Endpoint):
    """An endpoint that shows rows: ``?translations=true`` brings every language of each."""

    serializer_class: ClassVar[type]
    parameters = frozenset({"translations"})

    def shape(self) -> Any:
        """The serializer, told what was asked for."""
        shows_both = self.one_of("translations", ("false", "true")) == "true"
        return self.serializer_class(context={"translations": shows_both})


class ListEndpoint(RowEndpoint):
    """A list in pages, kept and sorted by a filter set, as JSON or as GeoJSON."""

    filterset_class: ClassVar[type[TownFilterSet]]
    parameters = frozenset({"translations", "page_size", "cursor", "format"})

    def get_queryset(self) -> QuerySet:
        raise NotImplementedError

    def rows_of(self, page: Page) -> list[Any]:
        """What to show of a page of the queryset; each row of a list around a place has its ``distance``."""
        return page.rows

    def check_parameters(self, request: Request) -> None:
        self.asked = self.filterset_class(request.GET, queryset=self.get_queryset())
        super().check_parameters(request)
        if not self.asked.is_valid():
            found = self.asked.form.errors.get_json_data()
            raise ValidationError(
                {name: [ErrorDetail(e["message"], code=e["code"]) for e in errors] for name, errors in found.items()}
            )

    @property
    def known(self) -> frozenset[str]:
        return self.parameters | frozenset(self.filterset_class.base_filters)

    def page(self, request: Request) -> Page:
        """The page that was asked for."""
        cursor = request.GET.getlist("cursor")
        try:
            if len(cursor) > 1:
                raise BadCursor
            return paginate(
                self.asked.qs,
                self.asked.order,
                size=self.page_size(),
                cursor=next(iter(cursor), None),
                query=request.GET,
            )
        except BadCursor as error:
            detail = _("This cursor is not of this list: begin again without one.")
            raise refusal("cursor", "invalid", detail) from error

    def page_size(self) -> int:
        given = self.request.GET.getlist("page_size") or [str(PAGE_SIZE)]
        if len(given) > 1 or not NUMBER.fullmatch(given[0]) or not 1 <= int(given[0]) <= MAX_PAGE_SIZE:
            raise refusal("page_size", "invalid", _("A page has 1 to 100 rows."))
        return int(given[0])

    def get(self, request: Request) -> Response:
        is_geojson = self.wants_geojson(request)
        shape = self.shape()
        page = self.page(request)
        rows = [shape.to_representation(row) for row in self.rows_of(page)]
        links = {"next": self.link(page.next), "previous": self.link(page.previous)}
        vary = {"Vary": "Accept"}
        if is_geojson:
            return Response(feature_collection(rows, **links), content_type=GEOJSON, headers=vary)
        return Response({**links, "results": rows}, headers=vary)

    def wants_geojson(self, request: Request) -> bool:
        """Whether ``?format=`` says so or, where it is not given, ``Accept`` prefers it to JSON."""
        if "format" in request.GET:
            return self.one_of("format", ("json", "geojson")) == "geojson"
        return request._request.get_preferred_type(["application/json", GEOJSON]) == GEOJSON

    def link(self, cursor: str | None) -> str | None:
        """The address of another page of the same list; None where there is none."""
        query = self.request.GET.copy()
        query.pop("cursor", None)
        if cursor is None:
            return None
        query["cursor"] = cursor
        return absolute(f"{self.request.path}?{query.urlencode()}")
