"""Asking members for their word and giving it, as their browsers do; the link's token is in no page and no log."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils.timezone import now

from community.models import Member, Profile
from tests.databases import as_role
from tests.factories import BlockFactory, CaseFactory, MemberFactory
from tests.verification.test_my_verification import address, enter
from tests.verification.test_vouch_rules import answer, is_waiting, link, reference, statuses, verified
from verification.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client: Client) -> Member:
    member = MemberFactory(language="en", profile__display_name="Zulmira")
    enter(client, member)
    return member


@pytest.fixture
def case(member: Member) -> Case:
    return CaseFactory(member=member, route="community_reference", waiting_since=None)


def browser_of(member: Member) -> Client:
    browser = Client()
    enter(browser, member)
    return browser


def made(client: Client, case: Case) -> str:
    """The path and query of a link, as its maker's page shows it once."""
    parts = urlsplit(client.post(address("ask_for_vouch", pk=case.pk)).context["link"])
    return f"{parts.path}?{parts.query}"


def test_two_members_vouch_by_two_links_and_the_case_is_handed_in(client, case):
    for _ in range(2):
        voucher = browser_of(verified())
        page = voucher.get(made(client, case), follow=True).content.decode()
        assert "Do you vouch for Zulmira?" in page
        assert "What your word means" in page
        done = voucher.post(address("vouch"), {"word": "give"}, follow=True).content.decode()
        assert "You have vouched for Zulmira." in done

    assert statuses(case) == ["given", "given"]
    assert is_waiting(case)


def test_a_case_goes_to_the_moderators_after_the_word_that_sent_it_there_and_that_stays_told(client, case):
    for _ in range(2):
        assert answer(link(case), verified(profile__display_name="Ana")) == "done"
    with as_role("owner"):
        Case.objects.filter(pk=case.pk).update(status="needs_information", waiting_since=None)

    page = client.get(address("my_case", pk=case.pk)).content.decode()

    assert page.rindex("vouched for you.") < page.index("It went to our moderators.")


def test_its_maker_sees_who_gave_their_word_as_far_as_they_show_themselves(client, case):
    shown, hidden = verified(profile__display_name="Ana Aberta"), verified(profile__display_name="Rui Reservado")
    with as_role("owner"):
        Profile.objects.filter(pk=shown.pk).update(visibility="community")
    assert [answer(link(case), by) for by in (shown, hidden)] == ["done", "done"]

    page = client.get(address("my_case", pk=case.pk)).content.decode()

    assert "Ana Aberta vouched for you." in page
    assert "A member vouched for you." in page
    assert "Rui Reservado" not in page


def test_whoever_declines_is_not_named(client, case):
    ana = verified(profile__display_name="Ana", profile__visibility="community")
    voucher = browser_of(ana)
    voucher.get(made(client, case))

    voucher.post(address("vouch"), {"word": "decline"})

    assert statuses(case) == ["declined"]
    page = client.get(address("my_case", pk=case.pk)).content.decode()
    assert "Someone you asked declined." in page
    assert "Ana" not in page


def test_the_token_leaves_the_address_at_once_and_stands_in_no_page_and_no_log(client, case, caplog):
    caplog.set_level(logging.DEBUG)
    where = made(client, case)
    token = where.partition("token=")[2]
    voucher = browser_of(verified())

    first = voucher.get(where)
    assert (first.status_code, first["Location"]) == (302, address("vouch"))
    assert "no-store" in first["Cache-Control"]
    assert first.cookies["vouch"]["httponly"]
    page = voucher.get(first["Location"])

    assert page.status_code == 200
    assert token not in page.content.decode()
    assert token not in caplog.text
    assert token not in client.get(address("my_case", pk=case.pk)).content.decode()  # shown once


def test_looking_at_a_link_or_saying_something_else_uses_nothing_up(client, case):
    where, voucher = made(client, case), browser_of(verified())
    for _ in range(3):
        assert voucher.get(where, follow=True).status_code == 200
    for word in ({}, {"word": "perhaps"}):
        assert voucher.post(address("vouch"), word).status_code == 200

    assert statuses(case) == ["open"]


def test_a_stranger_logs_in_first_and_comes_back_without_the_token_on_the_way(client, case):
    stranger, where = Client(), made(client, case)
    token = where.partition("token=")[2]

    hops = stranger.get(where, follow=True).redirect_chain
    assert hops[-1][0] == f"{address('account_login')}?next={address('vouch')}"
    assert all(token not in hop for hop, _status in hops)
    enter(stranger, verified())

    assert "Do you vouch for Zulmira?" in stranger.get(address("vouch")).content.decode()
    assert Client().post(address("vouch"), {"word": "give"})["Location"].startswith(address("account_login"))


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("bar", ["own", "young", "thrice", "ring"])
def test_every_bar_is_told_in_words(client, member, case, bar, language):
    voucher = {"own": member, "young": verified(days=89)}.get(bar) or verified()
    if bar == "thrice":
        assert [answer(link(reference()), voucher) for _ in range(3)] == ["done"] * 3
    if bar == "ring":
        with as_role("owner"):
            Profile.objects.filter(pk=member.pk).update(heritage_verified_at=verified().profile.heritage_verified_at)
        assert answer(link(reference(member=voucher)), member) == "done"
    words = {
        "own": ("This link is your own", "Este link é seu"),
        "young": ("for 90 days can vouch", "com selo há 90 dias podem"),
        "thrice": ("three people", "três pessoas"),
        "ring": ("in a circle", "em círculo"),
    }[bar]
    browser = browser_of(voucher)
    browser.get(made(client, case))

    page = browser.get(address("vouch", language)).content.decode()
    browser.post(address("vouch", language), {"word": "give"})

    assert words[language == "pt"] in page
    assert 'value="give"' not in page
    assert statuses(case) == ["open"]


def test_whoever_vouched_already_is_told_so(client, case):
    voucher = verified()
    assert answer(link(case), voucher) == "done"
    browser = browser_of(voucher)

    page = browser.get(made(client, case), follow=True).content.decode()

    assert "You have answered for this person already" in page


def test_a_link_that_was_used_or_never_made_or_is_of_someone_blocked_opens_nothing(client, member, case):
    used, fresh = made(client, case), made(client, case)
    voucher = browser_of(verified())
    voucher.get(used)
    voucher.post(address("vouch"), {"word": "give"}, follow=True)
    blocked = verified()
    BlockFactory(blocker=member, blocked=blocked)

    for browser, where in (
        (voucher, used),
        (browser_of(verified()), used),
        (browser_of(verified()), address("vouch") + "?token=nothing"),
        (browser_of(blocked), fresh),
        (browser_of(verified()), address("vouch")),
    ):
        page = browser.get(where, follow=True)
        assert page.status_code == 404
        assert "This link opens nothing" in page.content.decode()
        assert "Zulmira" not in page.content.decode()
        assert browser.post(address("vouch"), {"word": "give"}).status_code == 404


def test_four_links_are_open_at_most_and_a_fifth_is_refused_in_words(client, case):
    for _ in range(4):
        made(client, case)

    page = client.post(address("ask_for_vouch", pk=case.pk), follow=True).content.decode()

    assert "Four of your links are open." in page
    assert len(statuses(case)) == 4


def test_a_link_of_another_is_not_to_be_made(client, member):
    assert client.post(address("ask_for_vouch", pk=reference().pk)).status_code == 404


def test_a_link_is_good_for_fourteen_days_and_its_maker_reads_until_when(client, case):
    page = client.post(address("ask_for_vouch", pk=case.pk))
    assert 13 <= (page.context["vouch"].expires_at - now()).days <= 14
