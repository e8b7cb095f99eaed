"""A unique string put into a document is found nowhere: not as it comes in, nor at the desk, nor once it is gone."""

from __future__ import annotations

import logging
import re
import secrets
import tempfile
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now

from community.models import Letter, Member
from tests.databases import as_role
from tests.doors import at_the_desks_door, log_in_fully, staff
from tests.factories import CaseFactory, ListingRequestFactory, MemberFactory
from tests.traces import Search, can_search
from tests.verification import strange_papers as strange
from tests.verification.desks import at_the_desk, look, moderator
from tests.verification.test_claim_papers import papers_page
from tests.verification.test_my_verification import address, enter
from tests.verification.test_viewer import open_, pictures
from verification import cases, sealing, tasks
from verification.models import Case, Evidence
from verification.watermark import watermarked

pytestmark = pytest.mark.skipif(not can_search(), reason="looks into the files of servers of its own")


@pytest.fixture
def search(committed, settings, tmp_path, monkeypatch) -> Search:
    public, secret = sealing.new_key_pair()
    settings.DESK_PUBLIC_KEY, settings.DESK_SECRET_KEYS = public, [secret]
    settings.EVIDENCE_ROOT, settings.MEDIA_ROOT, settings.EXPORT_ROOT = (
        tmp_path / name for name in ("evidence", "media", "exports")
    )
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return Search(committed, tmp_path, Path(settings.BASE_DIR) / ".local" / "redis")


@pytest.fixture
def said(capfd, caplog) -> Callable[[], str]:
    """All that was written to the logs so far."""
    heard: list[str] = []

    def listen() -> str:
        heard.extend(capfd.readouterr())
        return "\n".join((*heard, caplog.text))

    caplog.set_level(logging.DEBUG)
    return listen


def a_mark() -> bytes:
    return b"mark" + secrets.token_hex(16).encode()


def papers_with(mark: bytes) -> dict[str, bytes]:
    """A PDF with the mark in its text, its metadata, a script and an attachment, and a photo with it in its EXIF."""
    words = mark.decode()
    photo = strange.encoded(strange.noise(600, 400), "jpeg", exif=strange.exif(maker=words), comment=mark)
    return {f"{words}.pdf": strange.pdf_of_scripts(mark), f"{words}.jpg": photo}


def hand_in(case: Case, papers: dict[str, bytes]) -> None:
    browser = Client()
    enter(browser, case.member)
    for name, data in papers.items():
        upload = SimpleUploadedFile(name, data)
        answer = browser.post(address("hand_in_paper", pk=case.pk), {"kind": "passport", "file": upload})
        assert answer["Location"] == address("my_case", pk=case.pk)
    browser.post(address("hand_in_case", pk=case.pk))


def look_at(case: Case, someone: Member) -> list[bytes]:
    """What a moderator is sent of each document at the console, and what it was drawn from."""
    clear: list[bytes] = []

    def drawn(page: bytes, words: str) -> bytes:
        clear.append(page)
        return watermarked(page, words)

    sent = []
    with at_the_desks_door(), patch("verification.viewer.watermarked", drawn):
        console = Client()
        log_in_fully(console, someone)
        console.post(f"/verification/case/{case.pk}/claim/")
        with as_role("owner"):
            papers = list(Evidence.objects.filter(case=case))
        for paper in papers:
            for picture in pictures(console, open_(console, paper)):
                answer = console.get(picture)
                assert answer["Content-Type"] == "image/jpeg"
                sent.append(answer.content)
    assert len(clear) == len(sent)
    return clear + sent


def test_what_is_in_a_document_is_found_nowhere_while_it_is_there_and_after(search, said):
    mark, meanwhile = a_mark(), []
    member, another = MemberFactory(language="en"), moderator()
    with at_the_desks_door():
        someone = staff("change_case")
    case = CaseFactory(member=member, route="document", waiting_since=None)
    keep = sealing.keep

    def keep_and_look(*args, **kwargs) -> None:
        keep(*args, **kwargs)
        meanwhile.append(search.places(mark, said=said()))  # inside the request, before its commit

    papers = papers_with(mark)
    assert all(mark in data for data in papers.values())
    with patch("verification.case_views.sealing.keep", keep_and_look):
        hand_in(case, papers)
    assert meanwhile == [set(), set()]
    assert len(sealing.lying()) == 2

    shown = look_at(case, someone)
    assert len(shown) == 4
    pieces = [page[len(page) // 2 :][:48] for page in shown]  # our own pictures of it: they too
    assert search.places(mark, *pieces, said=said()) == set()

    with at_the_desk(someone):
        cases.approve(case, by=someone)
    with at_the_desk(another):
        cases.claim(case)
        look(case)
        cases.approve(case, by=another)
    assert search.places(mark, *pieces, said=said()) == set()

    with as_role("owner"):
        Evidence.objects.update(destroy_after=now() - timedelta(minutes=1))
    with as_role("worker"):
        tasks.tell_members.func(0)
        tasks.destroy_due_evidence.func(0)
    assert sealing.lying() == {}  # one run is enough, by the clock of real transactions
    assert search.places(mark, *pieces, said=said()) == set()


def test_what_is_in_a_document_of_a_claim_is_found_nowhere_either(search, said):
    mark, row = a_mark(), ListingRequestFactory(member=MemberFactory(language="en"), way="paper")
    browser = Client()
    enter(browser, row.member)
    for name, data in papers_with(mark).items():
        words = {"kind": "bill", "consents": "true", "file": SimpleUploadedFile(name, data)}
        assert browser.post(papers_page(row), words).status_code == 302
    assert len(sealing.lying()) == 2
    assert search.places(mark, said=said()) == set()

    page = f"/verification/listingrequest/{row.pk}/"
    with at_the_desks_door():
        console = Client()
        log_in_fully(console, staff("change_listingrequest"))
        console.post(f"{page}claim/")
        opened = [console.post(f"{page}papers/{paper}/")["Location"].partition("#")[0] for paper in sealing.lying()]
        found = [re.findall(r'src="([^"]+/opening/[^"]+)"', console.get(each).content.decode()) for each in opened]
        sent = [console.get(picture).content for pictures in found for picture in pictures]
        console.post(f"{page}decide/", {"decision": "grant", "sentence": ""})
    assert len(sent) == 2
    pieces = [picture[len(picture) // 2 :][:48] for picture in sent]
    assert search.places(mark, *pieces, said=said()) == set()

    with as_role("owner"):
        Evidence.objects.update(destroy_after=now() - timedelta(minutes=1))
    with as_role("worker"):
        tasks.destroy_due_evidence.func(0)
    assert sealing.lying() == {}
    assert search.places(mark, *pieces, said=said()) == set()


def test_the_search_finds_what_is_planted_in_each_place(search, said, settings):
    where = ("table", "WAL", "Redis", "file", "temporary file", "temporary file below", "log", "deleted row")
    marks = {place: a_mark() for place in where}
    search.deep = True
    assert search.places(*marks.values(), said=said()) == set()

    with as_role("owner"):
        Letter.objects.create(to="ana@example.org", subject="-", text=marks["table"].hex(), language="pt")
        Letter.objects.create(to="ana@example.org", subject="-", text=marks["deleted row"].decode(), language="pt")
        Letter.objects.filter(text=marks["deleted row"].decode()).delete()
    cache.set("a key", marks["Redis"].decode())
    Path(settings.EVIDENCE_ROOT).mkdir()
    (Path(settings.EVIDENCE_ROOT) / "x").write_bytes(b"?" + b64encode(b"12" + marks["file"]))
    with (
        tempfile.NamedTemporaryFile(dir="/tmp") as temporary,
        tempfile.TemporaryDirectory(dir="/var/tmp") as below,
        search.superuser() as server,
    ):
        # Other workers' checkpoints let go of what is in the log; and one mark may lie across two of its pages.
        slot = f"s{marks['WAL'].hex()[-16:]}"
        server.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", [slot])
        for _ in range(3):
            server.execute("SELECT pg_logical_emit_message(false, 'town', %s)", [marks["WAL"].decode()])
        temporary.write(marks["temporary file"])
        temporary.flush()
        (Path(below) / "a" / "b").mkdir(parents=True)
        (Path(below) / "a" / "b" / "c").write_bytes(marks["temporary file below"])
        logging.getLogger("town").warning(marks["log"].decode())
        found = dict(zip(marks, search.each(*marks.values(), said=said()), strict=True))

    assert found["table"] - {"WAL"} == {"table", "data file"}
    assert found["WAL"] == {"WAL"}
    assert {"WAL", "data file"} & found["deleted row"]
    assert "table" not in found["deleted row"]
    assert found["Redis"] == {"Redis"}
    assert found["file"] == {"file"}
    assert found["log"] == {"log"}
    assert found["temporary file"] == found["temporary file below"] == {"temporary file"}
