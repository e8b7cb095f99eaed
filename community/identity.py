"""Who is asking, as PostgreSQL sees it.

Settings that are local to a transaction, so that nothing can leak through a persistent
connection, the pool or PgBouncer:

``app.member``      the id of the member on whose behalf the transaction runs, else empty; at the desk
                    with its signature (community/migrations/0082)
``app.signing_in``  the id or e-mail address of the account that is being logged in to, else empty
``app.signing_up``  the e-mail address that a stranger has just proved to be theirs, else empty
``app.session``     the key of the session that was presented (community/sessions.py)
``app.request``     of a request that writes, a name of its own: what it changes counts as one change
``app.looking_as``  the audience a member looks at their own profile as, else empty

The policies read the first two through ``current_member()`` and ``signing_in_member()``
(community/migrations/0002). An anonymous request sets none, and needs none.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.cache import patch_cache_control
from psycopg import Connection
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.generators import fetch, send
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from community.half_way import HALF_WAY
from community.matching import was_here
from community.models import Bearer, Member
from community.models.tokens import digests

MEMBER = "app.member"
SIGNING_IN = "app.signing_in"
SIGNING_UP = "app.signing_up"
LOOKING_AS = "app.looking_as"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def known_as(member: Any) -> str:
    """What ``app.member`` is set to for a member's id: at the desk it takes a signature of this very transaction.

    So the password of the desk's role is not enough to be one of its moderators.
    """
    if not member or not is_the_desk():
        return str(member or "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT concat(%s::text, ' ', pg_backend_pid(), ' ', extract(epoch FROM now()))", [str(member)])
        (challenge,) = cursor.fetchone()
    return f"{member} {hmac.new(settings.DESK_IDENTITY_KEY, challenge.encode(), 'sha256').hexdigest()}"


def is_the_desk() -> bool:
    """Whether this process asks the database as the desk."""
    return settings.DOOR == "desk"


def _set(**settings: str) -> None:
    """Set transaction-local settings, in one question."""
    calls = ", ".join("set_config(%s, %s, true)" for _ in settings)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [part for name, value in settings.items() for part in (f"app.{name}", value)])


def ask_first(question: str, values: list[Any]) -> tuple[Any, ...] | None:
    """The first row of a transaction's first question, asked together with BEGIN.

    A member waits for every round trip, on every page, and this is one less (bench/identity.py). Where BEGIN has been
    sent, or somebody listens to what is asked, it is a question like any other; so is it once more when it fails, for
    what Django makes of the failure. Its values are bound, never written into it: whoever asks as the same role reads
    in pg_stat_activity what the others ask, and a session's key opens it.
    """
    database = connection.connection
    has_yet_to_begin = connection.in_atomic_block and database.info.transaction_status == TransactionStatus.IDLE
    if has_yet_to_begin and not connection.execute_wrappers and not connection.queries_logged:
        with connection.wrap_database_errors:
            found = database.wait(_with_begin(database, question, values))
            if found and found.status == ExecStatus.TUPLES_OK:
                rows = Transformer(database)
                rows.set_pgresult(found)
                return rows.load_row(0, tuple) if found.ntuples else None
            database.rollback()
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _with_begin(database: Connection, question: str, values: list[Any]) -> PQGen[PGresult | None]:
    """What comes of a question that is sent along with BEGIN; psycopg's own pipeline waits for each."""
    libpq = database.pgconn
    first, *others = question.split("%s")
    numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
    dumped = Transformer(database)
    bound = dumped.dump_sequence(values, [PyFormat.AUTO] * len(values))
    libpq.enter_pipeline_mode()
    libpq.send_query_params(b"BEGIN", None)
    libpq.send_query_params(numbered.encode(), bound, param_types=dumped.types, param_formats=dumped.formats)
    libpq.pipeline_sync()
    yield from send(libpq)
    found = []
    for _ in ("of BEGIN", "its end", "of the question", "its end", "of both"):
        found.append((yield from fetch(libpq)))
    libpq.exit_pipeline_mode()
    return found[2]


def _swap(setting: str, value: str) -> str:
    """Set a transaction-local setting and return what it was; after use PostgreSQL says '' for unset."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [setting])
        (found,) = cursor.fetchone()
        cursor.execute("SELECT set_config(%s, %s, true)", [setting, value])
    return found or ""


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    with transaction.atomic():
        found = _swap(name, value)
        try:
            yield
        finally:
            # Inside an aborted transaction nothing can be set, and nothing needs to be:
            # rolling back to the savepoint restores what was found.
            if not connection.needs_rollback and connection.connection.info.transaction_status.name != "INERROR":
                _swap(name, found)


@contextmanager
def acting_as(member: Member | None) -> Iterator[None]:
    """Run a block, in one transaction, as the database sees one member, or a stranger."""
    with transaction.atomic(), _setting(MEMBER, known_as(member and member.pk)):
        yield


def signing_in(account: str) -> AbstractContextManager[None]:
    """Run a block in which one account's own rows may be read to log in to it.

    ``account`` is a member's id or their e-mail address.
    """
    return _setting(SIGNING_IN, account.lower())


def signing_up(email: str) -> AbstractContextManager[None]:
    """Run a block in which one member may be added: a stranger who has just proved this address."""
    return _setting(SIGNING_UP, email)


def looking_as(audience: str) -> AbstractContextManager[None]:
    """Run a block in which the database shows only what an audience may see, of one's own profile too.

    ``audience`` is public, community or verified. It takes away from what the reader sees and can never add to it
    (community/migrations/0021).
    """
    return _setting(LOOKING_AS, audience)


def identify(member: Member) -> None:
    """Let the rest of this transaction run as a member: they have just logged in."""
    _set(member=known_as(member.pk))


def start_signing_in(account: str) -> None:
    """Let the rest of this transaction read one account's own rows, to log in to it; see ``signing_in``."""
    _set(signing_in=account.lower())


def start_signing_in_with(provider: str, uid: str) -> None:
    """The same, of the account that is connected with one elsewhere; its provider has just vouched for who it is.

    Without such an account nothing is readable. There is no listing of either.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT connected_member(%s, %s)", [provider, uid])
        (member,) = cursor.fetchone()
    start_signing_in(str(member or ""))


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def asks_first(view: View) -> View:
    """Mark a view that answers nearly everyone alike: it runs without an identity, and asks with ``identified``."""
    view.asks_first = True  # type: ignore[attr-defined]
    return view


@contextmanager
def identified(request: HttpRequest) -> Iterator[None]:
    """Run a block, in one transaction, as whoever's token or session a request carries; a stranger without one."""
    with transaction.atomic():
        secret = _presented(request)
        if secret is not None:
            request.bearer = bear(secret)  # type: ignore[attr-defined]
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            _identify(request)
        yield


_brought: ContextVar[Member | None] = ContextVar("brought", default=None)


def member_brought() -> Member | None:
    """The row that the session which is being looked at brought along, for whoever asks Django who that is."""
    return _brought.get()


def _identify(request: HttpRequest) -> None:
    session: Any = request.session  # a SessionStore of ours
    member, unread, brought, is_first_today = session.present()
    claimed = session.get(SESSION_KEY, "")
    half_way = next((session[step][key] for step, key in HALF_WAY if session.get(step, {}).get(key)), "")
    # What the session says is signed, whose row it is, is not. The desk says who it is in a way of its own.
    if half_way or claimed != member or is_the_desk():
        _set(member=known_as(claimed), signing_in=str(UUID(half_way)) if half_way else "")
    if not claimed:
        return
    asking = _brought.set(brought)
    try:
        is_authenticated = request.user.is_authenticated
    finally:
        _brought.reset(asking)
    if is_authenticated:
        request.unread_notices = unread  # type: ignore[attr-defined]  # for the head of the page
        if is_first_today:
            was_here()
    else:
        _set(member="")


def _asks_first(request: HttpRequest) -> bool:
    try:
        return hasattr(resolve(request.path_info).func, "asks_first")
    except Resolver404:
        return False


def bear(secret: str) -> Bearer:
    """Let the rest of this transaction run as the member whose API token this is, if it is good for anything."""
    row = ask_first("SELECT token, member, scopes FROM token_presented(%s)", [digests(secret)])
    if row is None:
        _set(member="")
        return Bearer()
    token, member, scopes = row
    _set(member=str(member))
    return Bearer(token, Member.objects.get(pk=member), frozenset(scopes))


def _presented(request: HttpRequest) -> str | None:
    """The token that a request to the API carries; pages are opened by sessions alone."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not request.path_info.startswith("/api/"):
        return None
    return secret.strip()


def if_undone(request: HttpRequest, undo: Callable[[], object]) -> None:
    """Have this done if the request's transaction comes to nothing: a file, say, is undone by no transaction."""
    request.__dict__.setdefault("undo", []).append(undo)


class IdentityMiddleware:
    """One transaction around view and rendering for a request that carries a session or a token, or writes.

    It stands after AuthenticationMiddleware. The identity is taken from the session first, so
    that the member's own row can be read at all, and withdrawn if the session turns out stale.
    A token goes before a session, and leaves what it is good for in ``request.bearer``.
    Any answer of 500 or more rolls everything back; what was seen with an identity is kept by no cache.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        reads = request.method in READING
        has_token = _presented(request) is not None
        if reads and not has_token and (not has_session or _asks_first(request)):
            return self.get_response(request)
        stands = False
        try:
            with identified(request):
                if not reads:
                    _set(request=uuid4().hex)
                response = self.get_response(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
            stands = response.status_code < 500
        finally:
            for undo in () if stands else request.__dict__.get("undo", ()):
                undo()
        if has_session and request.session.is_empty():  # its cookie is taken away: that, no cache may tell others
            response["Cache-Control"] = "private, no-store"
        elif has_session and not response.has_header("Cache-Control"):  # a tile is the same for everyone, and says so
            patch_cache_control(response, private=True, no_store=True)
        return response
