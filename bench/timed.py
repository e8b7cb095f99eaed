"""The site as it is, with one header more: how many queries an answer took, and how long they took.

The time is taken around each query in the process that asks, so it holds the way to the server and back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import local
from typing import Any

from django.db.backends.signals import connection_created

from config.wsgi import application as site

spent = local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the site does, and say in ``Server-Timing`` what the database took."""
    spent.seconds, spent.queries = 0.0, 0

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        timing = f'db;dur={spent.seconds * 1000:.3f};desc="{spent.queries}"'
        return start_response(status, [*headers, ("Server-Timing", timing)], *rest)

    return site(environ, start)


def _time_queries(sender: object, connection: Any, **_facts: Any) -> None:
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        spent.seconds = getattr(spent, "seconds", 0.0) + time.perf_counter() - began
        spent.queries = getattr(spent, "queries", 0) + 1


connection_created.connect(_time_queries)
