from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language_from_request

from config.problems import RETRY_SECONDS, problem

API = "/api/"


def is_api(request: HttpRequest) -> bool:
    """Whether programs ask, who are told of an error in their own way."""
    return f"{request.path_info}/".startswith(API)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    if is_api(request):
        return problem(request, status)
    with translation.override(get_language_from_request(request, check_path=True)):
        return render(request, f"{status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for what nobody foresaw; a database that is away will be back, and the answer says when to ask again."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _answer(request, 500)
    response = _answer(request, 503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, 403)
