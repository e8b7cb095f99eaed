from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse

from config.errors import bad_request


class RefuseBrokenTextMiddleware:
    """Answer 400 where an address is not UTF-8 or carries a NUL, which no page and no column can hold.

    Django would replace the broken bytes and go on; a search for U+FFFD helps nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.META.get("PATH_INFO", "").encode("latin-1", "replace")
        query = unquote_to_bytes(request.META.get("QUERY_STRING", "").replace("+", " "))
        for raw in (address, query):
            if b"\0" in raw or not _is_utf8(raw):
                return bad_request(request)
        return self.get_response(request)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
