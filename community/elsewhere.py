"""Coming in by way of an account elsewhere: Google, Facebook, Apple; only those that are configured.

Allauth speaks with them; whom it brings is ours to decide (``SocialAdapter``). A known account elsewhere logs its
member in through the usual stages. An unknown one leads to our own joining page, and the member and the link are
made there. An account at the same address is never linked by that alone: its member logs in, then connects it.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple, TypedDict

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from community.actions import AlreadyConnected, connect
from community.identity import signing_in, start_signing_in_with
from community.mailboxes import canonical
from community.models import Member
from community.names import LONGEST

NAMES = {"google": "Google", "facebook": "Facebook", "apple": "Apple"}
JOINING = "joining_from_elsewhere"  # what a session keeps of a stranger between two pages
WAITS = 15 * 60  # seconds


class Joining(TypedDict):
    """A stranger who came by way of elsewhere, until they have joined."""

    provider: str
    uid: str
    name: str
    email: str
    is_proved: bool  # whether the provider vouches for the address
    at: float


class Way(NamedTuple):
    """A provider on a page, and whether the reader's account is connected with it."""

    id: str
    name: str
    is_connected: bool = False
    is_configured: bool = True


def ways_in() -> list[Way]:
    """The providers that are configured, at the site."""
    return [Way(key, NAMES[key]) for key in settings.SOCIALACCOUNT_PROVIDERS if key in NAMES]


def ways_of(member: Member) -> list[Way]:
    """The providers that are configured or that an account is connected with."""
    connected = set(SocialAccount.objects.filter(user=member).values_list("provider", flat=True))
    configured = {way.id for way in ways_in()}
    return [
        Way(key, name, key in connected, key in configured)
        for key, name in NAMES.items()
        if key in connected | configured
    ]


def joining(request: HttpRequest) -> Joining | None:
    """Whoever came by way of elsewhere a moment ago and has not joined yet."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    kept: Joining | None = request.session.get(JOINING)
    return kept if kept and time.time() - kept["at"] < WAITS else None


class SocialAdapter(DefaultSocialAccountAdapter):
    """What allauth asks of us on the way back from a provider. Apps are known from the settings alone."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        configured = settings.SOCIALACCOUNT_PROVIDERS.items()
        apps = [SocialApp(provider=key, **facts["APP"]) for key, facts in configured if provider in (None, key)]
        return [app for app in apps if client_id in (None, app.client_id)]

    def new_user(self, request: HttpRequest, sociallogin: SocialLogin) -> Member:
        """The provider has vouched for someone: the account they are connected with, if any, is being logged in to.

        Nothing else of what it says of them is kept.
        """
        sociallogin.account.extra_data = {}
        start_signing_in_with(sociallogin.account.provider, sociallogin.account.uid)
        return Member()

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Member:
        whole = data.get("name") or " ".join(filter(None, (data.get("first_name"), data.get("last_name"))))
        sociallogin.said_name = str(whole)[:LONGEST]
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Decide what becomes of whom the provider brings; those who are known go on to log in."""
        speak(request, sociallogin.state.get("language"))
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(finish_connecting(request, sociallogin))
        if not sociallogin.is_existing:
            raise ImmediateHttpResponse(begin_joining(request, sociallogin))

    def on_authentication_error(self, request: HttpRequest, provider: Any, *args: Any, **kwargs: Any) -> None:
        speak(request, ((kwargs.get("extra_context") or {}).get("state") or {}).get("language"))
        words = _("%(provider)s did not bring you here. Try again, or choose another way.")
        messages.error(request, words % {"provider": NAMES[provider.id]})
        back = "account_overview" if request.user.is_authenticated else "account_login"
        raise ImmediateHttpResponse(redirect(back))


def speak(request: HttpRequest, language: str | None) -> None:
    """Go on in the language of the page they left from: the address they come back to has none."""
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = language


def begin_joining(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    """Lead a stranger to the joining page. An account at an address that the provider proved is told of, not opened."""
    said = next(iter(sociallogin.email_addresses), None)
    try:
        email, is_proved = (canonical(said.email), bool(said.verified)) if said else ("", False)
    except ValidationError:
        email, is_proved = "", False
    if is_proved:
        with signing_in(email):
            is_taken = Member.objects.filter(email=email).exists()
        if is_taken:
            words = _(
                "There is an account at %(email)s already. Log in to it as you always do; then you can connect "
                "%(provider)s on the page of your account."
            )
            messages.info(request, words % {"email": email, "provider": NAMES[sociallogin.account.provider]})
            return redirect("account_login")
    request.session[JOINING] = Joining(
        provider=sociallogin.account.provider,
        uid=sociallogin.account.uid,
        name=sociallogin.said_name,
        email=email,
        is_proved=is_proved,
        at=time.time(),
    )
    request.session.set_expiry(86400)
    return redirect("account_signup")


def finish_connecting(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    """Connect an account elsewhere with the account of whoever is logged in."""
    account = sociallogin.account
    name = {"provider": NAMES[account.provider]}
    if not request.user.is_authenticated or str(request.user.pk) != sociallogin.state.get("member"):
        return redirect("account_login")
    try:
        connect(request.user, account.provider, account.uid)
    except AlreadyConnected:
        messages.error(request, _("That account at %(provider)s is connected with an account here already.") % name)
        return redirect("account_overview")
    tell = get_account_adapter().send_notification_mail
    tell("socialaccount/email/account_connected", request.user, name)
    messages.success(request, _("From now on you can log in with %(provider)s too.") % name)
    return redirect("account_overview")
