from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection, transaction
from django.utils.timezone import localdate

from community.models import Session

DEVICE = "device"  # where a session keeps what its browser is called


@contextmanager
def presenting(key: str | None, *, savepoint: bool = True) -> Iterator[None]:
    """Run a block, in a transaction, in which the session of that key can be reached: policies read ``app.session``."""
    with transaction.atomic(savepoint=savepoint):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.session', %s, true)", [key or ""])
        yield


class SessionStore(DatabaseStore):
    """Django's database sessions, each reached by its key alone and marked with its door, member and browser."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        assert isinstance(session, Session)  # noqa: S101 (get_model_class says so, but not to the type checker)
        session.door = settings.DOOR
        session.member_id = data.get(SESSION_KEY)
        session.device = data.get(DEVICE, "")
        return session

    def _get_session_from_db(self) -> Session | None:
        with presenting(self.session_key, savepoint=False):
            session: Session | None = super()._get_session_from_db()  # type: ignore[misc]  # the stubs leave it out
            if session and session.last_used_on != (today := localdate()):
                session.last_used_on = today
                session.save(update_fields=["last_used_on"])
        return session

    def exists(self, session_key: str) -> bool:
        with presenting(session_key):
            return super().exists(session_key)

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()  # which comes back here with a key
        with presenting(self.session_key):
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with presenting(session_key or self.session_key):
            super().delete(session_key)
