"""Whether an address has an account is told to nobody but its mailbox: by status, body, headers or time."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from community.mailed_codes import OUT
from community.models import Letter
from tests.databases import as_role
from tests.doors import PASSWORD
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
HERS, NOBODYS = "ana@example.org", "rui@example.org"
JOIN = {"display_name": "Rui", "born_day": "25", "born_month": "4", "born_year": "1974", "agrees": "on"}
DOORS = {
    "login": ("/en/account/login/", "login", {"password": "not-hers-at-all"}),
    "code": ("/en/account/login/code/", "email", {}),
    "join": ("/en/account/join/", "email", JOIN),
    "join with a password": ("/en/account/join/", "email", JOIN | {"password": PASSWORD}),
    "forgotten": ("/en/account/password/forgotten/", "email", {}),
}


LETTERS = ("code", "join", "forgotten")


def count_letters() -> int:
    with as_role("owner"):
        return Letter.objects.count()


@pytest.fixture(autouse=True)
def _outbox(settings) -> None:
    settings.EMAIL_BACKEND = "community.outbox.OutboxBackend"


def seen(response: HttpResponse, address: str) -> tuple[int, dict[str, str], list[str], str]:
    """An answer as a stranger sees it, without what differs each time and the address they typed themselves."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode()).replace(address, "x")
    headers = {name: value for name, value in response.headers.items() if name != "Expires"}  # a moment
    return response.status_code, headers, sorted(response.cookies), body


def knock(door: str, address: str) -> list[tuple[int, dict[str, str], list[str], str]]:
    """Send a form in a browser of its own, look at where it leads, and try a wrong code there."""
    path, field, words = DOORS[door]
    browser = Client()
    response = browser.post(path, words | {field: address})
    answers = [seen(response, address)]
    if response.status_code == 302:
        answers.append(seen(browser.get(response["Location"]), address))
        answers.append(seen(browser.post(response["Location"], {"code": "BBBB-BBBB"}), address))
    return answers


@pytest.mark.parametrize("door", DOORS)
def test_an_address_with_an_account_and_one_without_get_the_same_answers(door):
    MemberFactory(email=HERS, password=PASSWORD)

    hers, nobodys = knock(door, HERS), knock(door, NOBODYS)

    assert hers == nobodys
    assert len(hers) == (1 if door == "login" else 3)


@pytest.mark.parametrize("door", LETTERS)
def test_nor_are_they_told_apart_when_no_more_letters_may_go_there(door):
    MemberFactory(email=HERS, password=PASSWORD)
    path, field, words = DOORS[door]
    for address in (HERS, NOBODYS):
        for n in range(OUT.quota):
            Client(REMOTE_ADDR=f"2001:db8:1:{n:x}::1").post(path, words | {field: address})
    sent = count_letters()
    assert sent == 2 * OUT.quota

    hers, nobodys = knock(door, HERS), knock(door, NOBODYS)

    assert hers == nobodys
    assert len(hers) == 3
    assert [status for status, *_ in hers] == [302, 200, 200]
    assert count_letters() == sent


@pytest.mark.parametrize("door", LETTERS)
def test_and_on_the_page_of_the_code_the_database_is_asked_as_often(door):
    MemberFactory(email=HERS, password=PASSWORD)
    path, field, words = DOORS[door]
    asked: dict[str, list[int]] = {HERS: [], NOBODYS: []}
    for address, counts in asked.items():
        browser = Client()
        page = browser.post(path, words | {field: address})["Location"]
        for send in (browser.get, browser.post):
            with CaptureQueriesContext(connection) as queries:
                assert send(page, {"code": "BBBB-BBBB"}).status_code == 200
            counts.append(len(queries))

    assert asked[HERS] == asked[NOBODYS]


@pytest.mark.parametrize("order", [("code", "forgotten"), ("forgotten", "code")])
def test_nor_by_a_code_of_ones_own_typed_where_one_of_theirs_is_waited_for(order, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    MemberFactory(email=HERS, password=PASSWORD)
    mine = MemberFactory(email="eva@example.org", password=PASSWORD).email
    ends = []
    for address in (HERS, NOBODYS):
        browser = Client()
        for door in order:
            path, field, _words = DOORS[door]
            page = browser.post(path, {field: mine if door == "forgotten" else address})["Location"]
            if door == "forgotten":
                typing, code = page, re.search(r"^    (\S+)$", mail.outbox[-1].body, re.MULTILINE)[1]
        ends.append(browser.post(typing, {"code": code}))

    assert [end.status_code for end in ends] == [302, 302]
    assert ends[0]["Location"] == ends[1]["Location"]


@pytest.mark.parametrize(("door", "is_spent"), [(door, False) for door in DOORS] + [(door, True) for door in LETTERS])
def test_and_in_the_same_time(door, is_spent, monkeypatch, capsys):
    for name in ("throttles", "mailed_codes"):
        monkeypatch.setattr(f"community.{name}.may_try", lambda *args: True)
    monkeypatch.setattr("community.mailed_codes.is_through", lambda *args: not is_spent)
    MemberFactory(email=HERS, password=PASSWORD)
    path, field, words = DOORS[door]
    took: dict[str, list[float]] = {HERS: [], NOBODYS: []}
    for turn in range(26 if is_spent else 46):
        for address in (HERS, NOBODYS) if turn % 2 else (NOBODYS, HERS):
            browser = Client()
            began = time.perf_counter()
            browser.post(path, words | {field: address})
            if turn > 5:
                took[address].append((time.perf_counter() - began) * 1000)
    hers, nobodys = (statistics.median(times) for times in took.values())
    spread = statistics.quantiles(took[HERS] + took[NOBODYS], n=4)
    half = spread[2] - spread[0]
    with capsys.disabled():
        which = f"{door}, no letter" if is_spent else door
        print(f"\n{which}: medians {hers:.2f} ms with an account, {nobodys:.2f} without; spread {half:.2f} ms")

    assert abs(hers - nobodys) < max(1.5, half)
    assert mail.outbox == []
