"""A member's own pages in a real browser: axe finds nothing, nothing is wider than the screen, no script is needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import settle
from tests.browser.paths import OWN_PATHS
from tests.browser.test_accessibility import complaints
from tests.databases import DEMO_PASSWORD


def log_in(page: Page, site: str, email: str = "joana@lusotown.example") -> Page:
    page.goto(f"{site}/en/account/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click(".door__card button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)
    return page


@pytest.fixture(scope="module")
def own(town: dict[str, str], browser: Browser) -> Page:
    """A browser in which Joana is logged in, for all of these tests."""
    page = browser.new_context(reduced_motion="reduce").new_page()
    return log_in(page, town["site"])


@pytest.mark.parametrize("name", OWN_PATHS)
def test_axe_finds_nothing_and_nothing_is_too_wide(own: Page, town: dict[str, str], name: str):
    for path in OWN_PATHS[name]:
        settle(own, town["site"] + path)
        for width in (320, 1280):
            own.set_viewport_size({"width": width, "height": 800})
            assert complaints(own, "light") == []
            assert own.evaluate("document.documentElement.scrollWidth") <= width
        assert complaints(own, "dark") == []


def test_a_members_page_and_the_question_before_a_block_are_for_everyone(own: Page, town: dict[str, str]):
    own.goto(f"{town['site']}/pt/membros/?q=jandira")
    address = own.locator(".card h3 a").first.get_attribute("href") or ""
    report = f"/pt/denunciar/membro/{address.rstrip('/').rpartition('/')[2]}/"
    for path in (address, f"{address}bloquear/", report, report.replace("/pt/denunciar/membro/", "/en/report/member/")):
        settle(own, town["site"] + path)
        assert complaints(own, "light") == []
        assert complaints(own, "dark") == []


def test_a_profile_is_filled_in_without_scripts(town: dict[str, str], browser: Browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, town["site"], "maria@lusotown.example")
    page.goto(f"{town['site']}/pt/conta/perfil/sobre-mim/")
    page.fill("[name=text_pt]", "Liga para 07700 900123.")
    page.get_by_label("Todas as pessoas").check()
    page.get_by_role("button", name="Guardar").click()
    assert page.get_by_role("alert").locator("q").inner_text() == "07700 900123"

    page.fill("[name=text_pt]", "Gosto de conversar.")
    page.get_by_role("button", name="Guardar").click()
    page.goto(f"{town['site']}/pt/conta/perfil/nome/")
    page.get_by_role("group", name="Quem pode saber").get_by_label("Todas as pessoas").check()
    page.get_by_role("button", name="Guardar").click()
    page.goto(f"{town['site']}/pt/conta/perfil/como-se-ve/?as=public")

    assert "Gosto de conversar." in page.content()
