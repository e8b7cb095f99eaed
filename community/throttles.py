"""How often one may try at the doors, counted exactly (community/limits.py), per account and per network.

Whoever guesses at an account uses up what strangers may try there. Its owner still comes in: from a
browser they have logged in with before, which has a count of its own, and everywhere by a passkey or a
code by mail (community/mailed_codes.py). While Redis is away nobody tries anything.

Accounts are counted by a keyed hash of the address that was typed, whether or not there is an account.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from community.limits import ClientLimit, Policy, network_of
from community.mailboxes import mailbox_of

MINUTE, HOUR, YEAR = 60, 3600, 365 * 86400


class Throttle(NamedTuple):
    """What is counted for one kind of trying."""

    network: Policy  # all that one network tries
    here: Policy  # one network at one account
    account: Policy | None  # all strangers at one account
    known: Policy  # a browser that has logged in to that account before


LOGIN = Throttle(
    Policy("login-network", 60, 10 * MINUTE),
    Policy("login-here", 10, 10 * MINUTE),
    Policy("login-account", 60, HOUR),
    Policy("login-known", 10, 10 * MINUTE),
)
LETTER = Throttle(
    Policy("letter-network", 40, HOUR),
    Policy("letter-here", 5, 15 * MINUTE),
    Policy("letter-account", 30, HOUR),
    Policy("letter-known", 5, 15 * MINUTE),
)
CODE = Policy("code-network", 60, 10 * MINUTE)
CODE_RANGE = Policy("code-range", 600, 10 * MINUTE)  # of IPv6: 48 bits, which one customer can have for the asking
ONCE_MORE = Policy("letter-once-more", 5, 15 * MINUTE)  # to one member who is logged in
PAPERS = Policy("papers", 40, HOUR)  # that one member hands in: each is seconds of a processor

KNOWN = f"{settings.SESSION_COOKIE_NAME}_known"  # the cookie of browsers that have logged in here
MOST_KNOWN = 5  # accounts remembered in one browser


def throttled(view: Callable[..., HttpResponseBase], throttle: Throttle, field: str) -> Callable[..., HttpResponseBase]:
    """A view that answers 429 when its form is sent too often; ``field`` names the address typed into it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not may_try(request, throttle, request.POST.get(field, "")):
            return too_many(request)
        return view(request, *args, **kwargs)

    return guarded


def throttled_codes(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that takes codes; each code counts its own wrong tries, so that only the network is counted here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not may_type(request):
            return too_many(request)
        return view(request, *args, **kwargs)

    return guarded


def throttled_members(view: Callable[..., HttpResponseBase], policy: Policy) -> Callable[..., HttpResponseBase]:
    """A view that answers 429 to a member whose form comes too often; strangers are the view's own affair."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and request.user.is_authenticated and not is_through(policy, str(request.user.pk)):
            return too_many(request)
        return view(request, *args, **kwargs)

    return guarded


def too_many(request: HttpRequest) -> HttpResponseBase:
    """The page that says to wait, and which ways in stay open."""
    return render(request, "429.html", status=429)


def may_try(request: HttpRequest, throttle: Throttle, address: str) -> bool:
    """Whether this browser may try now; if so, it counts."""
    account = _tag("throttle", address)
    if knows(request, address):
        return is_through(throttle.known, account)
    here = network(request)
    asked = ((throttle.network, here), (throttle.here, f"{account}:{here}"), (throttle.account, account))
    return all(policy is None or is_through(policy, client) for policy, client in asked)


def may_type(request: HttpRequest) -> bool:
    """Whether one more code may be typed from this browser's network; if so, it counts."""
    return is_through(CODE, network(request)) and is_through(CODE_RANGE, network(request, bits=48))


def network(request: HttpRequest, *, bits: int = 64) -> str:
    """The network of whoever asks; of IPv6 the 64 bits that stand for one customer, or so many."""
    return network_of(get_adapter(request).get_client_ip(request), bits)


def knows(request: HttpRequest, address: str) -> bool:
    """Whether this browser has logged in to the account of that address before."""
    return _tag("known", address) in _known(request)


def remember(request: HttpRequest, response: HttpResponseBase, address: str) -> None:
    """Let this browser's next tries at an account be counted apart from those of strangers."""
    tags = [_tag("known", address), *(tag for tag in _known(request) if tag != _tag("known", address))]
    response.set_signed_cookie(
        KNOWN,
        ".".join(tags[:MOST_KNOWN]),
        salt=KNOWN,
        max_age=YEAR,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> list[str]:
    return (request.get_signed_cookie(KNOWN, default="", salt=KNOWN, max_age=YEAR) or "").split(".")


def _tag(purpose: str, address: str) -> str:
    return salted_hmac(f"community.throttles.{purpose}", mailbox_of(address)).hexdigest()[:24]


def is_through(policy: Policy, client: str) -> bool:
    """Whether a client may try once more; if so, it counts."""
    standing = ClientLimit().ask(policy, client)
    return standing is not None and standing.is_through
