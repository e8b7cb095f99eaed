"""Whoever decides on a document has seen it, and a reason is of the case's own route: asked of the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Member
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory
from tests.verification.desks import VOTE, at_the_desk, look, moderator, told, vote
from verification import cases
from verification.models import Case, Evidence, Reason

pytestmark = pytest.mark.django_db
OF_WHAT_IS_IN_IT = sorted({*Reason.of("document")} - {*Reason.of("document", unseen=True)})


def document(*, papers: int = 1) -> Case:
    case = CaseFactory(route=Case.Route.DOCUMENT)
    EvidenceFactory.create_batch(papers, case=case)
    return case


def word(case: Case, by: Member, verdict: str, reason: str = "") -> str:
    """Vote with SQL as whoever holds the case; a sentence goes with it, as some words need one."""
    return told(VOTE.replace("''", "'Because.'"), case.pk, by.pk, verdict, reason)


def held(by: Member, **fields: Any) -> Case:
    case = document(**fields)
    with at_the_desk(by):
        cases.claim(case)
    return case


def test_nobody_approves_documents_before_they_opened_each_of_them_themselves():
    case, amelia, baltazar = document(papers=2), moderator(), moderator()
    assert vote(case, baltazar) == "done"  # who looked at both; it does not count for another
    with at_the_desk(amelia):
        cases.claim(case)
        assert word(case, amelia, "approve") == "documents_not_opened"
        cases.open_evidence(case.evidence.told().first())
        assert word(case, amelia, "approve") == "documents_not_opened"
        look(case)
        assert word(case, amelia, "approve") == "done"


@pytest.mark.parametrize("reason", OF_WHAT_IS_IN_IT)
def test_nobody_refuses_a_document_for_what_is_in_it_before_they_opened_it(reason):
    amelia = moderator()
    case = held(amelia)
    with at_the_desk(amelia):
        assert word(case, amelia, "reject", reason) == "documents_not_opened"
        look(case)
        assert word(case, amelia, "reject", reason) == "done"


@pytest.mark.parametrize(("verdict", "reason"), [("ask", ""), ("reject", "no_answer"), ("reject", "used_before")])
def test_what_says_nothing_of_a_document_is_said_without_opening_it(verdict, reason):
    amelia = moderator()
    case = held(amelia)
    with at_the_desk(amelia):
        assert word(case, amelia, verdict, reason) == "done"


def test_a_document_that_is_gone_is_approved_by_whoever_saw_it_and_nobody_else():
    case, amelia, baltazar = document(), moderator(), moderator()
    with at_the_desk(amelia):
        cases.claim(case)
        look(case)
        cases.release(case)
    with as_role("owner"):
        Evidence.objects.update(sealed_key=None, destroyed_at=now())

    assert vote(case, baltazar) == "no_document_to_approve"
    with at_the_desk(baltazar):
        cases.release(case)
    assert vote(case, amelia) == "done"


def test_whoever_decides_an_appeal_has_opened_what_the_first_case_brought():
    first, third = document(), moderator()
    for _ in range(2):
        assert vote(first, moderator(), "reject") == "done"
    with acting_as(first.member):
        second = cases.appeal(first, language="pt", note="")
    with at_the_desk(third):
        cases.claim(second)
        assert word(second, third, "approve") == "documents_not_opened"
        look(second)
        assert word(second, third, "approve") == "done"


@pytest.mark.parametrize("route", Case.Route.values)
def test_a_reason_is_of_the_cases_own_route(route):
    fitting = set()
    for reason in Reason.values:
        amelia = moderator()
        case = CaseFactory(route=route)
        with at_the_desk(amelia):
            cases.claim(case)
            if (said := word(case, amelia, "reject", reason)) == "done":
                fitting.add(reason)
            else:
                assert said == "reason_of_another_route"

    assert fitting == set(Reason.of(route))


def test_no_door_asks_which_reason_fits():
    for door in ("site", "desk", "worker"):
        with as_role(door):
            assert told("SELECT reason_fits('other', 'document')").startswith("permission denied")
