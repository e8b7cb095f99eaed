"""Who may call what at the desk: every address of it × everyone who might try, against a written matrix.

The matrix is ``desk_access.txt``, beside this file: an address, a method, and the answers to CALLERS in their order.
``half-way`` is an administrator who typed their password and not yet their code. An address stands for a row that is
there, unless nothing makes one without a story of its own. What is asked is undone again.

A new address is written there as it should answer; the failing test shows how it does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import get_resolver

from community.models import Member
from config.privileges import MODERATORS, SENIORS
from tests.config.test_access import _walk, ask, batched
from tests.databases import as_role
from tests.doors import PASSWORD, guard, log_in, log_in_fully
from tests.factories import (
    BusinessFactory,
    CaseFactory,
    EventFactory,
    ListingRequestFactory,
    MemberFactory,
    ReportFactory,
)

pytestmark = pytest.mark.django_db

CALLERS = ("stranger", "member", "half-way", "moderator", "senior", "administrator")
METHODS = ("GET", "POST")
WRITTEN = Path(__file__).with_name("desk_access.txt")
NOBODY = UUID("00000000-0000-4000-8000-00000000dead")
OTHER_PARTS = {
    "(?P<folder>pictures|portraits)": "portraits",
    "(?P<name>[\\w-]+\\.webp)": "nobody.webp",
    "(?P<app_label>verification|community|events|businesses)": "events",
    "(?P<url>.*)": "nothing/",
    "<path:content_type_id>": "0",
    "<slug:verdict>": "approve",
    "<int:number>": "1",
}


def matrix() -> dict[tuple[str, str], tuple[int, ...]]:
    """What the file says: for an address and a method, the answer to each caller; one answer is everybody's."""
    written: dict[tuple[str, str], tuple[int, ...]] = {}
    for line in WRITTEN.read_text().splitlines():
        if line and not line.startswith("#"):
            address, method, *answers = line.split()
            assert (address, method) not in written, f"twice: {line}"
            written[address, method] = tuple(map(int, answers)) * (len(CALLERS) if len(answers) == 1 else 1)
    return written


def addresses() -> list[str]:
    """Every address of the desk as it is written."""
    return sorted({address or "/" for address in _walk(get_resolver("config.desk_urls"))})


@pytest.fixture
def sessions(desk: Client) -> dict[str, str | None]:
    """The cookie each caller comes with."""
    ranks = {name: Group.objects.get(name=name) for name in (MODERATORS, SENIORS)}
    members = {
        "member": MemberFactory(password=PASSWORD),
        "half-way": MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True),
        "moderator": MemberFactory(password=PASSWORD, is_staff=True),
        "senior": MemberFactory(password=PASSWORD, is_staff=True),
        "administrator": MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True),
    }
    with as_role("owner"):
        members["moderator"].groups.add(ranks[MODERATORS])
        members["senior"].groups.add(ranks[SENIORS])
    found: dict[str, str | None] = {"stranger": None}
    for caller, member in members.items():
        browser = Client()
        if caller != "member":
            guard(member)
        (log_in if caller in {"member", "half-way"} else log_in_fully)(browser, member)
        cookie = browser.cookies.get(settings.SESSION_COOKIE_NAME)
        found[caller] = cookie.value if cookie else None
    return found


@pytest.fixture
def rows(desk: Client) -> dict[str, Any]:
    """Something that an address of the admin can be about, by the beginning of the address."""
    BusinessFactory()
    EventFactory()
    CaseFactory()
    ListingRequestFactory()
    ReportFactory()
    found = {}
    with as_role("owner"):
        for model in admin.site._registry:
            first = Member.objects.filter(is_staff=False).first() if model is Member else model._default_manager.first()
            if first is not None:
                found[f"{model._meta.app_label}/{model._meta.model_name}/"] = first.pk
    return found


def filled_in(address: str, rows: dict[str, Any]) -> str:
    about = next((str(rows[start]) for start in rows if address.startswith(start)), str(NOBODY))
    for part in ("<path:object_id>", "<uuid:pk>", "<int:pk>"):
        address = address.replace(part, about if part != "<int:pk>" or about.isdigit() else "0")
    for part, value in OTHER_PARTS.items():
        address = address.replace(part, value)
    address = re.sub(r"<uuid:\w+>", str(NOBODY), address)  # what hangs on the row
    assert "<" not in address, f"say in OTHER_PARTS what stands for it in {address}"
    return f"/{address.lstrip('/')}".replace("\\", "")


def test_every_address_of_the_desk_is_in_the_matrix():
    assert {address for address, _method in matrix()} == set(addresses())


@pytest.mark.parametrize("some", batched(addresses(), 72), ids=lambda some: some[0])
def test_each_caller_at_the_desk_gets_what_the_matrix_says(sessions, rows, some: list[str]):
    expected, client = matrix(), Client(raise_request_exception=False)
    found = {
        (address, method): tuple(ask(client, sessions[caller], method, filled_in(address, rows)) for caller in CALLERS)
        for address in some
        for method in METHODS
    }

    assert found == {key: expected[key] for key in found}
