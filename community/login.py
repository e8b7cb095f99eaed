"""Logging in: which rows it may read, what it says, and how its secrets are kept."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from community.devices import device_words
from community.identity import identify, start_signing_in
from community.models import Erasure, Member
from community.sessions import DEVICE

TOO_MANY = _("Too many attempts. Wait a few minutes and try again.")


class MemberBackend(ModelBackend):
    """E-mail and password. The account's row becomes readable only because it is being logged in to."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Member | None:
        account = username or kwargs.get(Member.USERNAME_FIELD) or ""
        start_signing_in(account)
        member = super().authenticate(request, username=account, password=password)
        if member is None:
            start_signing_in("")
        return member


class AccountAdapter(DefaultAccountAdapter):
    """How allauth behaves at our two doors."""

    # Our own words: allauth's Portuguese addresses the reader otherwise than the town does.
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("This e-mail address and password do not belong together."),
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right. Codes change every half minute, and each works once."),
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are opened by the desk for now."""
        return False

    def login(self, request: HttpRequest, user: Member) -> None:
        identify(user)
        super().login(request, user)
        request.session[DEVICE] = device_words(self.get_http_user_agent(request))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if settings.DOOR == "site" and Erasure.objects.filter(member=request.user.pk).exists():
            return reverse("my_data:overview")  # where they can stay after all
        return "/" if settings.DOOR == "desk" else f"/{request.LANGUAGE_CODE}/"

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors, whose secrets the database holds sealed: a copy of it opens no account."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(_box(settings.SECRET_KEY).encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret.

        Raises CryptoError if neither the key nor any of SECRET_KEY_FALLBACKS sealed it.
        """
        sealed = base64.b64decode(encrypted_text)
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                return _box(key).decrypt(sealed).decode()
            except CryptoError:
                continue
        raise CryptoError("This second factor was sealed with a key that is gone.")


def _box(secret_key: str) -> SecretBox:
    return SecretBox(
        hashlib.blake2b(secret_key.encode(), digest_size=SecretBox.KEY_SIZE, person=b"second factors").digest()
    )
