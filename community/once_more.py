"""Proving once more who one is, before a step that cannot be undone.

Allauth asks for the password or the second step again, and lets those pass who have neither. Here they type
another code that we mail them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

LATELY = 15 * 60  # seconds since a login that counts as recent


def _since(request: HttpRequest, *, again: bool) -> float:
    """Seconds since this browser logged in, or (``again``) proved once more who it is."""
    records = get_authentication_records(request, request.user)
    times = [record["at"] for record in records if record.get("reauthenticated") or not again]
    return time.time() - max(times, default=0)


def is_proved_once_more(request: HttpRequest) -> bool:
    """Whether this browser proved, since it logged in and a moment ago, that it is still them."""
    return _since(request, again=True) < app_settings.REAUTHENTICATION_TIMEOUT


def showed_second_step(request: HttpRequest, *, within: int) -> bool:
    """Whether this browser showed a second step (an app's code, a passkey) in the last so many seconds."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" and time.time() - record["at"] < within for record in records)


def ask_second_step(request: HttpRequest) -> HttpResponse:
    """Hold a request back until its sender has shown a second step once more; then it goes on by itself."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    url = next((way["url"] for way in ways if way["id"].startswith("mfa")), reverse("mfa_index"))
    return suspend_request(request, url)


def proved_once_more(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view for whoever proved a moment ago, since they logged in, that it is still them."""
    return _guarded(view, is_proved_once_more)


def came_in_lately(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view for whoever logged in, or proved once more who they are, a quarter of an hour ago at most."""
    return _guarded(view, lambda request: _since(request, again=False) < LATELY)


def prove_first(request: HttpRequest, *, then: str) -> HttpResponse:
    """Lead a member to proving it, and then on to an address of ours. What they typed is not kept meanwhile."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    return redirect(f"{ways[0]['url']}?{urlencode({'next': then})}")


def _guarded(
    view: Callable[..., HttpResponseBase], is_sure: Callable[[HttpRequest], bool]
) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_sure(request):
            raise ReauthenticationRequired  # allauth's middleware sends them there, and back
        return view(request, *args, **kwargs)

    return guarded
