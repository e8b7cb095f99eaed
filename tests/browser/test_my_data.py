"""A member's own data, in a real browser: asked for a copy, erased, and back again, with axe finding nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.test_accessibility import complaints
from tests.databases import DEMO_PASSWORD

PAGES = {"pt": ("", "historico/", "consentimentos/", "corrigir/"), "en": ("", "history/", "consents/", "correct/")}
BASE = {"pt": "/pt/conta/os-meus-dados/", "en": "/en/account/my-data/"}


def log_in(page: Page, site: str, email: str) -> None:
    page.goto(site + "/en/account/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_load_state("networkidle")
    if (agree := page.get_by_label("I agree to the community’s guidelines")).is_visible():
        agree.check()
        page.get_by_role("button", name="Go on").click()
        page.wait_for_load_state("networkidle")


def wider_than_the_screen(page: Page) -> list[int]:
    found = []
    for width in (320, 375, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    return found


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["pt", "en"])
def test_every_page_of_my_data_is_for_everyone_on_any_screen(visit, page: Page, town: dict[str, str], language: str):
    log_in(page, town["site"], "joana@lusotown.example")
    for name in PAGES[language]:
        visit(BASE[language] + name)
        assert page.url == town["site"] + BASE[language] + name
        assert complaints(page, "light") == [], name
        assert complaints(page, "dark") == [], name
        page.emulate_media(color_scheme="light")
        assert wider_than_the_screen(page) == [], name
        shoot(page, f"{language}-{name.strip('/') or 'overview'}")


def test_a_member_asks_for_a_copy_then_for_the_end_and_stays_after_all(visit, page: Page, town: dict[str, str]):
    log_in(page, town["site"], "maria@lusotown.example")
    visit(BASE["en"])
    page.get_by_role("button", name="Ask for a copy").click()
    page.get_by_text("We are making your copy").wait_for()
    shoot(page, "en-asked")

    page.get_by_role("link", name="Erase my account").click()
    page.get_by_label("Password").fill(DEMO_PASSWORD)  # a second look
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Type your e-mail address").fill("someone@example.org")
    page.get_by_role("button", name="Erase my account").click()
    page.get_by_text("This is not the address of this account.").wait_for()
    assert complaints(page, "light") == []
    assert wider_than_the_screen(page) == []
    shoot(page, "en-erase")
    page.get_by_label("Type your e-mail address").fill("maria@lusotown.example")
    page.get_by_role("button", name="Erase my account").click()
    page.get_by_text("From now on nobody sees you here").wait_for()
    assert complaints(page, "dark", whole=True) == []
    shoot(page, "en-erasing")

    page.get_by_role("button", name="I stay").click()
    page.get_by_text("Good to have you").wait_for()
