from __future__ import annotations

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client

from community.models import Member
from tests.databases import as_role
from tests.doors import PASSWORD, SECRET, code, guard, log_in
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
DOOR = "/en/account/login/"


@pytest.fixture
def ana() -> Member:
    return MemberFactory(email="ana@example.org", password=PASSWORD)


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def without_token(html: bytes) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html.decode())


def test_a_member_logs_in_as_the_site_itself_and_out_again(client, ana):
    response = log_in(client, ana, path=DOOR)

    assert (response.status_code, response["Location"]) == (302, "/en/")
    assert who(client) == str(ana.pk)
    with as_role("owner"):
        assert Member.objects.get(pk=ana.pk).last_login is not None

    assert client.get("/en/account/logout/").status_code == 200
    client.post("/en/account/logout/")
    assert who(client) is None


def test_capitals_in_the_address_do_not_matter(client, ana):
    client.post(DOOR, {"login": "Ana@Example.ORG", "password": PASSWORD})

    assert who(client) == str(ana.pk)


def test_a_wrong_password_an_unknown_address_and_a_closed_account_read_the_same(client, ana):
    with as_role("owner"):
        MemberFactory(email="eva@example.org", password=PASSWORD, is_active=False)
    pages = []
    for address, password in (("ana", "not-hers-at-all"), ("rui", PASSWORD), ("eva", PASSWORD)):
        response = client.post(DOOR, {"login": f"{address}@example.org", "password": password})
        assert (response.status_code, who(client)) == (200, None)
        pages.append(without_token(response.content).replace(f"{address}@", "x@"))

    assert "do not belong together" in pages[0]
    assert pages[0] == pages[1] == pages[2]


def test_an_unknown_address_costs_as_much_hashing_as_a_known_one_with_a_password_or_without(client, ana, monkeypatch):
    MemberFactory(email="eva@example.org")
    hashed = []
    monkeypatch.setattr("django.contrib.auth.hashers.MD5PasswordHasher.encode", lambda *a: hashed.append(1) or "md5$$")
    for address in ("ana@example.org", "rui@example.org", "eva@example.org"):
        hashed.clear()
        client.post(DOOR, {"login": address, "password": "not-hers-at-all"})
        assert len(hashed) == 1


def test_guessing_is_throttled(client, ana):
    for _ in range(10):
        client.post(DOOR, {"login": ana.email, "password": "not-hers-at-all"})

    response = client.post(DOOR, {"login": ana.email, "password": PASSWORD})

    assert who(client) is None
    assert response.status_code == 429


@pytest.mark.usefixtures("no_redis")
def test_without_redis_nobody_guesses_and_nothing_breaks(client, ana):
    response = log_in(client, ana, path=DOOR)

    assert response.status_code == 429
    assert b"Too many attempts" in response.content
    assert client.get(DOOR).status_code == 200


def test_whoever_has_a_second_step_takes_it_on_the_site_too(client, ana):
    guard(ana)

    response = log_in(client, ana, path=DOOR)
    assert response["Location"] == "/en/account/2fa/authenticate/"
    assert who(client) is None

    page = client.get(response["Location"])
    assert SECRET.encode() not in page.content
    client.post(response["Location"], {"code": code()})
    assert who(client) == str(ana.pk)


def test_a_recovery_code_stands_in_for_the_phone_once(client, ana):
    guard(ana)
    with as_role("owner"):
        first, *_rest = RecoveryCodes.activate(ana).get_unused_codes()

    log_in(client, ana, path=DOOR)
    client.post("/en/account/2fa/authenticate/", {"code": first})
    assert who(client) == str(ana.pk)

    again = Client()
    log_in(again, ana, path=DOOR)
    again.post("/en/account/2fa/authenticate/", {"code": first})
    assert who(again) is None


def test_the_second_step_is_kept_from_those_who_did_not_take_the_first(client):
    assert client.get("/en/account/2fa/authenticate/")["Location"] == DOOR


@pytest.mark.parametrize("path", ["", "totp/activate/", "recovery-codes/", "recovery-codes/generate/"])
def test_every_page_about_second_steps_opens_for_a_member(client, ana, path):
    log_in(client, ana, path=DOOR)
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    if "recovery" in path:
        secret = re.search(r'door__key">(\w+)<', client.get("/en/account/2fa/totp/activate/").content.decode())[1]
        client.post("/en/account/2fa/totp/activate/", {"code": code(secret)})

    assert client.get(f"/en/account/2fa/{path}").status_code == 200


@pytest.mark.parametrize("language", ["pt", "en"])
def test_the_door_speaks_both_languages_and_offers_the_other(client, language):
    response = client.get("/en/account/login/" if language == "en" else "/pt/conta/login/", follow=True)

    assert f'<html lang="{language}"' in response.content.decode()
    assert 'hreflang="pt"' in response.content.decode() or language == "pt"


def test_it_does_not_send_people_elsewhere(client, ana):
    response = client.post(f"{DOOR}?next=https://example.com/", {"login": ana.email, "password": PASSWORD})

    assert response["Location"] == "/en/"


def test_a_member_who_is_not_logging_in_is_nobodys_to_read(ana):
    assert list(Member.objects.all()) == []
