from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection, transaction
from django.db.models import DateTimeField
from django.utils.timezone import localdate, now

from community.identity import acting_as, ask_first
from community.models import Member, Session

DEVICE = "device"  # where a session keeps what its browser is called
OPENED = "opened"  # and at the desk, since when it is somebody's
MINUTE = timedelta(minutes=1)
LONGEST = timedelta(hours=12)
KEY = re.compile("[a-z0-9]{8,64}")
# Of a member's row; its days and times are read by few pages, and take as long to decode as all the rest.
ACCOUNT = [field.attname for field in Member._meta.concrete_fields if not isinstance(field, DateTimeField)]
PRESENTED = (
    f"SELECT session_data, is_first_today, member::text, unread, {', '.join(f'(account).{name}' for name in ACCOUNT)}"  # noqa: S608
    " FROM session_presented(%s, %s)"
)


@contextmanager
def presenting(key: str | None, *, savepoint: bool = True) -> Iterator[None]:
    """Run a block, in a transaction, in which the session of that key can be reached: policies read ``app.session``."""
    with transaction.atomic(savepoint=savepoint):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.session', %s, true)", [key or ""])
        yield


def why_it_ended(key: str) -> str:
    """Why a login at the desk, by its key, is none any more: ``idle``, ``long``, or nothing to say."""
    if not KEY.fullmatch(key):
        return ""  # a cookie can hold anything: see _validate_session_key
    with connection.cursor() as cursor:
        cursor.execute("SELECT why_desk_session_ended(%s)", [key])
        return cursor.fetchone()[0] or ""


def vouching_for(member: str | None) -> AbstractContextManager[None]:
    """Run a block in which the desk says that a session becomes this member's: the database believes nobody else."""
    return acting_as(Member(pk=member)) if member and settings.DOOR == "desk" else nullcontext()


class Presented(NamedTuple):
    """What a session that was presented says of its member."""

    member: str  # their id, or nothing
    unread: int  # how many notices wait
    account: Member | None  # their row; not at the desk, which has yet to prove who it is
    is_first_today: bool


class SessionStore(DatabaseStore):
    """Django's database sessions, each reached by its key alone and marked with its door, member and browser."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: str) -> bool:
        return KEY.fullmatch(key or "") is not None  # a cookie can hold anything, NUL too, which PostgreSQL refuses

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        if settings.DOOR == "desk" and SESSION_KEY in data:
            data.setdefault(OPENED, now().isoformat())
        session = super().create_model_instance(data)
        assert isinstance(session, Session)  # noqa: S101 (get_model_class says so, but not to the type checker)
        session.door = settings.DOOR
        session.member_id = data.get(SESSION_KEY)
        session.device = data.get(DEVICE, "")
        if settings.DOOR == "desk":
            session.opened_at = datetime.fromisoformat(data[OPENED]) if OPENED in data else None
            session.last_used_at = now()
        return session

    def present(self) -> Presented:
        """Load this session, and let the rest of the transaction run as the member it is of, in one question."""
        presented = ask_first(PRESENTED, [self.session_key or "", now()])
        assert presented is not None  # noqa: S101 (a row of nulls at worst, but the type checker cannot know)
        data, is_first_today, member, unread, *account = presented
        if data is None:
            self._session_key = None
        self._session_cache = {} if data is None else self.decode(data)
        if settings.DOOR == "desk" and self._session_cache.get(SESSION_KEY, "") != (member or ""):
            self._session_cache = {}  # a copy of what another session held, so that it would never end
        if is_first_today:
            Session.objects.filter(pk=self.session_key).update(last_used_on=localdate())
        if data is not None and settings.DOOR == "desk":
            a_minute_ago = now() - MINUTE
            Session.objects.filter(pk=self.session_key, last_used_at__lt=a_minute_ago).update(last_used_at=now())
        row = Member.from_db(connection.alias, ACCOUNT, account) if any(account) else None
        return Presented(member or "", unread or 0, row, bool(is_first_today))

    def _get_session_from_db(self) -> Session | None:
        with presenting(self.session_key, savepoint=False):
            session: Session | None = super()._get_session_from_db()  # type: ignore[misc]  # the stubs leave it out
        return session

    def exists(self, session_key: str) -> bool:
        with presenting(session_key):
            return super().exists(session_key)

    def save(self, must_create: bool = False) -> None:
        data: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # left out too
        opened = data.get(OPENED)
        if opened and now() - datetime.fromisoformat(opened) >= LONGEST:
            return  # it ended while it was being used: its row is out of reach
        if self.session_key is None:
            return self.create()  # which comes back here with a key
        with presenting(self.session_key), vouching_for(data.get(SESSION_KEY)):
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with presenting(session_key or self.session_key):
            super().delete(session_key)
