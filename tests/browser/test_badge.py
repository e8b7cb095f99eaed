"""To the badge by each of the three routes: an applicant at the site, moderators at the desk, to the very end."""

from __future__ import annotations

import hmac
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import QUEUE, as_worker, move_in
from tests.browser.test_console import both
from tests.browser.test_profile import log_in
from tests.browser.test_staff import send_code
from tests.databases import DEMO_PASSWORD, DEMO_TOTP_SECRET, url_for
from tests.verification.strange_papers import encoded, scene

AMELIA, BALTAZAR, CUSTODIA = (f"{name}@lusotown.example" for name in ("moderador1", "moderador2", "admin"))
JOANA, TIAGO = "joana@lusotown.example", "tiago@lusotown.example"  # who have had the badge for 90 days
TELL_MEMBERS = "import django; django.setup(); from verification import tasks; tasks.tell_members(timestamp=0)"
PAPER_WIDTH = 640


class Applicant(NamedTuple):
    """Someone who has just come to the town, and the browser in which they are logged in."""

    id: UUID
    email: str
    page: Page


@pytest.fixture
def rows(town: dict[str, str]) -> Iterator[Callable]:
    """Ask the town's database, as its owner."""
    with psycopg.connect(town["database"], autocommit=True) as connection:
        yield lambda statement, *values: connection.execute(statement, values)


@pytest.fixture
def come(browser: Browser) -> Iterator[Callable[[], Page]]:
    """A browser nobody is logged in with, as many as are asked for."""
    contexts: list[BrowserContext] = []

    def open_browser() -> Page:
        contexts.append(browser.new_context(reduced_motion="reduce"))
        return contexts[-1].new_page()

    yield open_browser
    for context in contexts:
        context.close()


@pytest.fixture
def newcomer(town: dict[str, str], come: Callable[[], Page]) -> Callable[[str], Applicant]:
    """A member whom anyone may see, with a password, no badge and no case."""

    def of(name: str) -> Applicant:
        someone, email = move_in(town, name, visibility="public")
        return Applicant(someone, email, log_in(come(), town["site"], email))

    return of


@pytest.fixture
def badge_shows(town: dict[str, str], come: Callable[[], Page]) -> Callable[..., None]:
    """Look at an applicant as a stranger does: the badge is there, or it is not."""
    page = come()

    def look(applicant: Applicant, *, shows: bool) -> None:
        page.goto(f"{town['site']}/pt/membros/{applicant.id}/")
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("main").get_by_text("Raízes verificadas")).to_have_count(int(shows))

    return look


# At the site.


def begin(page: Page, town: dict[str, str], path: str) -> None:
    page.goto(town["site"] + path)
    page.locator("[name=consents]").check()
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/[0-9a-f-]{36}/$"))


def hand_in_a_passport(page: Page) -> None:
    paper = encoded(scene(PAPER_WIDTH, 400), "jpeg", comment=uuid4().bytes)
    page.locator("[name=kind]").select_option("passport")
    page.set_input_files("[name=file]", files=[{"name": "p.jpg", "mimeType": "image/jpeg", "buffer": paper}])
    page.get_by_role("button", name="Enviar este documento").click()
    page.get_by_role("button", name="Entregar").click()
    expect(page.get_by_text("Está com a nossa moderação.")).to_be_visible()


def right_answers(nation: str, language: str) -> dict[str, str]:
    """What the bank of questions, which no door can read, has as right."""
    bank = tomllib.loads((settings.BASE_DIR / f"verification/questions/{nation}.toml").read_text())
    return {question["asks"][language]: question["right"][language] for question in bank["question"]}


# At the desk.


def number_of(rows: Callable, applicant: Applicant) -> int:
    """The number of their open case: what a colleague would say across the room."""
    (number,) = rows(
        "SELECT number FROM verification_case WHERE member_id = %s AND status = 'pending'", applicant.id
    ).fetchone()
    return number


def find(page: Page, number: int) -> None:
    if not page.url.endswith(QUEUE):
        page.goto(re.sub(r"/verification/.*", QUEUE, page.url))
    page.locator("#id_q").fill(f"#{number}")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(f"#{number}")
    page.wait_for_load_state()  # the keys are listened to from then on


def take(page: Page, number: int) -> None:
    """Find a case and hold it."""
    find(page, number)
    page.keyboard.press("c")
    expect(page.locator(".console-facts")).to_contain_text("you hold it until")


def open_the_paper(page: Page, town: dict[str, str]) -> None:
    """Open the document, showing the second step where the last was too long ago; it is there, as it was drawn."""
    page.keyboard.press("o")
    page.wait_for_url(re.compile(r"opening=|reauthenticate"))
    if "reauthenticate" in page.url:
        send_code(page, town, DEMO_TOTP_SECRET)
    picture = page.locator("img.console-sheet__page")
    expect(picture).to_have_count(1)
    assert picture.evaluate("async (it) => { it.loading = 'eager'; await it.decode(); return it.naturalWidth }") == (
        PAPER_WIDTH
    )


# With a script.


@pytest.fixture
def desk_script(town: dict[str, str], rows: Callable) -> Iterator[Callable[..., str]]:
    """Logged in as lusotown_desk, ask something as a moderator, as the desk itself would: what came of it.

    Their first row as text, ``nothing``, the rule that was hurt, or what else the database said.
    """

    def ask(moderator: UUID, statement: str, *values: object, signed: bool = True) -> str:
        try:
            with psycopg.connect(url_for(town["name"], "desk")) as desk:
                assert desk.execute("SELECT session_user::text").fetchone() == ("lusotown_desk",)
                spoken = "SELECT concat(%s::text, ' ', pg_backend_pid(), ' ', extract(epoch FROM now()))"
                (challenge,) = desk.execute(spoken, [str(moderator)]).fetchone() or ("",)
                word = hmac.new(settings.DESK_IDENTITY_KEY, challenge.encode(), "sha256").hexdigest()
                name = f"{moderator} {word}" if signed else str(moderator)
                desk.execute("SELECT set_config('app.member', %s, true)", [name])
                answer = desk.execute(statement, values)
                row = answer.fetchone() if answer.description else None
                return " ".join(map(str, row)) if row else "nothing"
        except psycopg.Error as error:
            return error.diag.constraint_name or error.diag.message_primary or "error"

    return ask


def approve(page: Page) -> None:
    page.keyboard.press("a")
    page.get_by_role("button", name="Send, and back to the queue").click()
    expect(page.locator(".messagelist")).to_contain_text("you voted to approve it")


def reject(page: Page, reason: str, sentence: str) -> None:
    page.keyboard.press("r")
    page.get_by_label(reason).check()
    page.locator("[name=sentence]").fill(sentence)
    page.get_by_role("button", name="Send, and back to the queue").click()
    expect(page.locator(".messagelist")).to_contain_text("you voted not to approve it")


# The journeys.


def test_by_a_document_that_two_moderators_approve(newcomer, badge_shows, sit_down, town, rows):
    applicant = newcomer("Firmino Alcaparra")
    begin(applicant.page, town, "/pt/conta/verificacao/documento/")
    hand_in_a_passport(applicant.page)
    amelia, baltazar = sit_down(AMELIA), sit_down(BALTAZAR)
    number = number_of(rows, applicant)

    take(amelia, number)
    amelia.keyboard.press("a")  # nobody approves what they have not seen
    expect(amelia.locator(".console-bar-words")).to_contain_text("Open each document first")
    open_the_paper(amelia, town)
    assert both(amelia) == []
    approve(amelia)
    badge_shows(applicant, shows=False)  # one is not enough

    take(baltazar, number)
    desk = baltazar.locator(".console-case__desk")
    expect(desk).to_contain_text("1 moderator has voted.")
    expect(desk).not_to_contain_text("Amélia")
    open_the_paper(baltazar, town)
    approve(baltazar)

    badge_shows(applicant, shows=True)
    applicant.page.reload()
    expect(applicant.page.get_by_text("as suas raízes estão verificadas")).to_be_visible()
    for number in (1, 2):
        expect(applicant.page.get_by_text(f"A pessoa n.º {number} da moderação abriu este documento")).to_have_count(1)
    expect(applicant.page.locator("main")).not_to_contain_text("Baltazar")


def test_by_what_one_knows_of_a_nation(newcomer, badge_shows, sit_down, town, rows):
    applicant, answers = newcomer("Gualdino Perdigoto"), right_answers("mocambique", "en")
    page = applicant.page
    begin(page, town, "/en/account/verification/questions/")
    page.locator("[name=nation]").select_option("mocambique")
    page.locator("form:has([name=nation]) button").click()
    for place in range(1, 13):
        expect(page.get_by_text(f"Question {place} of 12")).to_be_visible()
        asked = page.locator("h1").inner_text()
        page.get_by_label(answers[asked], exact=True).check()
        page.get_by_role("button", name="This is my answer").click()
    expect(page.get_by_role("heading", name="Enough answers were right")).to_be_visible()

    amelia = sit_down(AMELIA)
    take(amelia, number_of(rows, applicant))
    expect(amelia.locator("#papers")).to_contain_text("12 of 12 right")
    assert both(amelia) == []
    approve(amelia)

    badge_shows(applicant, shows=True)
    page.get_by_role("link", name="Back to your case").click()
    expect(page.get_by_text("Welcome: your heritage is verified.")).to_be_visible()


def test_by_the_word_of_two_members(newcomer, badge_shows, sit_down, town, rows, come):
    applicant = newcomer("Hermínia Trovisco")
    page = applicant.page
    begin(page, town, "/pt/conta/verificacao/palavra-de-membros/")
    for email in (JOANA, TIAGO):
        page.locator("form[action$='ligacoes/'] button").click()
        link = page.locator(".case__link").inner_text()
        page.locator("main a.button").click()
        voucher = come()
        voucher.goto(link)
        voucher.fill("[name=login]", email)
        voucher.fill("[name=password]", DEMO_PASSWORD)
        voucher.click(".door__card button[type=submit]")
        expect(voucher.locator("h1")).to_contain_text("Hermínia Trovisco")
        voucher.locator("button[value=give]").click()
        expect(voucher.locator("main")).to_contain_text("Hermínia Trovisco")

    baltazar = sit_down(BALTAZAR)
    take(baltazar, number_of(rows, applicant))
    expect(baltazar.locator("#papers")).to_contain_text("Joana Demo")
    expect(baltazar.locator("#papers")).to_contain_text("Tiago Demo")
    assert both(baltazar) == []
    approve(baltazar)

    badge_shows(applicant, shows=True)
    page.reload()
    expect(page.get_by_text("as suas raízes estão verificadas")).to_be_visible()


def test_a_script_with_the_desks_password_and_a_moderators_identity_fails(town, rows, desk_script):
    moderator, _ = move_in(town, "Olímpio Sarmento")
    rows("UPDATE community_member SET is_staff = true WHERE id = %s", moderator)
    cases = {}
    for whose, member in (("own", moderator), ("other", move_in(town)[0]), ("unassigned", move_in(town)[0])):
        rows(
            "INSERT INTO community_consent (member_id, purpose, version, given_at)"
            " VALUES (%s, 'verification', '1', now())",
            member,
        )
        (cases[whose],) = rows(
            "INSERT INTO verification_case (id, member_id, route, status, language, note, reason, sentence,"
            " waiting_since) VALUES (gen_random_uuid(), %s, 'document', 'pending', 'pt', '', '', '', now())"
            " RETURNING id",
            member,
        ).fetchone()
        rows(
            "INSERT INTO verification_evidence (id, case_id, kind, pages, sealed_key, key_id, fingerprint)"
            " VALUES (gen_random_uuid(), %s, 'passport', 1, 'sealed', 'desk-1', '')",
            cases[whose],
        )
    papers = dict(rows("SELECT case_id, id FROM verification_evidence").fetchall())
    paper = papers[cases["unassigned"]]
    ask = partial(desk_script, moderator)
    vote = (
        "INSERT INTO verification_vote (id, case_id, by_id, verdict, reason, sentence)"
        " VALUES (gen_random_uuid(), %s, %s, 'approve', '', '')"
    )

    # Their own case.
    assert ask("SELECT claim_case(%s)", cases["own"]) == "own_case"
    assert ask(vote, cases["own"], moderator) == "own_case"
    # A document case, alone.
    assert re.match(r"\d{4}-", ask("SELECT claim_case(%s)", cases["other"]))
    assert ask(vote, cases["other"], moderator) == "documents_not_opened"
    ask("SELECT open_evidence(%s)", papers[cases["other"]])
    assert ask(vote, cases["other"], moderator) == "nothing"
    assert ask("SELECT claim_case(%s)", cases["other"]) == "voted_already"
    assert ask(vote, cases["other"], moderator) == "voted_already"
    for badge in ("verification_case SET status = 'approved'", "community_profile SET heritage_verified_at = now()"):
        assert ask(f"UPDATE {badge}").startswith("permission denied")
    # The evidence of a case that is not assigned to them.
    assert ask("SELECT open_evidence(%s)", paper) == "not_claimed"
    assert ask("SELECT sealed_key FROM opened_key(gen_random_uuid())") == "not_opened"
    assert ask("SELECT sealed_key FROM verification_evidence").startswith("permission denied")
    # The audit.
    for change in ("UPDATE {} SET actor = NULL", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} (door) VALUES ('x')"):
        assert ask(change.format("community_auditentry")).startswith("permission denied")
    # And by the password alone, whoever they say they are, nobody.
    assert ask("SELECT count(*) FROM verification_case", signed=False) == "0"
    ends = [rows("SELECT status FROM verification_case WHERE id = %s", case).fetchone() for case in cases.values()]
    assert ends == [("pending",)] * 3
    assert rows("SELECT count(*) FROM verification_opening WHERE evidence_id = %s", paper).fetchone() == (0,)


def test_refused_by_two_and_right_after_all(newcomer, badge_shows, sit_down, town, rows):
    applicant = newcomer("Ildefonso Catarino")
    page = applicant.page
    begin(page, town, "/pt/conta/verificacao/documento/")
    hand_in_a_passport(page)
    amelia, baltazar, custodia = (sit_down(email) for email in (AMELIA, BALTAZAR, CUSTODIA))
    number = number_of(rows, applicant)
    for moderator, sentence in ((amelia, "Falta a segunda página."), (baltazar, "Só vemos metade da página.")):
        take(moderator, number)
        open_the_paper(moderator, town)
        reject(moderator, "Não conseguimos ler o que enviou", sentence)
    badge_shows(applicant, shows=False)

    as_worker(town, "-c", TELL_MEMBERS)
    ((letter,),) = rows('SELECT text FROM community_letter WHERE "to" = %s', applicant.email).fetchall()
    assert "página" not in letter  # a letter says that there is something to read, not what
    page.goto(town["site"] + "/pt/conta/avisos/recebidos/")
    page.locator(".door__list a").click()
    expect(page.get_by_text("Não aprovámos o pedido.")).to_be_visible()
    expect(page.get_by_text("Não conseguimos ler o que enviou com nitidez")).to_be_visible()
    expect(page.get_by_text("Só vemos metade da página.")).to_be_visible()
    expect(page.locator(".steps li")).to_contain_text(
        ["Começou.", "Enviou um doc", "Seguiu para a moderação.", "Decidimos"]
    )
    page.get_by_role("link", name="Recorrer").click()
    page.locator("[name=note]").fill("A página está inteira: é assim o passaporte antigo.")
    page.get_by_role("button", name="Enviar o recurso").click()
    expect(page.get_by_text("Quem não participou na primeira decisão vê tudo de novo.")).to_be_visible()

    appeal = number_of(rows, applicant)
    for moderator in (amelia, baltazar):
        find(moderator, appeal)
        expect(moderator.locator(".console-bar-words")).to_contain_text("You had a part in what is appealed against")
    take(custodia, appeal)
    expect(custodia.locator(".console-case__who")).to_contain_text("é assim o passaporte antigo")
    expect(custodia.locator(".console-case__desk")).to_contain_text("Só vemos metade da página.")
    open_the_paper(custodia, town)
    approve(custodia)

    badge_shows(applicant, shows=True)
    page.reload()
    expect(page.get_by_text("as suas raízes estão verificadas")).to_be_visible()
