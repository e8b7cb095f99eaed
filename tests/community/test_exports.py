"""A copy of one's own data: complete, shaped as documented, nobody else's, sealed, taken once."""

from __future__ import annotations

import json
import time
import zipfile
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import jsonschema
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.timezone import now
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from procrastinate.contrib.django.models import ProcrastinateJob

from community import exports
from community.identity import acting_as
from community.models import Block, Export, Letter, MatchingChoice, Member, Portrait
from community.models.notices import Notice, NoticeChoice, Topic, Weekly, WeeklyLetter
from community.models.staff import Onboarding
from community.models.tokens import Token
from community.tasks import keep_exports, make_export
from tests.browsing import address
from tests.databases import as_role
from tests.doors import PASSWORD, log_in
from tests.factories import (
    CaseFactory,
    ClaimPaperFactory,
    EventFactory,
    EvidenceFactory,
    ListingRequestFactory,
    MemberFactory,
    fill_profile,
)
from verification.models import Attempt, News, Opening, Reply, Report, Vouch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(settings, tmp_path: Path) -> Path:
    settings.EXPORT_ROOT, settings.MEDIA_ROOT = tmp_path / "exports", tmp_path / "media"
    return tmp_path


@pytest.fixture
def ana() -> Member:
    return rich_member("ana@example.org")


@pytest.fixture
def browser(client: Client, ana: Member) -> Client:
    log_in(client, ana, path="/en/account/login/")
    return client


def rich_member(email: str, *, events: int = 2) -> Member:
    """Someone with a row in every table of which members take rows along."""
    member = MemberFactory(email=email, password=PASSWORD, profile__display_name=f"Name of {email}")
    fill_profile(member, "private")
    with as_role("owner"):
        EmailAddress.objects.create(user=member, email=email, verified=True, primary=True)
        SocialAccount.objects.create(user=member, provider="google", uid=f"number of {email}", extra_data={})
        Portrait.objects.get(pk=member.pk).picture.storage.save("pictures/nobody.webp", ContentFile(b"a picture"))
        Block.objects.create(blocker=member, blocked=MemberFactory(), name="Rui")
        MatchingChoice.objects.create(member=member).opt_in(at=now())
        Token.objects.issue(member, name="App", scopes=["profile:read"], days=9, at=now())
        Notice.objects.create(member=member, topic=Topic.DESK, words=f"Words of {email}")
        NoticeChoice.objects.create(member=member, topic=Topic.DESK, channels=["mail"])
        Onboarding.objects.create(member=member, version=1)
        Weekly.objects.create(member=member, languages=["pt-PT"], regions=["minho"])
        WeeklyLetter.objects.create(member=member, week=date(2026, 11, 16), written_at=now())
        said = {"kind": Report.Kind.OTHER, "about": Report.About.TOWN, "language": "pt"}
        Report.objects.create(reporter=member, message=f"Words of {email}", **said)
        for number in range(events):
            EventFactory(organizer=member, status="draft", title_pt=f"Festa {number} de {email}")
        case = CaseFactory(member=member, note=f"From {email}", status="needs_information", waiting_since=None)
        Opening.objects.create(evidence=EvidenceFactory(case=case), written_in=1)
        claim = ListingRequestFactory(member=member, message=f"Shown by {email}")
        Opening.objects.create(evidence=ClaimPaperFactory(claim=claim), written_in=1)
        Attempt.objects.create(case=case, nation="portugal", drawn=[], orders=[])
        Vouch.objects.create(case=case, digest=email)
        News.objects.create(case=case, member=member, kind="asked")
        with acting_as(member):
            Reply.objects.create(case=case, text=f"Words of {email}")
        ListingRequestFactory(email=email.upper(), message=f"From {email}")
    return member


def ask(browser: Client) -> None:
    answer = browser.post(address("my_data:ask_for_copy", "en"), follow=True)
    assert answer.status_code == 200


def work() -> None:
    """Let the worker do what waits for it."""
    with as_role("owner"):
        waiting = [job.args for job in ProcrastinateJob.objects.filter(task_name="community.tasks.make_export")]
    with as_role("worker"):
        for args in waiting:
            make_export.func(**args)


def exported() -> Export | None:
    with as_role("owner"):
        return Export.objects.first()


def take(browser: Client):
    with connection.cursor() as cursor:  # what waits for the commit happens at once
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return browser.post(address("my_data:take_copy", "en"))


def test_the_copy_holds_everything_of_the_member_nothing_of_others_and_has_the_documented_shape(ana, settings):
    rich_member("rui@example.org")
    with as_role("worker"), acting_as(ana):
        archive = zipfile.ZipFile(BytesIO(exports.pack(ana, at=now())))
    text = archive.read("data.json").decode()
    data = json.loads(text)
    documented = json.loads((Path(settings.BASE_DIR) / "docs" / "export.schema.json").read_text())

    jsonschema.Draft202012Validator.check_schema(documented)
    jsonschema.validate(data, documented, format_checker=jsonschema.FormatChecker())
    assert json.loads(archive.read("schema.json")) == documented
    assert sorted(archive.namelist()) == ["README.txt", "data.json", "pictures/nobody.webp", "schema.json"]
    assert archive.read("pictures/nobody.webp") == b"a picture"
    readme = archive.read("README.txt").decode()
    assert "your copy" in readme
    assert "a sua cópia" in readme

    rows = {table: held["rows"] for table, held in data["tables"].items()}
    assert [table for table, held in rows.items() if not held] == [
        *("events_turnout", "community_export", "community_session", "mfa_authenticator", "community_erasure")
    ] or {table for table, held in rows.items() if not held} <= {
        *("events_event_regions", "events_event_tags", "events_turnout"),
        *("community_export", "community_session", "mfa_authenticator", "community_erasure"),
    }
    assert rows["community_heritage"][0]["regions"] == ["minho"]
    assert rows["community_homearea"][0]["borough"] == "lambeth"
    assert {row["title_pt"] for row in rows["events_event"]} == {f"Festa {n} de ana@example.org" for n in (0, 1)}
    said = {row["message"] for row in rows["verification_listingrequest"]}
    assert said == {"From ana@example.org", "Shown by ana@example.org"}
    assert len(rows["verification_evidence"]) == len(rows["verification_opening"]) == 2  # of a case, and of a claim
    assert "rui@example.org" not in text
    assert "password" not in rows["community_member"][0]


def test_an_address_that_was_never_proved_brings_nobody_elses_words(ana):
    with as_role("owner"):
        EmailAddress.objects.update(verified=False)
    with as_role("worker"), acting_as(ana):
        data = exports.gather(ana, at=now())

    said = [row["message"] for row in data["tables"]["verification_listingrequest"]["rows"]]
    assert said == ["Shown by ana@example.org"]  # what they handed in while logged in


@pytest.mark.parametrize("reader", ["someone else", "nobody"])
def test_the_worker_sees_only_what_is_theirs_for_whom_it_acts(ana, reader):
    other = MemberFactory() if reader == "someone else" else None
    with as_role("worker"), acting_as(other):
        tables = exports.gather(ana, at=now())["tables"]

    of_ana = {table for table, held in tables.items() if held["rows"]}
    # The worker's own to read: whom it has to answer, to tell, to make a copy for, and wrote to this week.
    own = {"verification_listingrequest", "verification_news", "community_export", "community_weeklyletter"}
    assert of_ana <= own


def test_asked_for_made_announced_and_taken_once(browser, ana, folders, django_capture_on_commit_callbacks):
    ask(browser)
    assert "is being made" in browser.get(address("my_data:overview", "en")).content.decode()
    ask(browser)  # twice makes no second one
    with as_role("owner"):
        jobs = list(ProcrastinateJob.objects.filter(task_name__endswith="make_export").values_list("args", flat=True))
    export = exported()
    assert export is not None
    assert jobs == [{"export_id": str(export.pk)}]

    started = time.monotonic()
    work()
    assert time.monotonic() - started < 60
    with as_role("owner"):
        letters = list(Letter.objects.values_list("to", "subject", "text"))
    assert [(to, subject) for to, subject, _ in letters] == [("ana@example.org", "LusoTown: a sua cópia está pronta")]
    assert "/pt/conta/os-meus-dados/" in letters[0][2]
    assert "Take the copy" in browser.get(address("my_data:overview", "en")).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(address("my_data:take_copy", "en"))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "private, no-store"
    assert "ana@example.org" in zipfile.ZipFile(BytesIO(answer.content)).read("data.json").decode()
    assert exported() is None
    assert list((folders / "exports").iterdir()) == []

    again = browser.post(address("my_data:take_copy", "en"), follow=True)
    assert "That copy is gone" in again.content.decode()
    ask(browser)
    assert exported() is not None


def test_what_lies_on_the_disk_is_sealed_and_outside_of_what_is_served(browser, ana, folders):
    ask(browser)
    work()
    export = exported()
    assert export is not None
    (file,) = (folders / "exports").iterdir()

    sealed = file.read_bytes()
    assert b"PK" not in sealed[:64]
    assert b"ana@example.org" not in sealed
    assert file.stat().st_mode & 0o077 == 0
    assert not file.is_relative_to(folders / "media")
    with pytest.raises(CryptoError):
        SecretBox(b"0" * 32).decrypt(sealed)
    assert SecretBox(bytes(export.key)).decrypt(sealed)[:2] == b"PK"


def test_nobody_else_reaches_a_copy_and_nobody_gives_themselves_a_ready_one(browser, ana):
    ask(browser)
    work()
    rui = MemberFactory(password=PASSWORD)
    thief = Client()
    log_in(thief, rui, path="/en/account/login/")

    assert "That copy is gone" in thief.post(address("my_data:take_copy", "en"), follow=True).content.decode()
    with acting_as(rui):
        assert Export.objects.count() == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Export.objects.create(member=ana)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Export.objects.update(key=b"x")
    assert exported() is not None


def test_a_copy_asks_for_a_recent_login(browser, ana):
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 3600, "email": ana.email}]
    session.save()

    for name in ("my_data:ask_for_copy", "my_data:take_copy"):
        answer = browser.post(address(name, "en"))
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
    assert exported() is None


def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_done_and_the_next_one_finishes(
    browser, ana, folders, monkeypatch
):
    ask(browser)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("community.exports.get_connection", die)  # the file lies there, the row is not written
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            work()
    export = exported()
    assert export is not None
    assert not export.is_ready
    with as_role("owner"):
        assert Letter.objects.count() == 0
        Export.objects.update(asked_at=now() - timedelta(minutes=6))
    assert "longer than it should" in browser.get(address("my_data:overview", "en")).content.decode()

    with as_role("worker"):
        keep_exports.func(timestamp=0)
    assert exported().is_ready
    with as_role("owner"):
        assert Letter.objects.count() == 1


def test_after_a_day_row_and_file_are_gone_and_so_is_a_file_that_nothing_speaks_of(browser, ana, folders):
    ask(browser)
    work()
    (folders / "exports" / "stray.sealed").write_bytes(b"?")
    with as_role("owner"):
        Export.objects.update(expires_at=now() - timedelta(seconds=1))

    assert "That copy is gone" in browser.post(address("my_data:take_copy", "en"), follow=True).content.decode()
    with as_role("worker"):
        keep_exports.func(timestamp=0)
    assert exported() is None
    assert list((folders / "exports").iterdir()) == []


def test_a_rich_member_waits_seconds_and_not_minutes(client):
    many = rich_member("many@example.org", events=300)
    started = time.monotonic()
    with as_role("worker"), acting_as(many):
        exports.pack(many, at=now())

    assert time.monotonic() - started < 20
