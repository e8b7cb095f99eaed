from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.middleware.gzip import GZipMiddleware

from community.limits import ClientLimit, Standing, tell
from config.errors import bad_request, is_api
from config.problems import problem


class CountUnansweredMiddleware:
    """Hold to the limit, by address, what is answered under ``/api/`` before any endpoint, which counts itself.

    Every answer there says where the client stands. A browser's question whether it may ask counts for nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_api(request) or response.has_header("RateLimit-Policy"):
            return response
        limit = getattr(request, "limit", None)  # an endpoint that failed has counted
        if limit is None:
            limit = ClientLimit().count(request)
            if isinstance(limit, Standing) and not limit.is_through:
                response = problem(request, 429, headers={"Retry-After": str(limit.seconds)})
        tell(response, limit)
        return response


class PackMiddleware(GZipMiddleware):
    """Packs what gets smaller by it; a picture is packed already, and keeps its length."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.get("Content-Type") == "image/webp":
            return response
        return super().process_response(request, response)


class RefuseBrokenTextMiddleware:
    """Answer 400 where an address is not UTF-8, carries a NUL, which no page and no column can hold, or has no end.

    Django would replace the broken bytes and go on; a search for U+FFFD helps nobody. The query of
    what is refused is forgotten: the page that says so has links that would keep it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = unquote_to_bytes(request.path_info)  # Django leaves the bytes that it could not read as %FF
        query = unquote_to_bytes(request.META.get("QUERY_STRING", "").replace("+", " "))
        for raw in (address, query):
            if b"\0" in raw or not _is_utf8(raw):
                return _refuse(request)
        try:
            request.GET  # noqa: B018 (it is read here, where too many parameters can still be refused)
        except TooManyFieldsSent:
            return _refuse(request)
        return self.get_response(request)


def _refuse(request: HttpRequest) -> HttpResponse:
    request.META["QUERY_STRING"] = ""
    request.GET = QueryDict()
    return bad_request(request)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
