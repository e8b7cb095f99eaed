"""Documents go in time, key and file; and what should be gone and is not is found every night."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.timezone import now

from community.models import Erasure
from community.tasks import erase_members
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory
from verification import sealing, tasks
from verification.models import Case, Evidence
from verification.vanishing import Overdue

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def root(settings, tmp_path) -> Path:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return tmp_path / "evidence"


@pytest.fixture
def log() -> Iterator[list]:
    with structlog.testing.capture_logs() as entries:
        yield entries


def document(*, due_in: timedelta = 30 * DAY) -> Evidence:
    """A document that was handed in, with its file."""
    evidence = EvidenceFactory(case=CaseFactory(route=Case.Route.DOCUMENT))
    with as_role("owner"):
        Evidence.objects.filter(pk=evidence.pk).update(destroy_after=now() + due_in)
    sealing.keep([b"noise"], evidence=evidence.pk)
    return evidence


def destroy_due() -> None:
    with as_role("worker"):
        tasks.destroy_due_evidence.func(0)


def prove() -> None:
    with as_role("worker"):
        tasks.prove_nothing_is_overdue.func(0)


def has_a_key(evidence: Evidence) -> bool:
    with as_role("owner"):
        return Evidence.objects.get(pk=evidence.pk).sealed_key is not None


def grow_old(evidence: UUID, root: Path, *, at: datetime) -> None:
    os.utime(root / str(evidence), (at.timestamp(), at.timestamp()))


def test_what_is_due_goes_key_and_file_and_the_rest_stays():
    due, soon, later = document(due_in=-DAY), document(due_in=timedelta(minutes=14)), document(due_in=DAY)
    destroy_due()
    assert [has_a_key(each) for each in (due, soon, later)] == [False, False, True]
    assert set(sealing.lying()) == {later.pk}
    prove()


def test_a_run_that_died_between_key_and_file_is_finished_by_the_next():
    evidence = document(due_in=-DAY)
    with (
        patch("verification.vanishing.sealing.discard", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        destroy_due()
    assert not has_a_key(evidence)
    assert set(sealing.lying()) == {evidence.pk}
    destroy_due()
    assert sealing.lying() == {}


def test_a_file_that_will_not_go_holds_up_no_other_and_fails_the_job(log):
    first, _second = sorted((document(due_in=-DAY) for _ in range(2)), key=lambda each: each.pk)
    discard = sealing.discard

    def refusing(evidence: UUID) -> None:
        if evidence == first.pk:
            raise PermissionError("/a/path/that/names/it")
        discard(evidence)

    with patch("verification.vanishing.sealing.discard", refusing), pytest.raises(PermissionError):
        destroy_due()
    assert set(sealing.lying()) == {first.pk}
    assert log == [{"event": "evidence_not_unlinked", "files": 1, "log_level": "error"}]


def test_a_file_without_a_row_goes_once_nothing_can_come_of_it(root):
    coming_in, lost = uuid4(), uuid4()
    for each in (coming_in, lost):
        sealing.keep([b"noise"], evidence=each)
    grow_old(lost, root, at=now() - DAY - timedelta(minutes=1))
    (root / "lost+found").mkdir()
    with pytest.raises(Overdue, match=r"^0 documents, 1 files and the words of 0 cases should be gone$"):
        prove()
    destroy_due()
    assert set(sealing.lying()) == {coming_in}
    prove()


def test_erasing_a_member_leaves_no_file():
    evidence = document()
    with as_role("owner"):
        Erasure.objects.create(member_id=evidence.case.member_id, asked_at=now() - DAY, due_at=now() - DAY)
    with as_role("worker"):
        erase_members.func(0)
    destroy_due()
    assert not has_a_key(evidence)
    assert sealing.lying() == {}


def test_the_proof_fails_loudly_and_tells_how_many_and_not_whose(log):
    evidence = document(due_in=-DAY)
    with pytest.raises(Overdue) as raised:
        prove()
    assert str(raised.value) == "1 documents, 0 files and the words of 0 cases should be gone"
    assert log == [{"event": "evidence_overdue", "documents": 1, "files": 0, "cases": 0, "log_level": "error"}]
    assert str(evidence.pk) not in repr(log)
    with as_role("worker"), pytest.raises(CommandError, match=r"^1 documents, 0 files and the words of 0 cases"):
        call_command("prove_nothing_is_overdue")
    destroy_due()
    said = StringIO()
    with as_role("worker"):
        call_command("prove_nothing_is_overdue", stdout=said)
    assert said.getvalue() == "Nothing is overdue.\n"


@pytest.mark.parametrize(("minutes", "is_overdue"), [(14, False), (16, True)])
def test_the_proof_finds_a_file_that_outlives_its_key(minutes, is_overdue):
    evidence = document()
    with as_role("owner"):
        gone = {"sealed_key": None, "destroyed_at": now() - timedelta(minutes=minutes)}
        Evidence.objects.filter(pk=evidence.pk).update(**gone)
    if is_overdue:
        with pytest.raises(Overdue, match=r"^0 documents, 1 files"):
            prove()
    else:
        prove()


def test_the_worker_asks_only_about_documents_it_knows():
    stands, gone = document(), document(due_in=-DAY)
    destroy_due()
    with as_role("worker"), connection.cursor() as cursor:
        cursor.execute("SELECT standing_evidence(%s)", [[stands.pk, gone.pk, uuid4()]])
        assert cursor.fetchall() == [(stands.pk,)]
        assert not Evidence.objects.told().filter(pk=stands.pk).exists()


def test_badges_end_at_night_and_what_ended_long_ago_is_forgotten():
    badge = CaseFactory(
        status="approved", waiting_since=None, decided_at=now() - 1900 * DAY, expires_at=now() - timedelta(minutes=1)
    )
    left_alone = CaseFactory(waiting_since=None, created_at=now() - 61 * DAY)
    old = CaseFactory(status="withdrawn", waiting_since=None, decided_at=now() - 731 * DAY)
    with as_role("worker"):
        tasks.end_cases.func(0)
    with as_role("owner"):
        assert dict(Case.objects.values_list("pk", "status")) == {badge.pk: "expired", left_alone.pk: "expired"}
        assert not Case.objects.filter(pk=old.pk).exists()
