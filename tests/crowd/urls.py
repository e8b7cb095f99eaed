"""The site's addresses, and before them those at which things break."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import import_module

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from community.identity import acting_as, identified

NAME = "SELECT display_name FROM community_profile WHERE member_id = current_member()"


def ask(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def write() -> None:
    """Change something that nobody keeps: whatever calls this fails afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE community_profile SET contact = 'open' WHERE member_id = current_member()")


def raises(request: HttpRequest) -> HttpResponse:
    """Break in the middle of a transaction, after writing."""
    write()
    raise RuntimeError((ask(NAME) and "someone") or "nobody")


def times_out(request: HttpRequest) -> HttpResponse:
    """Run into the statement timeout, which the watcher's own question before it must not."""
    write()
    ask("SELECT set_config('statement_timeout', '250ms', true)")
    ask("SELECT pg_sleep(5)::text")
    return HttpResponse("never")


def breaks_off(request: HttpRequest) -> HttpResponse:
    """Lose the connection to the database."""
    write()
    ask("SELECT pg_terminate_backend(pg_backend_pid())")
    return HttpResponse("never")


def swallows(request: HttpRequest) -> HttpResponse:
    """Go on in a transaction that has failed, as if nothing were wrong."""
    write()
    try:
        ask("SELECT 1 / 0")
    except DatabaseError:
        return HttpResponse(ask(NAME))
    return HttpResponse("never")


def is_slow(request: HttpRequest) -> HttpResponse:
    """Take a moment in the database, and another outside it: whoever waits may have hung up."""
    ask("SELECT pg_sleep(0.02)::text")
    time.sleep(0.02)
    return HttpResponse(ask(NAME))


def streams(request: HttpRequest) -> StreamingHttpResponse:
    """Answer in parts, after the transaction: what asks the database then must say for whom once more."""

    def parts() -> Iterator[str]:
        for _ in range(4):
            yield ask(NAME) + "\n"  # as nobody: there is no name
            with identified(request):
                name = ask(NAME)
            yield name + "\n"

    return StreamingHttpResponse(parts())


def steps_aside(request: HttpRequest) -> HttpResponse:
    """Ask something as a stranger in between, and fail at it."""
    try:
        with acting_as(None):
            ask("SELECT 1 / 0")
    except DatabaseError:
        return HttpResponse(ask(NAME))
    return HttpResponse("never")


BREAKING = {view.__name__: view for view in (raises, times_out, breaks_off, swallows, is_slow, streams, steps_aside)}
urlpatterns = [
    *(path(f"api/v1/breaking/{name}/", view) for name, view in BREAKING.items()),
    *import_module(settings.ORDINARY_URLCONF).urlpatterns,
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
