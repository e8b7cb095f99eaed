"""Coming to work at the desk, from an administrator's invitation to the first page, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import complaints
from tests.browser.conftest import as_worker, fresh_code, move_in
from tests.browser.test_desk import DJANGOS_OWN
from tests.databases import DEMO_PASSWORD, DEMO_TOTP_SECRET
from tests.doors import code

SEND_LINKS = "import django; django.setup(); from community import staff; staff.send_links()"
NEW = "outra-maré-em-belém"


@contextmanager
def visitor(browser: Browser, locale: str, width: int = 1280) -> Iterator[Page]:
    context = browser.new_context(
        locale=locale, reduced_motion="reduce", viewport={"width": width, "height": 900}, java_script_enabled=True
    )
    yield context.new_page()
    context.close()


def send(page: Page, **typed: str) -> None:
    """Fill in a form of the door and send it; a passkey's stands beside it."""
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator(f"form:has([name={name}]) button[type=submit]").first.click()
    page.wait_for_load_state()


def send_code(page: Page, town: dict[str, str], secret: str) -> None:
    send(page, code=fresh_code(town, secret))


def come_in(page: Page, town: dict[str, str], email: str) -> None:
    page.goto(town["desk"])
    send(page, login=email, password=DEMO_PASSWORD)
    send_code(page, town, DEMO_TOTP_SECRET)
    expect(page.locator("#user-tools")).to_be_visible()


def assert_nothing_is_wrong(page: Page) -> None:
    assert complaints(page, "light", besides=DJANGOS_OWN) == []
    assert complaints(page, "dark", besides=DJANGOS_OWN) == []


def link_for(town: dict[str, str], email: str) -> str:
    """The address in the letter that the worker writes to them."""
    as_worker(town, "-c", SEND_LINKS, DESK_URL=town["desk"])
    with psycopg.connect(town["database"]) as connection:
        (text,) = connection.execute('SELECT text FROM community_letter WHERE "to" = %s', [email]).fetchone()
    return re.search(r"\S+/invitation/\?key=\S+", text)[0]


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("pt", 375)])
def test_someone_is_invited_confirmed_and_comes_to_work(browser: Browser, town: dict[str, str], language, width):
    _, email = move_in(town, "Leopoldina Marçano")
    with visitor(browser, language, width) as page:
        come_in(page, town, "admin@lusotown.example")
        page.goto(town["desk"] + "/staff/")
        page.locator("[name=email]").fill(email)
        page.locator("[name=rank]").select_option("moderator")
        page.locator("form[action='/staff/invite/'] button").click()
        expect(page.locator("#invited + ul")).to_contain_text(email)
        expect(page.locator("form[action$='/confirm/']")).to_have_count(0)
        assert_nothing_is_wrong(page)

    with visitor(browser, language, width) as page:
        come_in(page, town, "admin2@lusotown.example")
        page.goto(town["desk"] + "/staff/")
        assert_nothing_is_wrong(page)
        page.locator("form[action$='/confirm/'] button").click()
        expect(page.locator("form[action$='/confirm/']")).to_have_count(0)
        page.locator(".desk-rows a.button").first.click()
        assert_nothing_is_wrong(page)

    with visitor(browser, language, width) as page:
        page.goto(link_for(town, email))
        assert_nothing_is_wrong(page)
        send(page, password1=NEW, password2=NEW)
        send(page, login=email, password=NEW)
        if page.locator("[name=password]").count():  # once more, as a second step is about to be set up
            send(page, password=NEW)
        secret = page.locator(".door__key").inner_text()
        send(page, code=code(secret))
        page.goto(town["desk"])
        send_code(page, town, secret)
        expect(page).to_have_url(re.compile("/rules/"))
        assert_nothing_is_wrong(page)
        page.locator("[name=agrees]").check()
        page.locator("main form button[type=submit]").first.click()
        expect(page.locator("#user-tools")).to_be_visible()
        expect(page.locator("#user-tools")).not_to_contain_text(re.compile("Who works here|Quem trabalha aqui"))
        page.goto(town["desk"] + "/rules/")
        assert_nothing_is_wrong(page)
