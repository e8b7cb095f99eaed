"""Coming in as people do: with a password, and with the code an authenticator app would show."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client, override_settings

from community import guidelines
from community.models import Member, Onboarding
from tests.databases import as_role
from tests.factories import MemberFactory

PERIOD = 30  # seconds a code holds
PASSWORD = "boa-viagem-2026"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

# As the settings say for that door; a password that is checked for every test need not be dear to guess.
THE_DESKS = {
    "DOOR": "desk",
    "ROOT_URLCONF": "config.desk_urls",
    "ACCOUNT_LOGIN_BY_CODE_ENABLED": False,
    "ACCOUNT_SESSION_REMEMBER": False,
}


@contextmanager
def at_the_desks_door() -> Iterator[None]:
    """Let requests come in at the desk for the length of a block; before and after it, at the site."""
    with override_settings(**THE_DESKS), as_role("desk"):
        yield


def guard(member: Member) -> Member:
    """Give a member an authenticator app; one who works at the desk has agreed to its rules too."""
    with as_role("owner"):
        TOTP.activate(member, SECRET)
        if member.works_at_the_desk:
            Onboarding.objects.get_or_create(member=member, version=guidelines.DESK_VERSION)
    return member


def code(secret: str = SECRET) -> str:
    """What the app shows; as people do, wait for the next code if this one is about to end."""
    left = PERIOD - time.time() % PERIOD
    if left < 3:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD))


def log_in(client: Client, member: Member, *, path: str = "/account/login/", password: str = PASSWORD) -> HttpResponse:
    """Type e-mail and password."""
    return client.post(path, {"login": member.email, "password": password})


def log_in_fully(client: Client, member: Member) -> HttpResponse:
    """Type e-mail, password and code at the desk."""
    log_in(client, member)
    return client.post("/account/2fa/authenticate/", {"code": code()})


def staff(*permissions: str) -> Member:
    """Someone who may do this at the desk."""
    member = guard(MemberFactory(password=PASSWORD, is_staff=True))
    with as_role("owner"):
        member.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return member


def come_in(desk: Client, *permissions: str) -> None:
    """Come in at the desk as someone who may do this there."""
    log_in_fully(desk, staff(*permissions))


def said(page: Any) -> str:
    """The words of a page, as they are read one after the other."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())
