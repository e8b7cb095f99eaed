"""A member's own data, on the pages they reach it by."""

from __future__ import annotations

import re
import time

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as AUTHENTICATED
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from community.identity import acting_as
from community.models import Erasure, Export, Heritage, Member, Profile
from events.models import Event
from tests.browsing import address, count_queries
from tests.databases import as_role
from tests.factories import EventFactory, MemberFactory, fill_profile

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
    for name in ("overview", "history", "consents", "correct", "erase"):
        assert "login" in client.get(address(f"my_data:{name}", "en"))["Location"]
    for name in ("ask_for_copy", "take_copy", "stay", "withdraw_consent"):
        assert "login" in client.post(address(f"my_data:{name}", "en"))["Location"]


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


def test_consents_are_listed_with_their_times_and_taken_back_with_what_stood_on_them(browser, ana):
    fill_profile(ana, "private")
    page = address("my_data:consents", "en")

    assert "To show my heritage version 1 Given on" in words(browser.get(page).content)
    after = browser.post(address("my_data:withdraw_consent", "en"), {"purpose": "heritage"}, follow=True)

    assert "taken back on" in words(after.content)
    with as_role("owner"):
        assert not Heritage.objects.filter(pk=ana.pk).exists()


def test_what_one_cannot_correct_oneself_goes_to_the_desk_which_can_answer(browser, ana, settings):
    settings.DESK_EMAIL = "desk@example.org"
    page = address("my_data:correct", "en")

    browser.post(page, {"about": "badge", "message": "It says 2020; it was 2021."})

    (letter,) = mail.outbox
    assert (letter.to, letter.reply_to) == (["desk@example.org"], ["ana@example.org"])
    assert "it was 2021" in letter.body
    answers = [browser.post(page, {"about": "badge", "message": "again"}).status_code for _ in range(6)]
    assert answers[-1] == 429


def by_code(client: Client, ana: Member, *, ago: int) -> None:
    """Leave a browser as it is some seconds after its member, who has no password, logged in with a mailed code."""
    with acting_as(ana):
        client.force_login(ana, "community.login.MemberBackend")
    session = client.session
    session[AUTHENTICATED] = [{"method": "code", "at": time.time() - ago, "email": ana.email}]
    session[f"{AUTHENTICATED}_user"] = str(ana.pk)
    session.save()


@pytest.mark.parametrize("name", ["erase", "ask_for_copy", "take_copy"])
def test_who_comes_in_by_mailed_code_alone_types_another_before_a_copy_or_the_end(client, ana, name):
    by_code(client, ana, ago=16 * 60)
    way = address("account_once_more", "en")

    answer = client.post(address(f"my_data:{name}", "en"), {"address": ana.email})
    assert answer["Location"].startswith(way)
    with as_role("owner"):
        assert (Erasure.objects.count(), Export.objects.count()) == (0, 0)
    assert "ana@example.org" in client.get(answer["Location"]).content.decode()

    answer = client.post(answer["Location"])
    (letter,) = mail.outbox
    assert letter.to == [ana.email]
    wrong = client.post(answer["Location"], {"code": "AAAA-AAAA"})
    assert b"This code is not right." in wrong.content
    done = client.post(answer["Location"], {"code": re.search(r"^    (\S+)$", str(letter.body), re.M)[1]})
    assert done["Location"] == address("my_data:overview", "en")
    with as_role("owner"):
        found = (Erasure.objects.count(), Export.objects.count())
        assert found == {"erase": (1, 0), "ask_for_copy": (0, 1), "take_copy": (0, 0)}[name]


def test_a_mailed_code_of_a_moment_ago_is_enough_for_a_copy_and_not_for_the_end(client, ana):
    by_code(client, ana, ago=60)

    assert client.post(address("my_data:ask_for_copy", "en"))["Location"] == address("my_data:overview", "en")
    assert address("account_once_more", "en") in client.get(address("my_data:erase", "en"))["Location"]


def test_who_has_a_password_proves_it_by_that_and_is_sent_nowhere_else(client, ana):
    with as_role("owner"):
        ana.set_password("uma-senha-longa")
        ana.save()
    by_code(client, ana, ago=60)
    way = address("account_once_more", "en")

    answer = client.get(f"{way}?next=https://example.com/")

    assert answer["Location"] == address("account_reauthenticate", "en")
    assert "reauthenticate" in client.get(address("my_data:erase", "en"))["Location"]
    assert mail.outbox == []


def test_a_new_event_has_an_organiser_and_that_of_a_former_member_can_still_be_mended():
    event = EventFactory(organizer=None)
    event.clean()
    with pytest.raises(ValidationError):
        Event(organizer=None).clean()
