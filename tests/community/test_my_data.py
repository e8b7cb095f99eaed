"""A member's own data, on the pages they reach it by."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from community.identity import acting_as
from community.models import Heritage, Member, Profile
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


def test_a_new_event_has_an_organiser_and_that_of_a_former_member_can_still_be_mended():
    event = EventFactory(organizer=None)
    event.clean()
    with pytest.raises(ValidationError):
        Event(organizer=None).clean()
