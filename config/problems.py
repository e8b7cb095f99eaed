"""What goes wrong under ``/api/``, as RFC 9457 has it: never an HTML page, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.views import set_rollback

from community.addresses import absolute
from community.answers import caller_language

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5

# status: code, title, detail where there is nothing more to say
KINDS: dict[int, tuple[str, Any, Any]] = {
    400: ("invalid", _("This request cannot be understood."), _("Something in it is not as it should be.")),
    401: ("not_authenticated", _("Say who you are."), _("This needs an account.")),
    403: ("permission_denied", _("This is not for you."), _("Your account may not do this.")),
    404: ("not_found", _("There is nothing here."), _("It does not exist, or it is not for you to see.")),
    405: ("method_not_allowed", _("This cannot be done here."), _("The header Allow says what can.")),
    413: ("too_large", _("This is too large."), _("Send less at once.")),
    415: ("unsupported_media_type", _("This kind of content is not understood."), _("Send application/json.")),
    429: ("throttled", _("Too many requests."), _("The header Retry-After says in how many seconds to ask again.")),
    500: ("error", _("Something went wrong here."), _("It is our fault, and has been written down.")),
    503: ("unavailable", _("The town cannot answer now."), _("Ask again in a few seconds.")),
}


def problem(
    request: HttpRequest,
    status: int,
    *,
    detail: Any = None,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """An answer that says what is wrong, in the caller's language; ``errors`` name the fields of a 400."""
    code, title, usual_detail = KINDS.get(status, KINDS[400 if status < 500 else 500])
    language = caller_language(request)
    with translation.override(language):
        body = {
            "type": absolute(f"/api/v1/docs/#problem-{code}"),
            "title": str(title),
            "status": status,
            "detail": str(detail or usual_detail),
            "instance": request.path,
            "code": code,
            "timestamp": localtime().isoformat(timespec="seconds"),
        }
    if errors is not None:
        body["errors"] = errors
    response = JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))
    response["Content-Language"] = language
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept-Language"])
    return response


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Django REST framework's exception handler: turn an error of an endpoint into a problem.

    What nobody foresaw is left to Django, which writes it down and asks ``config.errors`` for the answer.
    """
    request: HttpRequest = context["request"]._request
    if isinstance(error, OperationalError | InterfaceError):
        set_rollback()
        return problem(request, 503, headers={"Retry-After": str(RETRY_SECONDS)})
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    errors = list(_errors(error.detail)) if isinstance(error, exceptions.ValidationError) else None
    return problem(request, error.status_code, errors=errors, headers=_headers(error, context))


def _errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """A tree of errors as a list: the field's path, a stable code, and a sentence."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _errors(inner, f"{field}.{name}".strip("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _errors(inner, field)
    else:
        yield {"field": field, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}


def _headers(error: exceptions.APIException, context: dict[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    if (seconds := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(seconds)
    if isinstance(error, exceptions.MethodNotAllowed):
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return headers
