"""What a moderator is told to look at: nothing is handed in that has no list."""

from __future__ import annotations

import pytest

from verification.checklists import CLAIM_LISTS, EVERY_CLAIM_PAPER, EVERY_PAPER, LISTS, checklist, claim_checklist
from verification.models import Case, Evidence

DOCUMENT = Case.Route.DOCUMENT


@pytest.mark.parametrize("kind", Evidence.Kind.values)
def test_each_kind_of_document_has_a_list_and_what_all_have_in_common(kind):
    assert checklist(DOCUMENT, [kind]) == [*LISTS[kind], *EVERY_PAPER]
    assert LISTS[kind]


@pytest.mark.parametrize("kind", Evidence.ClaimKind.values)
def test_so_has_each_kind_that_comes_with_a_claim(kind):
    assert claim_checklist([kind]) == [*CLAIM_LISTS[kind], *EVERY_CLAIM_PAPER]
    assert CLAIM_LISTS[kind]


def test_several_documents_have_each_list_once():
    birth = checklist(DOCUMENT, ["passport", "birth", "passport"])
    lease = claim_checklist(["lease", "bill", "lease"])

    assert birth == [*LISTS["passport"], *LISTS["birth"], *EVERY_PAPER]
    assert lease == [*CLAIM_LISTS["lease"], *CLAIM_LISTS["bill"], *EVERY_CLAIM_PAPER]
    for lines in (birth, lease):
        assert len({str(line) for line in lines}) == len(lines)


@pytest.mark.parametrize("route", ["cultural_knowledge", "community_reference"])
def test_each_other_route_has_a_list_of_its_own(route):
    assert checklist(route, []) == list(LISTS[route]) != []
    assert {DOCUMENT, "cultural_knowledge", "community_reference"} == set(Case.Route.values)
