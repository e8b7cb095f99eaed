"""The moderators' console by keyboard, and what axe says of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import complaints
from tests.browser.conftest import QUEUE, move_in
from tests.browser.test_staff import send_code
from tests.databases import DEMO_TOTP_SECRET

AMELIA, BALTAZAR, CUSTODIA = (f"{name}@lusotown.example" for name in ("moderador1", "moderador2", "admin"))


@pytest.fixture
def cases(town: dict[str, str]) -> Iterator[Callable[..., list[int]]]:
    """Let cases wait, longer than any other; their numbers. They are gone afterwards."""
    made: list[str] = []

    def wait(many: int, *, route: str = "cultural_knowledge") -> list[int]:
        members = [move_in(town)[0] for _ in range(many)]
        with psycopg.connect(town["database"]) as owner:
            numbers = []
            for place, member in enumerate(members):
                owner.execute(
                    "INSERT INTO community_consent (member_id, purpose, version, given_at)"
                    " VALUES (%s, 'verification', '1', now()) ON CONFLICT DO NOTHING",
                    [member],
                )
                case = uuid4()
                made.append(str(case))
                (number,) = owner.execute(
                    "INSERT INTO verification_case (id, member_id, route, status, language, note, reason, sentence,"
                    " waiting_since) VALUES (%s, %s, %s, 'pending', 'pt', '', '', '',"
                    " now() - interval '40 days' + %s * interval '1 hour') RETURNING number",
                    [case, member, route, place],
                ).fetchone() or (0,)
                numbers.append(number)
        return numbers

    yield wait
    with psycopg.connect(town["database"]) as owner:
        papers = "SELECT id FROM verification_evidence WHERE case_id = ANY (%s::uuid[])"
        owner.execute(f"DELETE FROM verification_opening WHERE evidence_id IN ({papers})", [made])
        owner.execute("DELETE FROM verification_evidence WHERE case_id = ANY (%s::uuid[])", [made])
        owner.execute("DELETE FROM verification_vote WHERE case_id = ANY (%s::uuid[])", [made])
        owner.execute("DELETE FROM verification_case WHERE id = ANY (%s::uuid[])", [made])


def ended(town: dict[str, str], numbers: list[int]) -> dict[int, tuple[str, int]]:
    """Where cases stand, and how many votes each had."""
    with psycopg.connect(town["database"]) as owner:
        rows = owner.execute(
            "SELECT number, status, (SELECT count(*) FROM verification_vote AS v WHERE v.case_id = c.id)"
            " FROM verification_case AS c WHERE number = ANY (%s)",
            [numbers],
        ).fetchall()
    return {number: (status, votes) for number, status, votes in rows}


def press(page: Page, key: str, *, to: str) -> None:
    """Press a key, and wait until it has led to an address that ends so."""
    before = page.url
    page.keyboard.press(key)
    page.wait_for_url(lambda url: bool(re.search(to, url)) and url != before)
    page.wait_for_load_state()


def number_of(page: Page) -> int:
    return int(re.findall(r"#(\d+)", page.locator("h1").inner_text())[0])


def test_two_moderators_work_the_queue_by_keyboard_at_the_same_time(sit_down, cases, town):
    numbers = cases(6)
    amelia, baltazar = sit_down(AMELIA), sit_down(BALTAZAR)

    met: list[int] = []
    for page in (amelia, baltazar):
        press(page, "n", to=r"/change/")
    for _ in range(3):
        for page in (amelia, baltazar):
            press(page, "a", to=r"/word/approve/")
        for page in (amelia, baltazar):  # both pages stand open: neither has the other's case
            met.append(number_of(page))
            press(page, "Enter", to=r"/change/|/case/$")

    assert sorted(met) == numbers
    assert met[0::2] == numbers[0::2]
    assert met[1::2] == numbers[1::2]
    assert ended(town, numbers) == dict.fromkeys(numbers, ("approved", 1))


def test_a_document_by_two_moderators_who_do_not_know_of_each_other(sit_down, cases, town):
    (number,) = cases(1, route="document")
    amelia, baltazar = sit_down(AMELIA), sit_down(BALTAZAR)
    press(amelia, "n", to=r"/change/")
    assert number_of(amelia) == number
    press(amelia, "r", to=r"/word/reject/")
    amelia.keyboard.press("Space")  # the first reason
    amelia.keyboard.press("Enter")
    amelia.wait_for_url(re.compile(r"/change/|/case/$"))

    press(baltazar, "n", to=r"/change/")
    assert number_of(baltazar) == number
    expect(baltazar.locator(".console-case__desk")).to_contain_text("1 moderator has voted.")
    expect(baltazar.locator(".console-case__desk")).not_to_contain_text("could not read")
    press(baltazar, "r", to=r"/word/reject/")
    baltazar.keyboard.press("Space")
    baltazar.keyboard.press("ArrowDown")
    baltazar.get_by_role("button", name="Look at it first").click()
    expect(baltazar.locator(".console-reasons :checked")).to_be_focused()  # an arrow goes on from the second reason
    baltazar.keyboard.press("Enter")
    baltazar.wait_for_url(re.compile(r"/change/|/case/$"))

    assert ended(town, [number]) == {number: ("rejected", 2)}


def test_no_key_does_anything_while_someone_types_and_all_can_be_switched_off(sit_down, cases):
    cases(1)
    page = sit_down(AMELIA)
    page.locator("#id_q").fill("")
    page.locator("#id_q").press_sequentially("n?a")
    expect(page.locator("#id_q")).to_have_value("n?a")
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("Control+n")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#keys")).to_be_visible()
    assert page.url.endswith(QUEUE)
    page.get_by_label("Switch the keys off").check()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("n")
    page.reload()
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert page.url.endswith(QUEUE)
    page.get_by_role("button", name="Next case").click()
    expect(page.locator("h1")).to_contain_text("Case #")
    page.get_by_role("button", name="Let it go").click()


def test_escape_leads_back_without_deciding(sit_down, cases, town):
    numbers = cases(1)
    page = sit_down(AMELIA)
    press(page, "n", to=r"/change/")
    press(page, "q", to=r"/word/ask/")
    page.keyboard.type("a question")  # the field has the focus
    press(page, "Escape", to=r"/change/")

    assert ended(town, numbers) == {numbers[0]: ("pending", 0)}


@pytest.mark.parametrize("route", ["document", "cultural_knowledge", "community_reference"])
def test_axe_finds_nothing_on_the_console(sit_down, cases, town, route):
    cases(3, route=route)
    page = sit_down(AMELIA)
    found = []
    for address in ("", "?queue=ended", "?q=nobody-has-this-name"):
        page.goto(town["desk"] + QUEUE + address)
        found += both(page)
    press(page, "n", to=r"/change/")
    case = page.url
    found += both(page)
    page.keyboard.press("?")
    found += both(page)
    for verdict in ("approve", "ask", "reject"):
        page.goto(case.replace("change/", f"word/{verdict}/"))
        found += both(page)
    page.locator("form.console-word").evaluate("form => form.noValidate = true")
    page.locator("[name=send]").click()  # without a reason: it comes back
    expect(page.locator(".errorlist")).to_be_visible()
    found += both(page)
    page.goto(town["desk"] + "/verification/stop/")
    found += both(page)

    assert found == []


def test_axe_finds_nothing_on_a_stop_nor_where_a_badge_is_taken_back(sit_down, cases, town):
    (number,) = cases(1, route="document")
    with psycopg.connect(town["database"]) as owner:
        owner.execute(
            "WITH paper AS (INSERT INTO verification_evidence"
            " (id, case_id, kind, pages, sealed_key, key_id, fingerprint)"
            " SELECT gen_random_uuid(), id, 'passport', 1, 'sealed', 'desk-1', ''"
            "   FROM verification_case WHERE number = %s RETURNING id)"
            " INSERT INTO verification_opening (id, evidence_id, by_id, written_in)"
            " SELECT gen_random_uuid(), paper.id, member.id, 1"
            "   FROM paper, community_member AS member, generate_series(1, 20) WHERE member.email = %s",
            [number, BALTAZAR],
        )
    baltazar, custodia = sit_down(BALTAZAR), sit_down(CUSTODIA)
    press(baltazar, "n", to=r"/change/")
    press(baltazar, "o", to=r"/evidence/|reauthenticate")
    if "reauthenticate" in baltazar.url:
        send_code(baltazar, town, DEMO_TOTP_SECRET)
    expect(baltazar.get_by_text("You opened twenty documents within an hour")).to_be_visible()
    found = both(baltazar)

    custodia.goto(town["desk"] + "/verification/stop/")
    lift = custodia.get_by_role("button", name="Lift it")
    expect(lift).to_be_visible()
    found += both(custodia)
    lift.click()
    custodia.goto(town["desk"] + QUEUE + "?queue=ended")
    custodia.locator("tr", has=custodia.get_by_text("approved", exact=True)).first.locator("th a").click()
    custodia.get_by_role("link", name="Take the badge back").click()
    expect(custodia.locator("[name=sentence]")).to_be_visible()
    found += both(custodia)

    assert found == []


def both(page: Page) -> list[str]:
    """What axe finds on a page of the console, in light and in dark."""
    return [f"{page.url}: {each}" for theme in ("light", "dark") for each in complaints(page, theme)]


def test_the_console_goes_without_scripts(browser, town, badge, cases):
    (number,) = cases(1)
    context = browser.new_context(storage_state=badge(AMELIA), java_script_enabled=False, locale="en-GB")
    context.add_cookies([{"name": "django_language", "value": "en", "url": town["desk"]}])
    page = context.new_page()
    page.goto(town["desk"] + QUEUE)
    page.get_by_role("button", name="Next case").click()
    assert number_of(page) == number
    page.get_by_role("link", name="Approve", exact=True).click()
    page.get_by_role("button", name="Send, and back to the queue").click()
    context.close()

    assert ended(town, [number]) == {number: ("approved", 1)}


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_screen(sit_down, cases, width):
    cases(1)
    page = sit_down(AMELIA)
    page.set_viewport_size({"width": width, "height": 800})
    press(page, "n", to=r"/change/")
    case = page.url
    for address in (case, case.replace("change/", "word/reject/"), case.partition("/verification")[0] + QUEUE):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
