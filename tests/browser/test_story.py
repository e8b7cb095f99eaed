"""One member's whole time here, in Portuguese and a real browser: from joining to being forgotten.

After every step the database is asked, as the site's own role, for everything it would tell somebody else: a stranger,
a member whom she has nothing to do with, and one who matches with her until she blocks him.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import as_worker
from tests.browser.test_accounts import PASSWORD, send, with_passkeys
from tests.databases import DEMO_PASSWORD, url_for
from tests.postbox import Postbox, postbox
from tests.sweep import sweep

NAME, GIVEN, FAMILY = "Ermelinda Sarrabulho", "Ermelinda Brites", "Serzedelo Falcoeira"
PHONE = "020 7946 0321"
BIO = "Faço broas e conto histórias da Bugalheira."
PORTRAIT = "Uma mulher a rir junto à fonte do Alcatruz"
PASSKEY = "Telemóvel da Ermelinda Sarrabulho"

# Who is asked about, besides a stranger: neither has met her. He wears the badge and takes part in matching.
UBALDO, TIAGO = "ubaldo@example.org", "tiago@lusotown.example"
READERS = ("a stranger", UBALDO, TIAGO)
NOTHING: dict[str, set[tuple[str, str]]] = {reader: set() for reader in READERS}


@dataclass
class Others:
    """Those who should learn of her only what she shows them, and what may be known of her by: ``marks``."""

    town: dict[str, str]
    marks: dict[str, str] = field(default_factory=dict)

    def see(self) -> dict[str, set[tuple[str, str]]]:
        """Where each of them meets which mark of hers."""
        return {reader: self._look(self.member(reader)) for reader in READERS}

    def member(self, email: str) -> str | None:
        """A member's id; None for a stranger."""
        with psycopg.connect(self.town["database"]) as owner:
            row = owner.execute("SELECT id::text FROM community_member WHERE email = %s", [email]).fetchone()
        return row[0] if row else None

    def _look(self, reader: str | None) -> set[tuple[str, str]]:
        with psycopg.connect(url_for(self.town["name"], "site")) as site:
            assert site.execute("SELECT current_user").fetchone() == ("lusotown_site",)
            return sweep(site, self.marks, as_member=reader)

    def find_in_postgresql(self) -> set[tuple[str, str]]:
        """Where PostgreSQL's own tables hold any mark of hers, its statistics being as fresh as can be."""
        with psycopg.connect(self.town["database"], autocommit=True) as owner:
            owner.execute("ANALYZE")
        with psycopg.connect(url_for(self.town["name"], "site")) as site:
            return sweep(site, self.marks, as_member=None, of_postgresql=True)

    def on_file(self) -> set[tuple[str, str]]:
        """Where any mark of hers stands in any row, whoever may read it."""
        with psycopg.connect(self.town["database"]) as owner:
            return sweep(owner, self.marks, as_member=None)


def row(place: str, *marks: str) -> set[tuple[str, str]]:
    """A row that says whose it is, and what else is read in it."""
    return {(place, mark) for mark in ("her id", *marks)}


# Her profile lets itself be found; the sections that follow are seen by everyone, by members, by those with the badge.
FOUND = row("community_profile", "her name") | row("find_members()", "her name")
TO_ALL = row("community_bio", "her bio")
TO_MEMBERS = row("community_interests") | row("community_portrait", "her portrait", "her picture")
TO_VERIFIED = row("community_heritage") | row("community_languages")
MATCHED = row("best_matches()") | row("compatibility_with()")


@pytest.fixture
def letters() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture
def others(town: dict[str, str]) -> Others:
    return Others(town)


@pytest.fixture
def tiago(browser: Browser, town: dict[str, str]) -> Iterator[Page]:
    """Another browser, in which Tiago is logged in."""
    context = browser.new_context(locale="pt-PT")
    page = context.new_page()
    page.goto(town["site"] + "/pt/conta/login/")
    page.fill("[name=login]", TIAGO)
    page.fill("[name=password]", DEMO_PASSWORD)
    send(page)
    page.wait_for_url(lambda url: "login" not in url)
    yield page
    context.close()


def test_a_member_joins_is_found_by_whom_she_chose_and_leaves_nothing_behind(
    visit, page: Page, town: dict[str, str], others: Others, letters: Postbox, tiago: Page, tmp_path: Path
):
    email = f"{uuid4().hex}@example.org"
    others.marks = {
        "her e-mail": email,
        "her name": "Sarrabulho",
        "her given names": "Brites",
        "her family names": "Serzedelo",
        "her telephone": PHONE,
        "her bio": "Bugalheira",
        "her portrait": "Alcatruz",
        "her password": PASSWORD,
    }
    with_passkeys(page)

    # She fills in the form and types the code that is mailed to her.
    ask_to_join(visit, email)
    assert others.see() == NOTHING
    run_worker(town, letters)
    type_code(page, code_in(letters, email))
    others.marks["her id"] = her_id = others.member(email) or ""
    others.marks["her browser"] = her_session(page)
    assert others.see() == NOTHING

    # She turns on a passkey.
    turn_on_passkey(visit)
    assert others.see() == NOTHING

    # She fills in her profile; all of it begins as hers alone.
    fill_profile(visit, tmp_path)
    others.marks["her picture"] = her_picture(town, her_id)
    assert others.see() == NOTHING

    # She chooses who sees each part. As long as nobody may know that she is here, that shows nothing.
    take_telephone_out(visit)
    for part, seen_by in {
        "bio": "public",
        "interests": "community",
        "portrait": "community",
        "heritage": "verified",
        "languages": "verified",
    }.items():
        show(visit, part, seen_by)
    assert others.see() == NOTHING

    # She lets members know of her, then anyone.
    show(visit, "name", "community")
    to_ubaldo = FOUND | TO_ALL | TO_MEMBERS
    to_tiago = to_ubaldo | TO_VERIFIED
    assert others.see() == {"a stranger": set(), UBALDO: to_ubaldo, TIAGO: to_tiago}
    show(visit, "name", "public")
    assert others.see() == {"a stranger": FOUND | TO_ALL, UBALDO: to_ubaldo, TIAGO: to_tiago}

    # She takes part in matching, and finds people: why is said in words. Those who take part find her.
    found = take_part(visit)
    assert (
        "Têm as mesmas raízes (Minho) e interesses em comum: cozinhar receitas de família e fado."
        in found["Joana Demo"]
    )
    assert "Têm um interesse em comum: fado." in found["Tiago Demo"]
    in_sight = {"a stranger": FOUND | TO_ALL, UBALDO: to_ubaldo, TIAGO: to_tiago | MATCHED}
    assert others.see() == in_sight
    assert what_he_reads(tiago, her_id) == (200, True)

    # She blocks Tiago: for him she is not here any more, nor is he for her.
    picture = seen_picture(tiago)
    block(visit, "Tiago Demo")
    in_sight[TIAGO] = set()
    assert others.see() == in_sight
    assert what_he_reads(tiago, her_id) == (404, False)
    assert tiago.request.get(picture).status == 404
    assert "Tiago Demo" not in matches(visit)
    assert others.find_in_postgresql() == set()

    # She asks for a copy of her data and takes it.
    ask_for_copy(visit)
    assert others.see() == in_sight
    run_worker(town, letters)
    assert others.see() == in_sight
    assert what_it_says(take_copy(visit, tmp_path)) == {
        "community_member": {"email": email, "language": "pt"},
        "community_profile": {"display_name": NAME, "visibility": "public"},
        "community_legalname": {"given_names": GIVEN, "family_names": FAMILY},
        "community_bio": {"text_pt": BIO, "text_en": "", "visibility": "public"},
        "community_heritage": {"regions": ["minho"], "visibility": "verified"},
        "community_interests": {"chosen": ["cozinha", "fado"], "visibility": "community"},
        "community_languages": {"chosen": ["en", "pt-PT"], "visibility": "verified"},
        "community_arrival": {"year": 2011, "visibility": "private"},
        "community_homearea": {"visibility": "private"},
        "community_block": {"name": "Tiago Demo"},
        "community_consent": {"purpose": "heritage", "withdrawn_at": None},
    }
    assert others.see() == in_sight

    assert {table for table, _mark in others.on_file()} >= KEPT

    # She erases herself: from that moment on nobody sees her, and after a day she is gone.
    erase(visit, email)
    assert others.see() == NOTHING
    run_worker(town, letters)
    let_a_day_go_by(town, her_id)
    as_worker(town, "-c", ERASE_MEMBERS)
    assert others.see() == NOTHING
    assert others.on_file() == set()
    assert files_named(town, others.marks["her picture"]) == []
    visit("/pt/conta/")
    page.wait_for_url("**/pt/conta/login/**")


# Where at least she stands before she goes, besides what is copied above.
KEPT = {"account_emailaddress", "community_auditentry", "community_session", "mfa_authenticator", "community_portrait"}


# What she does ---------------------------------------------------------------------------------------


def ask_to_join(visit, email: str) -> None:
    page = visit("/pt/conta/aderir/")
    page.fill("[name=email]", email)
    page.fill("[name=display_name]", NAME)
    for part, figures in (("day", "9"), ("month", "8"), ("year", "1979")):
        page.fill(f"[name=born_{part}]", figures)
    page.fill("[name=password]", PASSWORD)
    page.check("[name=agrees]")
    send(page)
    page.wait_for_url("**/conta/aderir/codigo/")


def type_code(page: Page, code: str) -> None:
    page.fill("[name=code]", code)
    send(page)
    page.wait_for_url("**/pt/conta/")


def turn_on_passkey(visit) -> None:
    page = visit("/pt/conta/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    send(page)
    page.wait_for_url("**/webauthn/add/")
    page.fill("[name=name]", PASSKEY)
    page.locator("form[data-passkey=create] button").click()
    page.wait_for_url("**/recovery-codes/")


def fill_profile(visit, folder: Path) -> None:
    """Every part of it, with a telephone number among her words."""
    with writing(visit, "sobre-mim") as page:
        page.fill("[name=text_pt]", f"{BIO} Liguem: {PHONE}.")
    with writing(visit, "raizes") as page:
        page.check("[name=consents]")
        tick(page, "regions", "minho")
    with writing(visit, "interesses") as page:
        tick(page, "chosen", "fado", "cozinha")
    with writing(visit, "linguas") as page:
        tick(page, "chosen", "pt-PT", "en")
    with writing(visit, "zona") as page:
        page.fill("[name=district]", "SE11")
    with writing(visit, "chegada") as page:
        page.fill("[name=year]", "2011")
    with writing(visit, "nomes-legais") as page:
        page.fill("[name=given_names]", GIVEN)
        page.fill("[name=family_names]", FAMILY)
    Image.effect_noise((900, 700), 60).convert("RGB").save(folder / "eu.jpg")
    with writing(visit, "retrato") as page:
        page.set_input_files("[name=picture]", folder / "eu.jpg")
        page.fill("[name=picture_alt_pt]", PORTRAIT)


@contextmanager
def writing(visit, part: str) -> Iterator[Page]:
    """Open a part of the profile, to be kept when it is filled in."""
    page = visit(f"/pt/conta/perfil/{part}/")
    yield page
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("status")).to_contain_text("Guardado.")


def tick(page: Page, boxes: str, *values: str) -> None:
    """Tick boxes, in groups that may be folded."""
    for value in values:
        box = page.locator(f"[name={boxes}][value='{value}']")
        if not box.is_visible():
            page.locator("details", has=box).locator("summary").click()
        box.check()


def take_telephone_out(visit) -> None:
    """Made public, her words are pointed out: there is a number in them."""
    page = visit("/pt/conta/perfil/sobre-mim/")
    page.check("[name=visibility][value=public]")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("alert").locator("q")).to_have_text(PHONE)
    page.fill("[name=text_pt]", BIO)
    page.check("[name=visibility][value=private]")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("status")).to_contain_text("Guardado.")


def show(visit, part: str, seen_by: str) -> None:
    """Choose on the overview who sees a part."""
    page = visit("/pt/conta/perfil/")
    page.select_option(f"#seen-{part}", seen_by)
    page.locator(f"form:has(#seen-{part}) button").click()
    expect(page.get_by_role("status")).to_contain_text("Guardado.")


def take_part(visit) -> dict[str, str]:
    page = visit("/pt/membros/afinidades/")
    page.get_by_role("button", name="Participar").click()
    expect(page.locator("button[value=out]")).to_be_visible()
    return matches(visit)


def matches(visit) -> dict[str, str]:
    """Why she matches with whom, by name."""
    cards = visit("/pt/membros/afinidades/").locator("article.match").all()
    return {card.locator("h3").inner_text(): card.locator(".match__reason").inner_text() for card in cards}


def block(visit, name: str) -> None:
    page = visit("/pt/membros/afinidades/")
    page.get_by_role("link", name=name).click()
    page.locator("form[action$='/bloquear/'] button").click()
    page.wait_for_url("**/bloquear/*")
    page.locator("main form[method=post] button").click()
    page.wait_for_url("**/bloqueios/")
    expect(page.locator("main")).to_contain_text(name)


def ask_for_copy(visit) -> None:
    page = visit("/pt/conta/os-meus-dados/")
    page.get_by_role("button", name="Pedir uma cópia").click()
    expect(page.get_by_role("status")).to_contain_text("Estamos a preparar a sua cópia.")


def take_copy(visit, folder: Path) -> bytes:
    page = visit("/pt/conta/os-meus-dados/")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Levar a cópia").click()
    taken.value.save_as(folder / "copia.zip")
    return (folder / "copia.zip").read_bytes()


def erase(visit, email: str) -> None:
    page = visit("/pt/conta/os-meus-dados/apagar/")
    page.get_by_label("Escreva o seu endereço de e-mail").fill(email)
    page.get_by_role("button", name="Apagar a minha conta").click()
    expect(page.get_by_role("status")).to_contain_text("A partir de agora ninguém vê o seu perfil.")


# What happens besides ----------------------------------------------------------------------------------

ERASE_MEMBERS = "import django; django.setup(); from community import tasks; tasks.erase_members(timestamp=0)"


def run_worker(town: dict[str, str], letters: Postbox) -> None:
    """Let the worker do what waits for it, and end."""
    as_worker(town, "manage.py", "procrastinate", "worker", "--one-shot", EMAIL_URL=letters.url)


def code_in(letters: Postbox, address: str) -> str:
    (letter,) = (letter for letter in letters.letters if letter["To"] == address)
    return re.search(r"^    (\S+)\s*$", letter.get_body(("plain",)).get_content(), re.MULTILINE)[1]


def let_a_day_go_by(town: dict[str, str], member: str) -> None:
    with psycopg.connect(town["database"]) as owner:
        moved = owner.execute(
            "UPDATE community_erasure SET due_at = due_at - interval '24 hours 1 minute' WHERE member_id = %s", [member]
        )
        assert moved.rowcount == 1


# What is read ------------------------------------------------------------------------------------------


def what_he_reads(page: Page, her_id: str) -> tuple[int, bool]:
    """How her page answers somebody else, and whether the list of members and his matches name her."""
    address = re.sub(r"(/pt/).*", rf"\1membros/{her_id}/", page.url)
    answer = page.request.get(address)
    lists = [page.request.get(address.replace(f"{her_id}/", more)).text() for more in ("?q=sarrabulho", "afinidades/")]
    named = {NAME in text for text in lists}
    assert len(named) == 1
    return answer.status, named.pop()


def seen_picture(page: Page) -> str:
    """The address of her picture, as he finds it among the members."""
    page.goto(re.sub(r"(/pt/).*", r"\1membros/?q=sarrabulho", page.url))
    address = page.locator("main img[src*='/media/']").first.evaluate("picture => picture.currentSrc || picture.src")
    assert page.request.get(address).status == 200
    return address


def what_it_says(packed: bytes) -> dict[str, dict[str, Any]]:
    """Of the copy: the columns that this story is about, of each table with a row."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        data = json.loads(archive.read("data.json"))
        (portrait,) = data["tables"]["community_portrait"]["rows"]
        assert portrait["picture"] in archive.namelist()
    said: dict[str, dict[str, Any]] = {}
    for table, columns in COPIED.items():
        (only,) = data["tables"][table]["rows"]
        said[table] = {name: sorted(only[name]) if isinstance(only[name], list) else only[name] for name in columns}
    return said


COPIED = {
    "community_member": ("email", "language"),
    "community_profile": ("display_name", "visibility"),
    "community_legalname": ("given_names", "family_names"),
    "community_bio": ("text_pt", "text_en", "visibility"),
    "community_heritage": ("regions", "visibility"),
    "community_interests": ("chosen", "visibility"),
    "community_languages": ("chosen", "visibility"),
    "community_arrival": ("year", "visibility"),
    "community_homearea": ("visibility",),
    "community_block": ("name",),
    "community_consent": ("purpose", "withdrawn_at"),
}


def her_session(page: Page) -> str:
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "lusotown")


def her_picture(town: dict[str, str], member: str) -> str:
    """The name of her picture's file, without its folder and ending."""
    with psycopg.connect(town["database"]) as owner:
        (name,) = owner.execute("SELECT picture FROM community_portrait WHERE profile_id = %s", [member]).fetchone()
    assert files_named(town, Path(name).stem) != []
    return Path(name).stem


def files_named(town: dict[str, str], stem: str) -> list[Path]:
    return [file for kept in ("media", "exports") for file in Path(town[kept]).rglob("*") if stem in file.name]
