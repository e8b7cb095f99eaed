"""The codes that strangers can have mailed to an address: one at a time, however many ask for it.

Every letter of a quarter of an hour carries the same code, so whichever of them its reader opens is right. So
few go out that a mailbox is not flooded; whoever asks beyond that gets the same page. A page takes the code it
was made for, and that of a letter which came since. Strangers who use the letters up therefore shut nobody out.
That an address is known changes nothing here: both ways make a code, of which one is never right.

There are 20^8 (26 thousand million) codes, and two at most are right on one page: its own and the newest. A network
types 360 in an hour at most, a customer's whole range of IPv6 3,600 (``throttles.CODE``, ``CODE_RANGE``): a thousand
networks together are right once in four years of trying without a pause, a thousand ranges once in five months.

Redis keeps neither a code nor an address: a code is made with the town's key from what stands there.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, NamedTuple
from uuid import uuid4

from allauth.core.internal.cryptokit import compare_user_code, generate_user_code
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from community.half_way import HALF_WAY
from community.limits import ClientLimit, Policy
from community.mailboxes import mailbox_of
from community.throttles import LETTER, MINUTE, is_through, knows, may_try, too_many

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no words come about; nothing that looks like a figure
LENGTH = 8
LIFETIME = 15 * MINUTE  # in which letters carry the same code, and in which a page takes it
SPARE = MINUTE
OUT = Policy("letter-account", 3, LIFETIME)  # to one address, of one purpose; no longer a window than a code lives
PURPOSES = ("login", "reset", "join")


class Mailed(NamedTuple):
    """The code that counts for whoever asked, and whether a letter with it may go out."""

    code: str
    is_sent: bool


class Asked:
    """That a request asks for a letter. What becomes of it is decided once, and when it would be written."""

    def __init__(self, request: HttpRequest, purpose: str, address: str) -> None:
        self._asked = (request, purpose, address)

    @cached_property
    def mailed(self) -> Mailed:
        return mail_code(*self._asked)


def throttled_letters(view: Callable[..., HttpResponseBase], purpose: str) -> Callable[..., HttpResponseBase]:
    """A view whose form sends a letter to the address in it; it answers 429 to a network that asks too often."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            address = request.POST.get("email", "")
            if not may_try(request, LETTER._replace(account=None), address):
                return too_many(request)
            for state, _name in HALF_WAY:  # one matter at a time: of two, the rows of one alone can be read
                request.session.pop(state, None)
            request.letter = Asked(request, purpose, address)  # type: ignore[attr-defined]  # AccountAdapter reads it
        response = view(request, *args, **kwargs)
        _name_nobody(request.session)
        return response

    return guarded


def mail_code(request: HttpRequest, purpose: str, address: str) -> Mailed:
    """The code for an address. It counts a letter, unless no more may go there for the moment."""
    place = _place(purpose, address)
    is_sent = knows(request, address) or is_through(OUT, place)
    began, chance = _chance(place)
    if is_sent:
        if time.time() - began >= LIFETIME:
            began, chance = time.time(), _next(place, chance)
        cache.set(place, (began, chance), timeout=LIFETIME + SPARE)
    code = _made_of(place, chance)
    if is_sent:
        cache.set(_life(code), place, timeout=2 * LIFETIME + SPARE)  # a page may have it from now until its own end
    return Mailed(code, is_sent)


def fresh() -> str:
    """A code of nobody else's, for a letter that strangers cannot ask for."""
    code = generate_user_code(length=LENGTH)
    cache.set(_life(code), "", timeout=LIFETIME + SPARE)
    return code


def take(typed: str, *, expected: str) -> bool:
    """Whether this is the code that a page expects, or that of the newest letter since; if so, it is used up.

    Each code works once, wherever, and the next letter carries another. An empty one is never right.
    """
    place = cache.get(_life(expected)) or ""
    kept = cache.get(place or _place("", ""))  # asked in any case: an unknown address takes as long
    newest = _made_of(place, kept[1]) if kept else expected
    code = next((each for each in (expected, newest) if compare_user_code(actual=typed, expected=each)), "")
    if not code or not cache.delete(_life(code)):
        return False
    if place:
        cache.delete(place)
        ClientLimit().forget(OUT, place)
    return True


def forget(address: str) -> None:
    """Drop what is kept for an address."""
    for purpose in PURPOSES:
        cache.delete(_place(purpose, address))


def _name_nobody(session: SessionBase) -> None:
    """Let whoever waits for the code of no account wait for that of nobody's, so that their page takes as long."""
    for state, name in HALF_WAY:
        waiting = session.get(state)
        if waiting is not None and waiting.get(name) is None:
            session[state] = waiting | {name: str(uuid4())}


def _place(purpose: str, address: str) -> str:
    digest = salted_hmac(f"community.mailed_codes.{purpose}", mailbox_of(address), algorithm="sha256")
    return f"code:{purpose}:{digest.hexdigest()[:32]}"


def _chance(place: str) -> tuple[float, str]:
    """When the codes of a place began to be made of what, the same for all who ask at once."""
    mine = (time.time(), secrets.token_hex(16))
    if cache.add(place, mine, timeout=LIFETIME + SPARE):
        return mine
    kept: tuple[float, str] = cache.get(place, mine)
    return kept


def _next(place: str, chance: str) -> str:
    """What the next code is made of, the same for all who find that this one's time is over."""
    return salted_hmac(f"community.mailed_codes.next.{place}", chance, algorithm="sha256").hexdigest()[:32]


def _life(code: str) -> str:
    return f"code:{salted_hmac('community.mailed_codes.life', code, algorithm='sha256').hexdigest()[:32]}"


def _made_of(place: str, chance: str) -> str:
    number = int.from_bytes(salted_hmac(place, chance, algorithm="sha256").digest(), "big")
    code = "".join(LETTERS[number // len(LETTERS) ** n % len(LETTERS)] for n in range(LENGTH))
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
