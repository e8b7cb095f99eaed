"""Guessing ends soon, and the owner of an account comes in all the same."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory

from community import throttles
from community.models import Member
from tests.doors import PASSWORD
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
DOOR, ASK = "/en/account/login/", "/en/account/login/code/"
WRONG = "not-hers-at-all"


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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


def test_and_with_a_code_by_mail_from_anywhere(ana):
    attack(networks=70)
    fresh = Client(REMOTE_ADDR="198.51.100.7")

    response = fresh.post(ASK, {"email": ana.email})
    fresh.post(response["Location"], {"code": re.search(r"^    (\S+)$", mail.outbox[-1].body, re.MULTILINE)[1]})

    assert who(fresh) == str(ana.pk)


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


@pytest.mark.parametrize("path", [ASK, "/en/account/password/forgotten/", "/en/account/join/"])
def test_a_mailbox_is_not_flooded_whoever_it_belongs_to(path, ana):
    for address in (ana.email, "rui@example.org"):
        answers = [Client().post(path, {"email": address}).status_code for _ in range(6)]

        assert answers[:5] == [answers[0]] * 5
        assert answers[0] != 429
        assert answers[5] == 429


def test_of_many_at_once_exactly_as_many_get_through_as_may():
    requests = [RequestFactory().post("/", REMOTE_ADDR="192.0.2.9") for _ in range(60)]

    with ThreadPoolExecutor(30) as crowd:
        through = list(crowd.map(lambda request: throttles.may_try(request, throttles.LETTER, "a@b.example"), requests))

    assert sum(through) == 5


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


def throttles_keys() -> list[str]:
    return cache.keys("limit:login*")
