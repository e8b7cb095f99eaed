"""Taking part in matching and making a key, as a member does it; axe finds nothing on the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import complaints
from tests.databases import DEMO_PASSWORD


def enter(page: Page, email: str) -> None:
    page.fill("[name=login]", email)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main button[type=submit]")


def is_fine(page: Page) -> None:
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert complaints(page, "light") + complaints(page, "dark") == []


@pytest.mark.parametrize(
    ("login", "matches", "keys"),
    [("/en/account/login/", "/en/members/matches/", "/en/account/tokens/"),
     ("/pt/conta/login/", "/pt/membros/afinidades/", "/pt/conta/chaves/")],
)  # fmt: skip
def test_a_member_takes_part_stops_and_makes_a_key(visit, login: str, matches: str, keys: str):
    page = visit(login)
    enter(page, "maria@lusotown.example")
    visit(matches)
    is_fine(page)
    page.click("button[value=in]")
    expect(page.locator("button[value=out]")).to_be_visible()
    is_fine(page)
    page.click("button[value=out]")
    expect(page.locator("button[value=in]")).to_be_visible()

    visit(keys)
    page.click("main .button")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main button[type=submit]")
    is_fine(page)
    page.fill("[name=name]", "Script")
    page.check("[value='profile:read']")
    page.click("main button[type=submit]")
    assert len(page.locator(".door__secret").inner_text()) == 46
    is_fine(page)
    page.click("main .button")
    is_fine(page)
    page.click("main li button")
    expect(page.locator("main li button")).to_have_count(0)
