"""Guessing ends soon, and the owner of an account comes in all the same."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django_redis import get_redis_connection

from community import mailed_codes, throttles
from community.mailed_codes import mail_code
from community.models import Member
from tests.doors import PASSWORD
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
DOOR, ASK = "/en/account/login/", "/en/account/login/code/"
FORGOTTEN, JOIN = "/en/account/password/forgotten/", "/en/account/join/"
WHO = {"display_name": "Rui", "born_day": "25", "born_month": "4", "born_year": "1974", "agrees": "on"}
WRONG = "not-hers-at-all"


@pytest.fixture
def ana() -> Member:
    return MemberFactory(email="ana@example.org", password=PASSWORD)


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def attempt(client: Client, password: str, address: str = "ana@example.org") -> int:
    return client.post(DOOR, {"login": address, "password": password}).status_code


def attack(*, networks: int) -> list[int]:
    """Strangers try wrong passwords at Ana's account until they are stopped."""
    return [attempt(Client(REMOTE_ADDR=f"2001:db8:0:{n % networks:x}::1"), WRONG) for n in range(70)]


def ask(client: Client, path: str, address: str) -> HttpResponse:
    return client.post(path, WHO | {"email": address})


def besiege(path: str, address: str) -> list[int]:
    """Strangers of many networks ask for letters to an address."""
    return [ask(Client(REMOTE_ADDR=f"2001:db8:1:{n:x}::1"), path, address).status_code for n in range(9)]


def written_code() -> str:
    return re.search(r"^    (\S+)$", mail.outbox[-1].body, re.MULTILINE)[1]


def test_one_network_guesses_ten_times_and_another_goes_on(ana):
    answers = [attempt(Client(REMOTE_ADDR=f"2001:db8::{n}"), WRONG) for n in range(12)]

    assert answers == [200] * 10 + [429] * 2
    assert attempt(Client(REMOTE_ADDR="2001:db8:0:1::1"), WRONG) == 200


def test_many_networks_together_are_stopped_too(ana):
    answers = attack(networks=70)

    assert answers == [200] * 60 + [429] * 10


def test_one_network_cannot_try_one_password_at_everybody():
    answers = [attempt(Client(), WRONG, f"member{n}@example.org") for n in range(62)]

    assert answers == [200] * 60 + [429] * 2


def test_while_strangers_guess_the_owner_comes_in_from_a_browser_used_before(ana):
    hers = Client()
    attempt(hers, PASSWORD)
    hers.post("/en/account/logout/")
    attack(networks=70)
    stranger = Client(REMOTE_ADDR="198.51.100.7")
    assert attempt(stranger, PASSWORD) == 429

    assert attempt(hers, PASSWORD) == 302
    assert who(hers) == str(ana.pk)


def test_the_cookie_of_one_account_helps_at_no_other(ana):
    MemberFactory(email="rui@example.org", password=PASSWORD)
    rui = Client()
    attempt(rui, PASSWORD, "rui@example.org")
    rui.post("/en/account/logout/")

    assert [attempt(rui, WRONG) for _ in range(11)] == [200] * 10 + [429]


def test_a_browser_used_before_guesses_no_more_often_than_a_stranger(ana):
    hers = Client()
    attempt(hers, PASSWORD)
    hers.post("/en/account/logout/")

    assert [attempt(hers, WRONG) for _ in range(11)] == [200] * 10 + [429]


def test_a_forged_cookie_is_no_ones(ana):
    forger = Client()
    forger.cookies[throttles.KNOWN] = throttles._tag("known", "ana@example.org")

    assert [attempt(forger, WRONG) for _ in range(11)][-1] == 429
    assert not throttles.knows(RequestFactory().get("/"), "ana@example.org")


@pytest.mark.parametrize("path", [ASK, FORGOTTEN, JOIN])
def test_one_network_asks_for_five_letters_whoever_they_are_for(path, ana):
    for address in (ana.email, "rui@example.org"):
        answers = [ask(Client(), path, address).status_code for _ in range(6)]

        assert answers == [302] * 5 + [429]


@pytest.mark.parametrize("path", [ASK, FORGOTTEN, JOIN])
def test_a_mailbox_is_not_flooded_however_many_networks_ask_whoever_it_belongs_to(path, ana):
    for address in (ana.email, "rui@example.org"):
        mail.outbox.clear()

        assert besiege(path, address) == [302] * 9
        assert len(mail.outbox) == 3
        assert {letter.to[0] for letter in mail.outbox} == {address}


def test_an_owner_on_a_new_device_comes_in_by_code_while_strangers_have_used_everything_up(ana):
    attack(networks=70)
    besiege(ASK, ana.email)
    fresh = Client(REMOTE_ADDR="198.51.100.7")
    assert attempt(fresh, PASSWORD) == 429

    page = ask(fresh, ASK, ana.email)["Location"]
    assert len(mail.outbox) == 3
    fresh.post(page, {"code": written_code()})

    assert who(fresh) == str(ana.pk)
    assert cache.keys("code:*") == cache.keys("limit:letter-account:*") == []
    ask(Client(), ASK, ana.email)
    assert len(mail.outbox) == 4


def test_and_replaces_a_forgotten_password(ana):
    besiege(FORGOTTEN, ana.email)
    fresh = Client(REMOTE_ADDR="198.51.100.7")

    page = ask(fresh, FORGOTTEN, ana.email)["Location"]
    form = fresh.post(page, {"code": written_code()})["Location"]
    fresh.post(form, {"password1": f"{PASSWORD} again", "password2": f"{PASSWORD} again"})

    assert attempt(fresh, f"{PASSWORD} again") == 302


def test_and_whoever_wants_to_join_joins():
    besiege(JOIN, "rui@example.org")
    fresh = Client(REMOTE_ADDR="198.51.100.7")

    page = ask(fresh, JOIN, "rui@example.org")["Location"]
    fresh.post(page, {"again": "yes"})
    assert len(mail.outbox) == 3
    fresh.post(page, {"code": written_code()})

    assert who(fresh) is not None
    assert cache.keys("code:*") == []


@pytest.mark.parametrize("path", [ASK, FORGOTTEN, JOIN])
def test_letters_of_one_matter_use_up_those_of_no_other(path, ana):
    besiege(path, ana.email)
    for other in {ASK, FORGOTTEN, JOIN} - {path}:
        mail.outbox.clear()
        ask(Client(REMOTE_ADDR="198.51.100.7"), other, ana.email)

        assert len(mail.outbox) == 1


def test_a_form_that_sends_no_letter_uses_none_up(ana):
    for n in range(9):
        Client(REMOTE_ADDR=f"2001:db8:1:{n:x}::1").post(JOIN, {"email": ana.email})

    ask(Client(REMOTE_ADDR="198.51.100.7"), JOIN, ana.email)
    assert len(mail.outbox) == 1


def test_a_browser_used_before_gets_five_letters_of_its_own(ana):
    hers = Client()
    attempt(hers, PASSWORD)
    hers.post("/en/account/logout/")
    besiege(ASK, ana.email)
    mail.outbox.clear()

    answers = []
    for _ in range(6):
        tab = Client()
        tab.cookies[throttles.KNOWN] = hers.cookies[throttles.KNOWN].value
        answers.append(ask(tab, ASK, ana.email).status_code)

    assert answers == [302] * 5 + [429]
    assert len(mail.outbox) == 5


def test_a_strangers_letter_after_ones_own_is_right_too(ana):
    with time_machine.travel("2026-03-01 12:00", tick=False) as clock:
        ask(Client(), ASK, ana.email)
        clock.shift(mailed_codes.LIFETIME - 60)
        hers = Client(REMOTE_ADDR="198.51.100.7")
        page = ask(hers, ASK, ana.email)["Location"]
        own = written_code()
        clock.shift(60)
        ask(Client(), ASK, ana.email)

        assert written_code() != own
        hers.post(page, {"code": written_code()})
        assert who(hers) == str(ana.pk)


def test_a_code_lives_as_long_as_the_window_of_its_letters(rf, monkeypatch):
    monkeypatch.setattr("community.mailed_codes.is_through", lambda *args: True)
    with time_machine.travel("2026-03-01 12:00", tick=False) as clock:
        first = mail_code(rf.post("/"), "login", "ana@example.org")
        clock.shift(mailed_codes.LIFETIME - 1)
        assert mail_code(rf.post("/"), "login", " ANA@example.org ") == first
        clock.shift(1)
        second = mail_code(rf.post("/"), "login", "ana@example.org")
    monkeypatch.setattr("community.mailed_codes.is_through", lambda *args: False)

    assert mail_code(rf.post("/"), "login", "ana@example.org") == (second.code, False)
    assert second.code != first.code
    assert max(cache.ttl(key) for key in cache.keys("code:*")) <= 2 * mailed_codes.LIFETIME + mailed_codes.SPARE
    assert mailed_codes.OUT.window <= mailed_codes.LIFETIME


def test_a_range_of_networks_that_one_customer_has_types_as_one(monkeypatch):
    monkeypatch.setattr(throttles, "CODE_RANGE", replace(throttles.CODE_RANGE, quota=3))
    networks = [f"2001:db8:0:{n:x}::1" for n in range(4)]

    answers = [Client(REMOTE_ADDR=each).post(f"{ASK}confirm/", {"code": "x"}).status_code for each in networks]

    assert answers == [302] * 3 + [429]
    assert Client(REMOTE_ADDR="2001:db8:1::1").post(f"{ASK}confirm/", {"code": "x"}).status_code == 302


def test_of_many_at_once_exactly_as_many_get_through_as_may():
    requests = [RequestFactory().post("/", REMOTE_ADDR="192.0.2.9") for _ in range(60)]

    with ThreadPoolExecutor(30) as crowd:
        through = list(crowd.map(lambda request: throttles.may_try(request, throttles.LETTER, "a@b.example"), requests))
        mailed = list(crowd.map(lambda request: mail_code(request, "login", "a@b.example"), requests))

    assert sum(through) == 5
    assert sum(each.is_sent for each in mailed) == 3
    assert len({each.code for each in mailed}) == 1


def test_whoever_asks_as_a_code_ends_is_mailed_the_same_next_one(rf, monkeypatch):
    monkeypatch.setattr("community.mailed_codes.is_through", lambda *args: True)
    with time_machine.travel("2026-03-01 12:00", tick=False) as clock:
        first = mail_code(rf.post("/"), "login", "a@b.example")
        clock.shift(mailed_codes.LIFETIME)
        (place,) = cache.keys("code:login:*")
        seen_by_all = cache.get(place)
        mailed = []
        for _ in range(3):
            cache.set(place, seen_by_all)
            mailed.append(mail_code(rf.post("/"), "login", "a@b.example"))

    assert len({each.code for each in mailed} - {first.code}) == len({each.code for each in mailed}) == 1


@pytest.mark.parametrize("path", [ASK, FORGOTTEN, JOIN])
@pytest.mark.parametrize("letter", [0, 1])
def test_a_page_takes_its_own_letters_code_and_that_of_a_letter_that_came_later(path, letter):
    address = "rui@example.org" if path == JOIN else MemberFactory(email="ana@example.org").email
    with time_machine.travel("2026-03-01 12:00") as clock:
        ask(Client(), path, address)
        codes = [written_code()]
        clock.shift(mailed_codes.LIFETIME - 60)
        mine = Client()
        page = ask(mine, path, address)["Location"]
        clock.shift(90)
        for stranger in (Client(), Client()):
            ask(stranger, path, address)
        codes.append(written_code())
        assert codes[0] != codes[1]

        mine.post(page, {"code": codes[letter]})
        still = [mailed_codes.take(code, expected=code) for code in (codes[letter], codes[1 - letter])]
        assert still == [False, True]


@pytest.mark.usefixtures("no_redis")
@pytest.mark.parametrize("path", [DOOR, ASK, "/en/account/password/forgotten/", "/en/account/join/"])
def test_while_redis_is_away_nobody_tries_anything(client, path):
    response = client.post(path, {"email": "ana@example.org", "login": "ana@example.org", "password": PASSWORD})

    assert response.status_code == 429
    assert mail.outbox == []


def test_no_address_stands_in_redis(client, ana):
    attempt(client, WRONG)

    assert not [key for key in throttles_keys() if "ana" in key or "example" in key]
    assert throttles_keys()


def test_nor_does_a_code(client, ana, rf):
    ask(client, ASK, ana.email)

    code, raw = written_code(), get_redis_connection("default")
    secrets = (b"ana", b"example", code.encode(), code.replace("-", "").encode())
    for key in raw.keys(cache.make_key("code:*")):
        stands = key + raw.get(key)
        assert not [word for word in secrets if word in stands]
    assert len(cache.keys("code:*")) == 2


def throttles_keys() -> list[str]:
    return cache.keys("limit:login*")
