"""Asking the database as one of the doors, with raw SQL and under someone's identity."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection, transaction

from community.identity import acting_as
from community.models import Member
from tests.databases import as_role
from tests.factories import MemberFactory
from verification.models import Case

VOTE = (
    "INSERT INTO verification_vote (id, case_id, by_id, verdict, reason, sentence)"
    " VALUES (gen_random_uuid(), %s, %s, %s, %s, '')"
)


def run(statement: str, *values: Any) -> int:
    """How many rows a statement met."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def ask(statement: str, *values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


@contextmanager
def at_the_desk(moderator: Member) -> Iterator[None]:
    with as_role("desk"), acting_as(moderator):
        yield


@contextmanager
def without_rules(table: str) -> Iterator[None]:
    """As the owner, write into a table what its triggers would not let in: what happened long ago."""
    with as_role("owner"):
        run("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to be made cannot be altered
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        run("SET CONSTRAINTS ALL DEFERRED")


def told(statement: str, *values: Any) -> str:
    """What the database says to a statement: ``nothing`` if it met no row, the rule's name, or its message."""
    try:
        with transaction.atomic():
            return "nothing" if run(statement, *values) == 0 else "done"
    except Error as error:
        diag = error.__cause__.diag  # type: ignore[union-attr]
        return diag.constraint_name or diag.message_primary


def moderator() -> Member:
    return MemberFactory(is_staff=True)


def look(case: Case) -> None:
    """Open each document that stands, as whoever holds the case."""
    both = [each for each in (case.pk, case.appeal_of_id) if each]
    papers = "SELECT id FROM verification_evidence WHERE case_id = ANY (%s) AND destroyed_at IS NULL"
    for (paper,) in ask(papers, both):
        run("SELECT open_evidence(%s)", paper)


def vote(case: Case, by: Member, verdict: str = "approve") -> str:
    """Claim a case, look at its documents and vote on it, with SQL; what the database says."""
    against = "not_shown" if case.route == Case.Route.DOCUMENT else "no_answer"
    with at_the_desk(by):
        claimed = told("SELECT claim_case(%s)", case.pk)
        if claimed != "done":
            return claimed
        look(case)
        return told(VOTE, case.pk, by.pk, verdict, against if verdict == "reject" else "")


def state(case: Case) -> tuple[str, bool]:
    """Where a case stands, and whether its member wears the badge."""
    with as_role("owner"):
        found = Case.objects.select_related("member__profile").get(pk=case.pk)
    return found.status, found.member is not None and found.member.profile.is_verified
