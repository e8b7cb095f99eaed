from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from community.models import Session


class SessionStore(DatabaseStore):
    """Django's database sessions, each marked with the door it came in by."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        assert isinstance(session, Session)  # noqa: S101 (get_model_class says so, but not to the type checker)
        session.door = settings.DOOR
        return session
