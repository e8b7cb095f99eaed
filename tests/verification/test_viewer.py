"""Opening a document at the desk: no byte of it without a fresh second step and a line that is committed."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as town
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils.timezone import localtime, now
from PIL import Image, ImageChops

from community.models import Member, Profile
from tests.databases import as_role
from tests.doors import PASSWORD, code, guard, log_in_fully
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, moderator, run
from verification import cases, sealing, viewer, watermark
from verification.models import Case, Evidence, Opening, Stop

pytestmark = pytest.mark.usefixtures("committed_together", "sealed_town")
WORD = b"\xfe\xedPAGE"  # told from anything that may lie on a disk


def a_page(colour: str) -> bytes:
    """A JPEG as the photocopier draws it, with a word behind the picture that only its clear bytes have."""
    drawn = BytesIO()
    Image.new("RGB", (600, 400), colour).save(drawn, "JPEG", comment=WORD)
    return drawn.getvalue()


@pytest.fixture
def sealed_town(settings: Any, tmp_path: Path) -> None:
    public, secret = sealing.new_key_pair()
    settings.DESK_PUBLIC_KEY, settings.DESK_SECRET_KEYS = public, [secret]
    settings.EVIDENCE_ROOT = tmp_path / "evidence"


@pytest.fixture
def amelia(committed_together: str) -> Member:
    with as_role("owner"):
        return guard(MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True, profile__display_name="Amélia"))


@pytest.fixture
def console(committed_together: str, desk: Client, amelia: Member) -> Client:
    log_in_fully(desk, amelia)
    desk.cookies["django_language"] = "en"
    return desk


def paper(**fields: Any) -> Evidence:
    """A sealed document of two pages in a case that waits."""
    with as_role("owner"):
        key = uuid4()
        sealed = sealing.seal([a_page("white"), a_page("navy")], evidence=key)
        sealing.keep(sealed.pages, evidence=key)
        return EvidenceFactory(id=key, sealed_key=sealed.sealed_key, key_id=sealed.key_id, **fields)


def held(by: Member, **fields: Any) -> Evidence:
    evidence = paper(**fields)
    with at_the_desk(by):
        cases.claim(evidence.case)
    return evidence


def door_of(evidence: Evidence) -> str:
    return f"/verification/case/{evidence.case_id}/evidence/{evidence.pk}/"


def open_(console: Client, evidence: Evidence) -> str:
    """Press the button; the address of the page with the pictures."""
    answer = console.post(door_of(evidence))
    assert answer.status_code == 302, answer
    return answer["Location"].partition("#")[0]


def pictures(console: Client, address: str) -> list[str]:
    return re.findall(r'src="(/verification/case/opening/[^"]+)"', console.get(address).content.decode())


@pytest.fixture
def openings(committed_together: str) -> Callable[[], int]:
    """How many documents were opened in this test, by whomever."""

    def written_down() -> int:
        with as_role("owner"):
            return Opening.objects.count()

    before = written_down()
    return lambda: written_down() - before


def said(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def the_second_step_is_from(console: Client, seconds: float) -> None:
    """As if it had been shown that long ago."""
    session = console.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - seconds
    session.save()


def test_a_page_says_who_looks_and_is_kept_by_nobody(console, amelia):
    evidence = held(amelia)

    first, second = pictures(console, open_(console, evidence))
    answer = console.get(second)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Disposition"] == "inline"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.content != a_page("navy")
    shown = Image.open(BytesIO(answer.content))
    assert shown.size == (600, 400)
    assert ImageChops.difference(shown.convert("RGB"), Image.new("RGB", shown.size, "navy")).getbbox()
    assert console.get(first).status_code == 200
    assert console.get(first.replace("/1/", "/3/")).status_code == 409
    with as_role("owner"):
        opening = Opening.objects.get(evidence=evidence)
        assert (opening.by, opening.evidence) == (amelia, evidence)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Baltazar " + "M" * 71, "Baltazar MMMMMMMMMMMMMMM"),  # as long as a name may be
        ("2026-01-01 00:00 00000000", "2026-01-01 00:00 0000000"),  # nobody else's time or number stands in front
        ("🦩" * 40, ""),
        ("Zé 🦩 \u202eodlanreB", "Ze  odlanreB"),
    ],
)
def test_a_page_says_when_and_whose_number_whatever_someone_calls_themselves(
    console, amelia, monkeypatch, name, written
):
    with as_role("owner"):
        Profile.objects.filter(pk=amelia.pk).update(display_name=name)
    monkeypatch.setattr(viewer, "watermarked", lambda _page, words: watermark.plain(words).encode())
    first, _second = pictures(console, open_(console, held(amelia)))

    before, words, after = now(), console.get(first).content.decode(), now()

    moments = [f"{localtime(at):%Y-%m-%d %H:%M}" for at in (before, after)]
    assert words.rstrip() in [f"{moment} {amelia.pk.hex[:8]} {written}".rstrip() for moment in moments]


def test_the_opening_is_committed_before_the_first_byte(console, amelia, openings):
    evidence = held(amelia)
    open_(console, evidence)

    connection.close()  # whatever was not committed is gone
    connection.cursor().execute("SET ROLE lusotown_desk")
    assert openings() == 1


def test_without_a_committed_line_there_is_no_byte(console, amelia):
    evidence = held(amelia)
    (picture, _second) = pictures(console, open_(console, evidence))
    with as_role("owner"):
        run("DELETE FROM verification_opening")

    answer = console.get(picture)

    assert answer.status_code == 403
    assert answer["Content-Type"].startswith("text/plain")
    assert console.get(f"/verification/case/opening/{uuid4()}/1/").status_code == 403


def test_a_second_step_of_ten_minutes_ago_opens_nothing_before_it_is_shown_again(console, amelia, openings):
    evidence = held(amelia)
    the_second_step_is_from(console, 600)

    answer = console.post(door_of(evidence))
    assert answer["Location"].startswith("/account/2fa/reauthenticate/")
    assert openings() == 0
    with as_role("owner"):
        run("UPDATE mfa_authenticator SET last_used_at = NULL")
    cache.clear()  # the code of this half minute was used to come in
    answer = console.post(answer["Location"], {"code": code()})

    assert answer["Location"].startswith(f"/verification/case/{evidence.case_id}/change/?opening=")
    assert openings() == 1
    assert len(pictures(console, answer["Location"].partition("#")[0])) == 2


def test_a_password_again_is_no_second_step(console, amelia, openings):
    evidence = held(amelia)
    the_second_step_is_from(console, 600)
    console.post(door_of(evidence))

    console.post("/account/reauthenticate/", {"password": PASSWORD, "next": door_of(evidence)})

    assert console.post(door_of(evidence))["Location"].startswith("/account/2fa/reauthenticate/")
    assert openings() == 0


def test_only_whoever_holds_the_case_opens_and_only_as_long(console, amelia, openings):
    evidence = paper()
    page = console.post(door_of(evidence), follow=True)
    assert "You do not hold this case any more" in said(page)
    assert openings() == 0
    console.post(f"/verification/case/{evidence.case_id}/claim/")
    (picture, _second) = pictures(console, open_(console, evidence))
    console.post(f"/verification/case/{evidence.case_id}/release/")

    assert console.get(picture).status_code == 403


def test_a_document_is_opened_on_its_own_cases_page_alone(console, amelia, openings):
    evidence, other = held(amelia), held(amelia)

    for case in (other.case_id, uuid4()):
        assert console.post(f"/verification/case/{case}/evidence/{evidence.pk}/").status_code == 404
    assert openings() == 0


def test_anothers_opening_shows_nothing(console, amelia):
    evidence, baltazar = paper(), moderator_with_rights()
    with at_the_desk(baltazar):
        cases.claim(evidence.case)
    with at_the_desk(baltazar):
        opening = cases.open_evidence(evidence)

    assert console.get(f"/verification/case/opening/{opening}/1/").status_code == 403
    assert pictures(console, f"/verification/case/{evidence.case_id}/change/?opening={opening}") == []


def moderator_with_rights() -> Member:
    with as_role("owner"):
        return moderator()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("no key", "does not have the key"),
        ("another key", "does not have the key"),
        ("a key that says it is the one", "does not open this document"),
        ("a changed page", "not as it was handed in"),
        ("a lost page", "not where they should be"),
    ],
)
def test_what_cannot_be_opened_is_said_plainly_and_shows_nothing(console, amelia, settings, what, words):
    evidence = held(amelia)
    file = Path(town.EVIDENCE_ROOT) / str(evidence.pk) / "1"
    match what:
        case "no key":
            settings.DESK_SECRET_KEYS = []
        case "another key":
            settings.DESK_SECRET_KEYS = [sealing.new_key_pair()[1]]
        case "a key that says it is the one":
            with as_role("owner"):
                Evidence.objects.filter(pk=evidence.pk).update(sealed_key=b"x" * 80)
        case "a changed page":
            file.write_bytes(file.read_bytes()[:-1] + b"x")
        case "a lost page":
            file.unlink()

    address = open_(console, evidence)

    page = console.get(address)
    assert page.status_code == 200
    assert words in said(page)
    assert pictures(console, address) == []
    opening = re.search(r"opening=([0-9a-f-]+)", address)[1]
    answer = console.get(f"/verification/case/opening/{opening}/1/")
    assert (answer.status_code, answer["Content-Type"]) == (409, "text/plain; charset=utf-8")
    assert words in answer.content.decode()


def test_the_twenty_first_in_an_hour_stops_the_moderator_and_the_page_says_so(console, amelia, openings):
    evidence = held(amelia)
    for _ in range(20):
        address = open_(console, evidence)
    (picture, _second) = pictures(console, address)

    page = console.post(door_of(evidence))

    assert page.status_code == 403
    assert "You opened twenty documents within an hour" in said(page)
    assert console.get(picture).status_code == 403
    with as_role("owner"):
        assert Stop.objects.filter(moderator=amelia).count() == 1
        assert Case.objects.get(pk=evidence.case_id).claimed_by is None
    assert openings() == 20
    assert "You are stopped" in said(console.post(f"/verification/case/{evidence.case_id}/claim/", follow=True))


def test_a_destroyed_document_offers_nothing_to_open(console, amelia):
    evidence = held(amelia)
    with as_role("owner"):
        run("UPDATE verification_evidence SET sealed_key = NULL, destroyed_at = now()")

    assert door_of(evidence) not in console.get(f"/verification/case/{evidence.case_id}/change/").content.decode()
    assert "This document has been destroyed." in said(console.post(door_of(evidence), follow=True))
    assert ask("SELECT count(*) FROM verification_opening") == [(0,)]


def test_pages_are_turned_and_brought_nearer_by_links_alone(console, amelia):
    address = open_(console, held(amelia))

    html = console.get(f"{address}&turn=90&zoom=2").content.decode()
    assert "console-sheet__page--90" in html
    assert "console-sheet__frame--2" in html
    html = console.get(f"{address}&turn=37&zoom=-1").content.decode()
    assert "console-sheet__page--0" in html
    assert "console-sheet__frame--1" in html
    assert not re.search(r"<a[^>]+download|\sstyle=", html)


WRITTEN: list[str] = []
WATCHING: list[bool] = []


def _watch(event: str, args: tuple) -> None:
    if WATCHING and event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        WRITTEN.append(str(args[0]))


def test_the_clear_page_touches_no_disk(console, amelia, tmp_path):
    evidence = held(amelia)
    (picture, _second) = pictures(console, open_(console, evidence))
    sys.addaudithook(_watch)
    WATCHING.append(True)
    try:
        answer = console.get(picture)
        (tmp_path / "a control").write_text("x")
    finally:
        WATCHING.clear()

    assert answer.status_code == 200
    assert [str(tmp_path / "a control")] == WRITTEN
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and WORD in file.read_bytes()]


def test_a_case_on_appeal_opens_what_was_handed_in_with_the_first(console, amelia):
    with as_role("owner"):
        first = CaseFactory(route="document", waiting_since=None, status="rejected", reason="unreadable",
                            decided_at=now())  # fmt: skip
        evidence = paper(case=first)
        appeal = CaseFactory(route="document", member=first.member, appeal_of=first)
    with at_the_desk(amelia):
        cases.claim(appeal)

    address = console.post(f"/verification/case/{appeal.pk}/evidence/{evidence.pk}/")["Location"].partition("#")[0]

    assert len(pictures(console, address)) == 2
