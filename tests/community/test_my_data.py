"""A member's own data, on the pages they reach it by."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from community.identity import acting_as
from community.models import Member, Profile
from tests.browsing import address, count_queries
from tests.databases import as_role
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Member:
    return MemberFactory(email="ana@example.org", language="pt")


@pytest.fixture
def browser(client: Client, ana: Member) -> Client:
    with acting_as(ana):
        client.force_login(ana)
    return client


def words(page: bytes) -> str:
    text = re.sub(r"<[^>]+>", " ", page.decode())
    return " ".join(text.split())


def test_a_stranger_is_sent_to_log_in(client: Client):
    for name in ("my_data:overview", "my_data:history"):
        assert client.get(address(name, "en")).status_code == 302


def test_the_history_says_in_both_languages_what_was_changed_by_whom_and_nothing_of_others(browser, ana):
    with as_role("owner"):
        Profile.objects.exclude(pk=ana.pk).update(display_name="?")
    with acting_as(ana):
        Profile.objects.filter(pk=ana.pk).update(visibility="community", display_name="Ana")
    with as_role("desk"), acting_as(MemberFactory(is_staff=True)):
        Profile.objects.filter(pk=ana.pk).update(display_name="Ana S.")
    MemberFactory()

    english = words(browser.get(address("my_data:history", "en")).content)
    portuguese = words(browser.get(address("my_data:history", "pt")).content)

    assert "by you Display name Seen by only me → became members" in english
    assert "by the desk Display name" in english
    assert "por si Nome público Visível para só eu → passou a membros" in portuguese
    assert english.count("Addition") == 2  # their account and their profile, by the one who made them


def test_the_history_turns_pages_by_key_and_refuses_a_cursor_it_did_not_give(browser, ana):
    with acting_as(ana):
        for number in range(40):
            Profile.objects.filter(pk=ana.pk).update(display_name=f"Ana {number}")
    page = address("my_data:history", "en")

    first = browser.get(page)
    older = browser.get(page + "?cursor=" + first.context["page"].next)
    seen = [each.at for answer in (first, older) for each in answer.context["happenings"]]

    assert len(seen) == len(set(seen)) > 40
    assert seen == sorted(seen, reverse=True)
    assert browser.get(page + "?cursor=nonsense").status_code == 400
    assert count_queries(browser, page) == count_queries(browser, page + "?cursor=" + first.context["page"].next)
