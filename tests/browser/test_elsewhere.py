"""Joining by way of Google, in a real browser that holds to our content security policy."""

from __future__ import annotations

import psycopg
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import complaints
from tests.browser.test_accounts import mailed_code, send
from tests.provider import Provider


def test_a_stranger_joins_by_google_comes_back_by_it_and_disconnects_it(
    page: Page, town_with_google: tuple[dict[str, str], Provider]
):
    town, google = town_with_google
    google.says = {"sub": "77", "email": "eulalia@example.org", "email_verified": True, "given_name": "Eulália"}
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)

    page.goto(town["site"] + "/pt/conta/login/")
    assert complaints(page, "light") == []
    page.get_by_role("button", name="Continuar com Google").click()
    page.wait_for_url("**/pt/conta/aderir/")
    expect(page.locator("[name=email]")).to_have_value("eulalia@example.org")
    expect(page.locator("[name=email]")).to_be_disabled()
    expect(page.locator("[name=display_name]")).to_have_value("Eulália")
    assert complaints(page, "light") == []
    for part, figures in (("day", "25"), ("month", "4"), ("year", "1974")):
        page.fill(f"[name=born_{part}]", figures)
    page.check("[name=agrees]")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/pt/conta/")
    expect(page.locator("main")).to_contain_text("Abre a sua conta.")
    assert complaints(page, "light") == []
    assert google.challenge_is_met()

    page.goto(town["site"] + "/pt/conta/logout/")
    page.locator("main form button[type=submit]").first.click()
    page.goto(town["site"] + "/pt/conta/login/")
    page.get_by_role("button", name="Continuar com Google").click()
    page.wait_for_url("**/pt/")
    page.goto(town["site"] + "/pt/conta/")
    page.get_by_role("button", name="Desligar").click()
    page.wait_for_url("**/mais-uma-vez/*")  # to show once more that it is her
    send(page)
    page.wait_for_url("**/mais-uma-vez/codigo/*")
    page.fill("[name=code]", mailed_code(town, "eulalia@example.org"))
    send(page)
    page.wait_for_url("**/pt/conta/")
    page.get_by_role("button", name="Desligar").click()
    expect(page.locator("body")).to_contain_text("Google já não abre a sua conta.")
    with psycopg.connect(town["database"]) as owner:
        assert owner.execute("SELECT count(*) FROM socialaccount_socialaccount").fetchone() == (0,)
    assert problems == []
