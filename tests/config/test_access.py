"""Who may call what: every address of the site × every kind of caller × every method, against a written matrix.

The matrix is ``access.txt``, beside this file. What an address is about belongs to ``owner`` and is for members: an
event, a profile; a case is its owner's alone. ``blocked`` was blocked by the owner; ``moderator`` works at the desk and
came in by the site's door. ``sure`` is a member who has just shown once more that it is them: they get what a member
gets, if nothing else is said. An address without its lines in the matrix fails, and so does a line without its address.

A new address is written there as it should answer; the failing test shows how it does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Member, Profile
from events.models import Event
from tests.databases import as_role
from tests.factories import (
    BlockFactory,
    BusinessFactory,
    CaseFactory,
    EventFactory,
    EvidenceFactory,
    MemberFactory,
    fill_profile,
)

CALLERS = ("anonymous", "member", "owner", "blocked", "verified", "moderator")
SURE = "sure="
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
AT_ONCE = 6

pytestmark = pytest.mark.django_db


class Town(NamedTuple):
    """Who calls, and what the addresses are about."""

    callers: dict[str, Member | None]
    parts: dict[str, Any]  # what stands for <slug:slug>, <uuid:pk> …, by the beginning of the address


@pytest.fixture
def town(settings) -> Town:
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, (100_000, 1))
    owner = MemberFactory(profile__visibility="community")
    fill_profile(owner, "community")
    blocked, verified = MemberFactory(), MemberFactory()
    BlockFactory(blocker=owner, blocked=blocked)
    with as_role("owner"):
        Profile.objects.filter(pk=verified.pk).update(heritage_verified_at=now())
    event = EventFactory(organizer=owner, visibility=Event.Visibility.COMMUNITY, slug="for-members")
    business, case = BusinessFactory(slug="casa"), CaseFactory(member=owner, waiting_since=None)
    paper = EvidenceFactory()
    return Town(
        callers={
            "anonymous": None,
            "member": MemberFactory(),
            "owner": owner,
            "blocked": blocked,
            "verified": verified,
            "moderator": MemberFactory(is_staff=True),
        },
        parts={
            "api/v1/events/": {"pk": event.pk},
            "api/v1/businesses/": {"pk": business.pk},
            "api/v1/members/": {"pk": owner.pk},
            "api/v1/verification/": {"pk": case.pk, "document": paper.pk, "attempt": paper.pk},
            "api/v1/": {"rest": "nothing/"},
            "en/account/": {"pk": 1},
            "en/businesses/claims/": {"paper": paper.pk},
            "en/account/verification/": {"pk": case.pk, "paper": paper.pk, "attempt": paper.pk},
            "en/account/with/": {"provider": "google"},
            "en/account/notices/": {"token": "none"},
            "en/report/event/": {"pk": event.pk},
            "en/report/business/": {"pk": business.pk},
            "en/report/member/": {"pk": owner.pk},
            "en/events/": {"slug": event.slug},
            "en/businesses/": {"slug": business.slug},
            "en/members/": {"pk": owner.pk},
            "en/places/": {"slug": "stockwell"},
            "sitemap": {"section": "pages"},
            "tiles/": {"family": "azulejo", "seed": "fado"},
        },
    )


def addresses() -> list[str]:
    """Every address of the site as it is written, in English; the Portuguese ones are the same views."""
    with translation.override("en"):
        return sorted(_walk(get_resolver("config.site_urls")))


def _walk(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for part in resolver.url_patterns:
        written = before + str(part.pattern).replace("^", "").replace("$", "")
        if isinstance(part, URLPattern):
            yield written
        else:
            yield from _walk(part, written)


def filled_in(address: str, parts: dict[str, Any]) -> str:
    """An address with something in place of its ``<uuid:pk>``."""
    if "(?P<name>" in address:
        return "/media/portraits/nobody.webp"
    known = next(parts[start] for start in sorted(parts, key=len, reverse=True) if address.startswith(start))
    for name, value in known.items():
        for kind in ("slug", "uuid", "path", "int", "str"):
            address = address.replace(f"<{kind}:{name}>", str(value)).replace(f"<{name}>", str(value))
    assert "<" not in address, f"say in Town.parts what stands for it in {address}"
    return f"/{address}"


def matrix() -> dict[tuple[str, str], tuple[int, ...]]:
    """What ``access.txt`` says: for an address and a method, the answer to each caller, and to who is sure.

    Unnamed methods get 405.
    """
    written: dict[tuple[str, str], tuple[int, ...]] = {}
    for line in Path(__file__).with_name("access.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        address, methods, *answers = line.split()
        sure = int(answers.pop().removeprefix(SURE)) if answers[-1].startswith(SURE) else None
        expected = tuple(map(int, answers)) * (len(CALLERS) if len(answers) == 1 else 1)
        assert len(expected) == len(CALLERS), line
        expected += (expected[CALLERS.index("member")] if sure is None else sure,)
        for method in methods.split(","):
            assert (address, method) not in written, f"twice: {line}"
            written[address, method] = expected
    return written


def session_of(member: Member | None, *, is_sure: bool = False) -> str | None:
    """The cookie a caller comes with; ``is_sure`` if they have just shown once more that it is them."""
    if member is None:
        return None
    client = Client()
    with acting_as(member):
        client.force_login(member, "community.login.MemberBackend")
        if is_sure:
            session = client.session
            session["account_authentication_methods_user"] = str(member.pk)
            proof = {"method": "password", "at": time.time(), "reauthenticated": True, "email": member.email}
            session["account_authentication_methods"] = [proof]
            session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def ask(client: Client, session: str | None, method: str, path: str) -> int:
    """The status one caller gets; what it did is undone, and what it counted forgotten."""
    client.cookies.clear()
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        status = client.generic(method, path).status_code
        transaction.set_rollback(True)
    if status == 429:
        cache.delete_pattern("*")
        return ask(client, session, method, path)
    return status


def batched(of: list[str], size: int) -> list[list[str]]:
    """The same in lists of a size: a town and its callers are made once for each, which took a third of the time."""
    return [of[start : start + size] for start in range(0, len(of), size)]


def test_every_address_is_in_the_matrix():
    assert {address for address, _ in matrix()} == set(addresses())


@pytest.mark.parametrize("some", batched(addresses(), AT_ONCE), ids=lambda some: some[0])
def test_each_caller_gets_what_the_matrix_says(town: Town, some: list[str]):
    expected = matrix()
    sessions = [session_of(town.callers[caller]) for caller in CALLERS]
    sessions.append(session_of(town.callers["member"], is_sure=True))
    client = Client(raise_request_exception=False)  # one for all: each sets the middleware up anew

    for address in some:
        path = filled_in(address, town.parts) if "<" in address else f"/{address}"
        found = {method: tuple(ask(client, session, method, path) for session in sessions) for method in METHODS}

        allowed = {method: expected.get((address, method), (405,) * len(sessions)) for method in METHODS}
        assert (address, found) == (address, allowed)
