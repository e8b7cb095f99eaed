"""A member's way in, in a real browser: joining, and coming in by every way there is."""

from __future__ import annotations

import re
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.paths import ACCOUNT_PATHS, PATHS
from tests.browser.test_accessibility import complaints
from tests.doors import code as shown_by_app

PASSWORD = "uma-boa-viagem-2026"
NO_APP = ("/pt/conta/2fa/totp/deactivate/", "/en/account/2fa/totp/deactivate/")


def mailed_code(town: dict[str, str], address: str) -> str:
    """What was written last to an address: the outbox is open to the owner alone."""
    with psycopg.connect(town["database"]) as owner:
        (text,) = owner.execute(
            'SELECT text FROM community_letter WHERE "to" = %s ORDER BY created_at DESC LIMIT 1', [address]
        ).fetchone()
    return re.search(r"^    (\S+)$", text, re.MULTILINE)[1]


def with_passkeys(page: Page) -> Page:
    """Give a page's browser a device that keeps passkeys and recognises its holder."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    return page


def send(page: Page) -> None:
    page.locator("main form:not([data-passkey]) button[type=submit]").first.click()


def join(page: Page, town: dict[str, str], address: str) -> None:
    """Fill in the form, then type the code that was mailed."""
    page.goto(town["site"] + "/pt/conta/aderir/")
    page.fill("[name=email]", address)
    page.fill("[name=display_name]", "Eulália Vidigueira")
    for part, figures in (("day", "25"), ("month", "4"), ("year", "1974")):
        page.fill(f"[name=born_{part}]", figures)
    page.fill("[name=password]", PASSWORD)
    page.check("[name=agrees]")
    send(page)
    page.wait_for_url("**/conta/aderir/codigo/")
    page.fill("[name=code]", mailed_code(town, address))
    send(page)
    page.wait_for_url("**/pt/conta/")


def leave(page: Page, town: dict[str, str]) -> None:
    page.goto(town["site"] + "/pt/conta/logout/")
    send(page)
    page.goto(town["site"] + "/pt/conta/login/")


def type_password(page: Page, address: str) -> None:
    page.fill("[name=login]", address)
    page.fill("[name=password]", PASSWORD)
    send(page)


def test_a_new_member_comes_in_by_every_way(visit, page: Page, town: dict[str, str]):
    address = f"{uuid4().hex}@example.org"
    with_passkeys(page)
    # This device says yes at once: no passkey may offer itself where a password is to be typed.
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = undefined")
    join(page, town, address)
    expect(page.locator("main")).to_contain_text(address)

    # A passkey, and with it the recovery codes; then an authenticator app.
    page.goto(town["site"] + "/pt/conta/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    send(page)
    page.wait_for_url("**/webauthn/add/")
    page.locator("form[data-passkey=create] button").click()
    page.wait_for_url("**/recovery-codes/")
    recovery = page.locator(".door__codes code").first.inner_text()
    page.goto(town["site"] + "/pt/conta/2fa/totp/activate/")
    secret = page.locator(".door__key").inner_text()
    page.fill("[name=code]", shown_by_app(secret))
    send(page)
    page.wait_for_url("**/2fa/")

    # A passkey alone.
    leave(page, town)
    page.locator("form[data-passkey=login] button").click()
    page.wait_for_url("**/pt/")
    page.goto(town["site"] + "/pt/conta/")
    expect(page.locator("main")).to_contain_text(address)

    # A password, then the app; a password, then the passkey.
    leave(page, town)
    type_password(page, address)
    page.wait_for_url("**/2fa/authenticate/")
    page.fill("[name=code]", shown_by_app(secret))
    send(page)
    page.wait_for_url("**/pt/")
    leave(page, town)
    type_password(page, address)
    page.wait_for_url("**/2fa/authenticate/")
    page.locator("form[data-passkey=get] button").click()
    page.wait_for_url("**/pt/")

    # A code by mail, then a recovery code.
    leave(page, town)
    page.goto(town["site"] + "/pt/conta/login/codigo/")
    page.fill("[name=email]", address)
    send(page)
    page.wait_for_url("**/login/codigo/confirmar/")
    page.fill("[name=code]", mailed_code(town, address))
    send(page)
    page.wait_for_url("**/2fa/authenticate/")
    page.fill("[name=code]", recovery)
    send(page)
    page.wait_for_url("**/pt/")


def test_a_passkey_offers_itself_where_the_address_is_typed(visit, page: Page, town: dict[str, str]):
    with_passkeys(page)
    join(page, town, f"{uuid4().hex}@example.org")
    page.goto(town["site"] + "/pt/conta/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    send(page)
    page.locator("form[data-passkey=create] button").click()
    page.wait_for_url("**/recovery-codes/")

    leave(page, town)
    page.focus("[name=login]")

    page.wait_for_url("**/pt/")


def test_a_passkey_of_another_device_opens_nothing(visit, page: Page, town: dict[str, str]):
    with_passkeys(page)
    page.goto(town["site"] + "/en/account/login/")
    page.locator("form[data-passkey=login] button").click()

    expect(page.get_by_text("That did not work.")).to_be_visible()


def test_without_scripts_a_stranger_joins_all_the_same(browser: Browser, town: dict[str, str]):
    page = browser.new_context(java_script_enabled=False).new_page()
    join(page, town, f"{uuid4().hex}@example.org")

    page.goto(town["site"] + "/pt/conta/aparelhos/")
    expect(page.locator("main")).to_contain_text("este")


@pytest.mark.parametrize("language", [0, 1], ids=["pt", "en"])
def test_axe_finds_nothing_on_the_pages_of_an_account(visit, page: Page, town: dict[str, str], language: int):
    with_passkeys(page)
    join(page, town, f"{uuid4().hex}@example.org")
    page.goto(town["site"] + ACCOUNT_PATHS["new passkey"][language])
    page.fill("[name=password]", PASSWORD)
    send(page)
    page.locator("form[data-passkey=create] button").click()
    page.wait_for_url("**/recovery-codes/")

    page.goto(town["site"] + ACCOUNT_PATHS["app"][language])
    page.fill("[name=code]", shown_by_app(page.locator(".door__key").inner_text()))
    send(page)
    page.wait_for_url("**/2fa/")
    page.goto(town["site"] + ACCOUNT_PATHS["passkeys"][language])
    of_the_passkey = [link.get_attribute("href") for link in page.locator(".door__pair a").all()]
    assert len(of_the_passkey) == 2

    found = {}
    own = {name: paths[language] for name, paths in ACCOUNT_PATHS.items() if name != "app"}
    for name, path in (own | dict.fromkeys(of_the_passkey) | {"no app": NO_APP[language]}).items():
        visit(path or name)
        assert page.url == town["site"] + (path or name)
        if wrong := complaints(page, "light") + complaints(page, "dark"):
            found[name] = wrong
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found[f"{name} at {width}"] = ["wider than the screen"]
    assert found == {}


@pytest.mark.parametrize("language", [0, 1], ids=["pt", "en"])
def test_axe_finds_nothing_where_something_is_wrong_or_waits_for_a_code(visit, page: Page, language: int):
    visit(("/pt/conta/aderir/", "/en/account/join/")[language])
    page.fill("[name=email]", "eu@example.org")
    page.fill("[name=display_name]", "...")
    page.evaluate("document.querySelector('main form').noValidate = true")
    send(page)
    expect(page.locator(".field__error").first).to_be_visible()
    assert complaints(page, "light") + complaints(page, "dark") == []

    visit(("/pt/conta/login/codigo/", "/en/account/login/code/")[language])
    page.fill("[name=email]", f"{uuid4().hex}@example.org")
    send(page)
    expect(page.locator("[name=code]")).to_be_visible()
    assert complaints(page, "light") + complaints(page, "dark") == []


@pytest.mark.parametrize("language", [0, 1], ids=["pt", "en"])
def test_axe_finds_nothing_on_the_way_to_a_new_password_and_to_new_guidelines(
    visit, page: Page, town: dict[str, str], language: int
):
    address = f"{uuid4().hex}@example.org"
    join(page, town, address)
    leave(page, town)
    with psycopg.connect(town["database"]) as owner:
        owner.execute(
            "UPDATE community_member SET guidelines_version = 0, guidelines_accepted_at = NULL WHERE email = %s",
            [address],
        )

    visit(PATHS["forgotten"][language])
    page.fill("[name=email]", address)
    send(page)
    page.wait_for_url(re.compile(r"/(codigo|code)/$"))
    assert complaints(page, "light") + complaints(page, "dark") == []
    page.fill("[name=code]", mailed_code(town, address))
    send(page)
    page.wait_for_url(re.compile(r"/(nova|new)/$"))
    assert complaints(page, "light") + complaints(page, "dark") == []
    for field in page.locator("main input[type=password]").all():
        field.fill(f"{PASSWORD}-outra")
    send(page)
    page.wait_for_url(lambda url: not re.search(r"/(nova|new)/$", url))
    page.context.clear_cookies()
    visit(PATHS["login"][language])
    page.fill("[name=login]", address)
    page.fill("[name=password]", f"{PASSWORD}-outra")
    send(page)
    page.wait_for_url(re.compile(r"/(regras|guidelines)/$"))
    assert complaints(page, "light") + complaints(page, "dark") == []


def test_what_one_presses_is_large_enough_for_a_thumb(visit, page: Page):
    small = []
    page.set_viewport_size({"width": 375, "height": 800})
    for path in ("/pt/conta/login/", "/pt/conta/aderir/"):
        visit(path)
        small += page.evaluate(
            """() => [...document.querySelectorAll("main button, main input:not([type=hidden], [type=checkbox])"),
                      ...document.querySelectorAll(".tick, .door__ways a")]
                .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"""
        )
    assert small == []
