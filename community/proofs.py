"""An address that someone says is theirs, until they type the code that was mailed there."""

from __future__ import annotations

import time
from typing import Any, TypedDict

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from community import mailed_codes

LIFETIME = 15 * 60  # seconds
TRIES = 5
LETTERS = 3  # the first and two more


class _Kept(TypedDict):
    email: str
    code: str
    is_genuine: bool
    at: float
    tries: int
    letters: int
    facts: dict[str, Any]


class Proof:
    """One such address for one purpose, with what else was said; it lives in the session and nowhere else.

    It is begun in the same way for an address that must not be told to be taken (``is_genuine``
    false): then no code is ever right.
    """

    def __init__(self, request: HttpRequest, purpose: str) -> None:
        self._session: SessionBase = request.session
        self._key = f"proof_{purpose}"

    def begin(self, email: str, *, is_genuine: bool, facts: dict[str, Any] | None = None, code: str = "") -> None:
        """Start anew for this address, with a code of its own unless one is handed in."""
        kept = _Kept(email=email, code="", is_genuine=is_genuine, at=time.time(), tries=0, letters=1, facts=facts or {})
        kept["code"] = code or mailed_codes.fresh()
        self._session[self._key] = kept

    def take(self, code: str) -> None:
        """Let another code count from now on: that of the newest letter."""
        if kept := self.kept:
            kept["code"] = code
            self._session.modified = True

    @property
    def kept(self) -> _Kept | None:
        """What is being proved, or None if nothing is, or no longer."""
        kept: _Kept | None = self._session.get(self._key)
        return kept if kept and time.time() - kept["at"] < LIFETIME else None

    def is_proved_by(self, typed: str) -> bool:
        """Whether this is the code. A wrong one counts; after the last try the whole matter is forgotten."""
        kept = self.kept
        if kept is None:
            return False
        if mailed_codes.take(typed, expected=kept["code"] if kept["is_genuine"] else ""):
            return True
        kept["tries"] += 1
        if kept["tries"] >= TRIES:
            self.end()
        self._session.modified = True
        return False

    def may_write_again(self) -> bool:
        """Whether the same letter may be sent once more; if so, it counts."""
        kept = self.kept
        if kept is None or kept["letters"] >= LETTERS:
            return False
        kept["letters"] += 1
        self._session.modified = True
        return True

    def end(self) -> None:
        """Forget it: proved, given up, or tried too often."""
        self._session.pop(self._key, None)
