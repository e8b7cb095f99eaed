"""What goes wrong under ``/api/``, as RFC 9457 has it: never an HTML page, never a traceback."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.timezone import localtime, now
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.views import set_rollback

from community.addresses import absolute
from community.answers import caller_language
from community.matching import TooManyChanges, frees_at, is_too_many

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5

# status: code, title, detail where there is nothing more to say
KINDS: dict[int | str, tuple[str, Any, Any]] = {
    400: ("invalid", _("This request cannot be understood."), _("Something in it is not as it should be.")),
    401: ("not_authenticated", _("Say who you are."), _("This needs an account.")),
    403: ("permission_denied", _("This is not for you."), _("Your account may not do this.")),
    404: ("not_found", _("There is nothing here."), _("It does not exist, or it is not for you to see.")),
    405: ("method_not_allowed", _("This cannot be done here."), _("The header Allow says what can.")),
    409: ("conflict", _("It does not go with how things stand."), _("It has moved on in the meantime: look again.")),
    412: (
        "precondition_failed",
        _("It is not as you last read it."),
        _("It has changed since you read it: read it again."),
    ),
    413: ("too_large", _("This is too large."), _("Send less at once.")),
    415: (
        "unsupported_media_type",
        _("This kind of content is not understood."),
        _("Send JSON, or files as multipart/form-data."),
    ),
    422: ("key_reused", _("This key is taken."), _("This Idempotency-Key came before with another body.")),
    429: ("throttled", _("Too many requests."), _("The header Retry-After says in how many seconds to ask again.")),
    "too_many_changes": ("too_many_changes", _("Enough changes for today."), TooManyChanges.explanation),
    "under_way": ("under_way", _("The first request is under way."), _("Ask again in a few seconds for its answer.")),
    "cannot_seal": (
        "cannot_seal",
        _("Documents cannot be taken just now."),
        _("The desk’s key to seal them is missing. Nothing of what you sent was kept."),
    ),
    500: ("error", _("Something went wrong here."), _("It is our fault, and has been written down.")),
    503: ("unavailable", _("The town cannot answer now."), _("Ask again in a few seconds.")),
}


def problem(
    request: HttpRequest,
    status: int,
    *,
    kind: str = "",
    detail: Any = None,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """An answer that says what is wrong, in the caller's language; ``errors`` name the fields of a 400."""
    code, title, usual_detail = KINDS.get(kind or status, KINDS[400 if status < 500 else 500])
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
    if isinstance(error, IntegrityError) and is_too_many(error):
        transaction.set_rollback(True)
        error = TooManyChanges(frees_at())
    if isinstance(error, TooManyChanges):
        wait = math.ceil((error.frees_at - now()).total_seconds())
        return problem(request, 429, kind="too_many_changes", headers={"Retry-After": str(wait)})
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    errors = list(_errors(error.detail)) if isinstance(error, exceptions.ValidationError) else None
    errors = getattr(error, "errors", errors)
    kind = getattr(error, "kind", "")
    detail = getattr(error, "told", None)  # what we say ourselves; DRF's own words stay inside
    return problem(
        request, error.status_code, kind=kind, detail=detail, errors=errors, headers=_headers(error, context)
    )


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
