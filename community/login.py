from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from community.identity import identify, start_signing_in
from community.models import Member


class MemberBackend(ModelBackend):
    """E-mail and password. The account's row becomes readable only because it is being logged in to."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Member | None:
        account = username or kwargs.get(Member.USERNAME_FIELD) or ""
        start_signing_in(account)
        return super().authenticate(request, username=account, password=password)


class AccountAdapter(DefaultAccountAdapter):
    """How allauth behaves at our two doors."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are opened by the desk for now."""
        return False

    def login(self, request: HttpRequest, user: Member) -> None:
        identify(user)
        super().login(request, user)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/" if settings.DOOR == "desk" else f"/{request.LANGUAGE_CODE}/"
