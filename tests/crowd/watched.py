"""One of the town's processes, in which every statement is held against who asks.

Who that is comes from the credential alone, looked up in a list that the test wrote (``CROWD_LIST``): nothing of
``community.identity`` has a say in it. What PostgreSQL takes the reader for is asked of PostgreSQL, on the very
connection, before each statement. What was counted is in Redis, under ``CROWD``.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Error
from psycopg.pq import TransactionStatus

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.crowd.settings"

from django.conf import settings
from django.db import connection
from django_redis import get_redis_connection

from config.wsgi import application as town

# isort: split
from community import identity, sessions  # once the town's application stands
from community.identity import ask_first

LIST, COUNTS = Path(os.environ["CROWD_LIST"]), os.environ["CROWD"]
TAKEN_FOR = (
    "SELECT coalesce(current_member()::text, ''), coalesce(current_setting('app.signing_in', true), ''),"
    " concat(current_setting('app.session', true), current_setting('app.signing_up', true),"
    " current_setting('app.request', true), current_setting('app.looking_as', true))"
)


class Reader(NamedTuple):
    """Who asks: the member they are logged in as, and the one they are half-way to."""

    member: str = ""
    half_way: str = ""


class Asking:
    """A request while it is answered: whose it is, where to, and what was counted."""

    def __init__(self, reader: Reader, address: str) -> None:
        self.reader, self.address = reader, address
        self.counts: Counter[str] = Counter(requests=1)
        self.wrong: list[str] = []

    def hold(self, statement: Any, raw: Any) -> None:
        """Count a statement that is about to run on a connection, as right or wrong."""
        status = raw.info.transaction_status
        if status in {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}:
            return  # no statement runs there
        try:
            member, half_way, others = raw.execute(TAKEN_FOR).fetchone()
        except Error:
            return  # the connection has broken, and nothing runs on it either
        is_first = not self.counts["statements"]
        self.counts["statements"] += 1
        self.counts["as a member"] += bool(member)
        self.counts["half-way"] += bool(half_way)
        if (
            member not in {"", self.reader.member}
            or half_way not in {"", self.reader.half_way}
            or ((is_first or raw.autocommit) and (member or half_way or others))
        ):
            self.counts["wrong"] += 1
            self.wrong.append(
                f"{self.address}: {self.reader} taken for {(member, half_way, others)}: {str(statement)[:80]}"
            )


class Here(threading.local):
    """The request that this thread is answering, if it is one to watch."""

    asking: Asking | None = None


here = Here()


def watch(execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    context["connection"].ensure_connection()
    if here.asking is not None:
        here.asking.hold(statement, context["connection"].connection)
    return execute(statement, params, many, context)


def watch_first(question: str, values: list[Any]) -> tuple[Any, ...] | None:
    """The same for the question that comes with BEGIN: it is an ordinary one where somebody listens."""
    raw = connection.connection
    if watch not in connection.execute_wrappers or raw.info.transaction_status != TransactionStatus.IDLE:
        return ask_first(question, values)
    if here.asking is not None:
        here.asking.hold(question, raw)
        raw.rollback()  # of what was asked to hold it
    connection.execute_wrappers.remove(watch)
    try:
        return ask_first(question, values)
    finally:
        connection.execute_wrappers.append(watch)


identity.ask_first = sessions.ask_first = watch_first


class Watched:
    """An answer's body: its parts are watched as well, in whatever thread they are made."""

    def __init__(self, body: Iterable[bytes], asking: Asking) -> None:
        self.body, self.asking, self.parts = body, asking, iter(body)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        begin(self.asking)
        return next(self.parts)

    def close(self) -> None:
        if hasattr(self.body, "close"):
            self.body.close()
        redis = get_redis_connection("default").pipeline(transaction=False)
        for name, count in self.asking.counts.items():
            redis.hincrby(COUNTS, name, count)
        redis.sadd(f"{COUNTS}:processes", os.getpid())
        if self.asking.wrong:
            redis.rpush(f"{COUNTS}:wrong", *self.asking.wrong)
        redis.execute()


def begin(asking: Asking) -> None:
    here.asking = asking
    if watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(watch)


crowd: dict[str, list[str]] = {}


def reader_of(environ: dict[str, Any]) -> Reader | None:
    """Who asks, by what they present; None as long as the crowd is still coming in."""
    if not crowd and LIST.exists():
        crowd.update(json.loads(LIST.read_text()))
    if not crowd:
        return None
    presented = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    if not presented:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME)
        presented = cookie.value if cookie else ""
    return Reader(*crowd[presented]) if presented else Reader()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    reader = reader_of(environ)
    if reader is None:
        here.asking = None
        return town(environ, start_response)
    asking = Asking(reader, environ["PATH_INFO"])
    begin(asking)
    return Watched(town(environ, start_response), asking)
