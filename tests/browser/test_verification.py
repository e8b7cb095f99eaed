"""Each route in a real browser up to where the case is handed in: for everyone, on any screen, without scripts too."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import move_in
from tests.browser.test_accessibility import complaints
from tests.browser.test_my_data import shoot, wider_than_the_screen
from tests.browser.test_profile import log_in
from tests.databases import DEMO_PASSWORD
from tests.verification.strange_papers import encoded, scene

MEMBER = "maria@lusotown.example"
HOME = {"pt": "/pt/conta/verificacao/", "en": "/en/account/verification/"}
WITH_US = {"pt": "Está com a nossa moderação.", "en": "It is with our moderators."}
PAPER = {"name": "passport.jpg", "mimeType": "image/jpeg", "buffer": encoded(scene(600, 400), "jpeg")}


@pytest.fixture
def rows(town: dict[str, str]):
    """Ask the town's database, as its owner."""
    with psycopg.connect(town["database"], autocommit=True) as connection:
        yield lambda statement, *values: connection.execute(statement, values)


@pytest.fixture
def member(town: dict[str, str], browser: Browser, rows: Callable):
    """Maria, who has no badge and no case."""
    rows("DELETE FROM verification_case WHERE member_id = (SELECT id FROM community_member WHERE email = %s)", MEMBER)
    page = browser.new_context(reduced_motion="reduce").new_page()
    yield log_in(page, town["site"], MEMBER)
    page.context.close()


def is_for_everyone(page: Page, name: str) -> None:
    assert complaints(page, "light") == [], name
    assert complaints(page, "dark") == [], name
    page.emulate_media(color_scheme="light")
    assert wider_than_the_screen(page) == [], name
    shoot(page, f"verification-{name}")


def begin(page: Page, site: str, route: str, language: str) -> None:
    paths = {
        "document": {"pt": "documento/", "en": "document/"},
        "questions": {"pt": "perguntas/", "en": "questions/"},
        "members": {"pt": "palavra-de-membros/", "en": "members-word/"},
    }
    page.goto(site + HOME[language] + paths[route][language])
    is_for_everyone(page, f"begin-{route}-{language}")
    if (agree := page.locator("[name=consents]")).count():
        agree.check()
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/[0-9a-f-]{36}/$"))


def send(page: Page, file: dict) -> None:
    page.locator("[name=kind]").select_option("passport")
    page.set_input_files("[name=file]", files=[file])
    page.locator("form[enctype] button[type=submit]").click()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("language", ["pt", "en"])
def test_by_a_document(member: Page, town: dict[str, str], language: str):
    page = member
    begin(page, town["site"], "document", language)
    is_for_everyone(page, f"document-{language}")

    send(page, PAPER | {"name": "passport.pdf"})
    expect(page.locator(".field__error")).to_be_visible()
    is_for_everyone(page, f"document-refused-{language}")
    send(page, PAPER)
    expect(page.locator("form[action*='remov']")).to_have_count(1)
    is_for_everyone(page, f"document-sent-{language}")
    page.locator("form[action*='hand-in'], form[action*='entregar']").locator("button").click()

    expect(page.get_by_text(WITH_US[language])).to_be_visible()
    is_for_everyone(page, f"document-handed-in-{language}")
    page.locator("a[href*='withdraw'], a[href*='desistir']").click()
    is_for_everyone(page, f"withdraw-{language}")
    page.locator("main form button").click()
    expect(page.get_by_text(WITH_US[language])).to_have_count(0)


AGREED = "INSERT INTO community_consent (member_id, purpose, version, given_at) VALUES (%s, 'verification', '1', now())"
BECAME = """
WITH made AS (
    INSERT INTO verification_case (id, member_id, route, status, language, note, reason, sentence, created_at,
                                   handed_in_at, decided_at, expires_at, appeal_of_id)
    SELECT gen_random_uuid(), %s, 'document', status, 'pt', '', reason, 'Só vemos metade.', now() - age, now() - age,
           now() - ended, now() + valid, NULL
      FROM (VALUES ('needs_information', '', interval '9 days', NULL::interval, NULL::interval),
                   ('approved', '', '9 days', '8 days', '5 years'),
                   ('expired', '', '9 years', '9 years', '-4 years'),
                   ('expired', '', '90 days', '30 days', NULL),
                   ('withdrawn', '', '9 days', '8 days', NULL),
                   ('rejected', 'unreadable', '9 days', '8 days', NULL)
           ) AS became (status, reason, age, ended, valid) RETURNING id, status)
SELECT status, id FROM made
"""
APPEALED = """
INSERT INTO verification_case (id, member_id, route, status, language, note, reason, sentence, decided_at, appeal_of_id)
SELECT gen_random_uuid(), member_id, route, 'rejected', 'pt', 'Está inteira.', 'other_name', '', now(), id
  FROM verification_case WHERE id = %s RETURNING id
"""


@pytest.mark.parametrize(("language", "theme"), [("pt", "light"), ("en", "dark")])
def test_whatever_became_of_a_case_is_told_for_everyone(
    town: dict[str, str], browser: Browser, rows: Callable, language: str, theme: str
):
    member, email = move_in(town, "Ermelinda Sardoal")
    rows(AGREED, member)
    became = rows(BECAME, member).fetchall()
    pages = [f"{case}/" for _status, case in became]
    rejected = next(case for status, case in became if status == "rejected")
    page = log_in(browser.new_context(reduced_motion="reduce", color_scheme=theme).new_page(), town["site"], email)
    found = {}
    for name in ("", *pages, f"{rejected}/{'recurso' if language == 'pt' else 'appeal'}/", "appealed"):
        if name == "appealed":
            ((appeal,),) = rows(APPEALED, rejected).fetchall()
            name = f"{appeal}/"
        page.goto(town["site"] + HOME[language] + name)
        assert page.url.endswith(name)
        if wrong := [*complaints(page, theme, whole=True), *wider_than_the_screen(page)]:
            found[name] = wrong
    page.context.close()

    assert found == {}


def right_answer(rows: Callable) -> int:
    """Where the right answer to the open question stands: nobody but the owner could know."""
    choices, orders = rows(
        "SELECT cardinality(choices), orders FROM verification_attempt ORDER BY started_at DESC LIMIT 1"
    ).fetchone()
    return orders[choices].index("0")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_by_questions(town: dict[str, str], browser: Browser, rows: Callable, scripts: bool):
    rows("DELETE FROM verification_case WHERE member_id = (SELECT id FROM community_member WHERE email = %s)", MEMBER)
    page = browser.new_context(java_script_enabled=scripts, reduced_motion="reduce").new_page()
    log_in(page, town["site"], MEMBER)
    page.goto(town["site"] + HOME["pt"] + "perguntas/")
    if (agree := page.locator("[name=consents]")).count():
        agree.check()
    page.get_by_role("button", name="Começar").click()
    page.get_by_label("Sobre que país").select_option("cabo-verde")
    page.get_by_role("button", name="Começar: o tempo conta").click()

    for place in range(1, 13):
        expect(page.get_by_text(f"Pergunta {place} de 12")).to_be_visible()
        if place == 1 and scripts:
            is_for_everyone(page, "question-pt")
            before = int(page.locator("[data-seconds]").inner_text())
            page.wait_for_timeout(1600)
            assert int(page.locator("[data-seconds]").inner_text()) < before
        page.locator("[name=choice]").nth(right_answer(rows)).check()
        page.get_by_role("button", name="É esta a minha resposta").click()

    expect(page.get_by_role("heading", name="As respostas certas chegaram")).to_be_visible()
    page.go_back()  # harmless
    page.goto(town["site"] + HOME["pt"])
    expect(page.get_by_text(WITH_US["pt"])).to_be_visible()
    page.context.close()


def test_by_two_members(member: Page, town: dict[str, str], browser: Browser, rows: Callable):
    page = member
    begin(page, town["site"], "members", "en")
    is_for_everyone(page, "members-en")
    verified = rows(
        "SELECT m.email FROM community_member AS m JOIN community_profile AS p ON p.member_id = m.id"
        " WHERE NOT m.is_staff AND m.email LIKE '%%@lusotown.example' AND m.email <> %s ORDER BY m.email LIMIT 2",
        MEMBER,
    ).fetchall()
    for (email,) in verified:
        rows(
            "UPDATE community_profile SET heritage_verified_at = now() - interval '91 days'"
            " WHERE member_id = (SELECT id FROM community_member WHERE email = %s)",
            email,
        )
        page.get_by_role("button", name="Make a link").click()
        link = page.locator(".case__link").inner_text()
        is_for_everyone(page, "link-en")
        page.get_by_role("link", name="I have copied it").click()

        voucher = browser.new_context(reduced_motion="reduce").new_page()
        voucher.goto(link)
        assert "token" not in voucher.url
        voucher.fill("[name=login]", email)
        voucher.fill("[name=password]", DEMO_PASSWORD)
        voucher.click(".door__card button[type=submit]")
        expect(voucher.get_by_role("heading", name="Do you vouch for")).to_be_visible()
        is_for_everyone(voucher, "vouch-en")
        voucher.get_by_role("button", name="I vouch for them").click()
        expect(voucher.get_by_text("Thank you. You have vouched for")).to_be_visible()
        voucher.goto(link)
        expect(voucher.get_by_role("heading", name="This link opens nothing")).to_be_visible()
        is_for_everyone(voucher, "vouch-gone-en")
        voucher.context.close()

    page.reload()
    expect(page.get_by_text(WITH_US["en"])).to_be_visible()
