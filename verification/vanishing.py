"""What should be gone goes: a document's key first, for good, then its file. And the proof, each night, that it did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import connection

from verification import cases, sealing
from verification.models import Evidence

logger = structlog.get_logger(__name__)

UPLOADING = timedelta(days=1)  # a file without a row that is older belongs to nothing that will come
UNLINKING = timedelta(minutes=15)  # a key is gone a moment before its file; three runs are time enough


class Overdue(Exception):
    """Something should be gone and is not. It counts, and names nobody."""


class Left(NamedTuple):
    """How much should be gone and is not: documents that have a key, files of what was destroyed or never was, and
    cases that have words.
    """

    documents: int
    files: int
    cases: int


def destroy_due(*, at: datetime) -> None:
    """Destroy every document whose time has come. Killed at any point, the next run goes on from there.

    Raises OSError for a file that will not go, after everything else went.
    """
    for evidence in Evidence.objects.told().standing():  # the worker reads what is due, and no other
        cases.destroy(evidence)  # a transaction of its own: from its commit on the file is noise
    failed: list[OSError] = []
    for lost in sorted(files_without_a_key(at=at)):
        try:
            sealing.discard(lost)
        except OSError as error:
            failed.append(error)
    if failed:
        logger.error("evidence_not_unlinked", files=len(failed))
        raise failed[0]


def left(*, at: datetime) -> Left:
    """How much should be gone and is not: by the database's own count, from the facts, and by what lies on disk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM overdue_evidence()), (SELECT count(*) FROM overdue_words())")
        documents, talked = cursor.fetchone()
    return Left(documents, len(files_without_a_key(at=at, gone_for=UNLINKING)), talked)


def prove_nothing_is_overdue(*, at: datetime) -> None:
    """Raises Overdue, after an error in the log, if something should be gone and is not."""
    found = left(at=at)
    if any(found):
        logger.error("evidence_overdue", **found._asdict())
        raise Overdue(
            f"{found.documents} documents, {found.files} files and the words of {found.cases} cases should be gone"
        )


def files_without_a_key(*, at: datetime, gone_for: timedelta | None = None) -> set[UUID]:
    """Documents that have files and no key (for so long at least), and those that have no row and are a day old."""
    lying = sealing.lying()
    with connection.cursor() as cursor:
        cursor.execute("SELECT standing_evidence(%s)", [list(lying)])
        keyless = lying.keys() - {evidence for (evidence,) in cursor.fetchall()}
    destroyed = Evidence.objects.told().filter(pk__in=keyless, destroyed_at__isnull=False)
    gone = {evidence.pk: evidence.destroyed_at or at for evidence in destroyed}
    lost = {each for each in keyless - gone.keys() if lying[each] < at - UPLOADING}
    return lost | {each for each, when in gone.items() if gone_for is None or when <= at - gone_for}
