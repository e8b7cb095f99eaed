"""Opening the document of a claim at the desk: by the same way, and as strictly, as one of a case."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from businesses.models import Business
from tests.databases import as_role
from tests.doors import said
from tests.factories import ClaimPaperFactory, ListingRequestFactory, MemberFactory
from tests.verification.desks import run
from tests.verification.test_claim_papers import days_left, desk_page, row_of
from tests.verification.test_viewer import a_page, amelia, console, sealed_town, the_second_step_is_from  # noqa: F401
from verification import sealing
from verification.models import Evidence, Opening

pytestmark = pytest.mark.usefixtures("committed", "sealed_town")
PICTURE = r'src="(/verification/listingrequest/opening/[^"]+)"'


def shown_paper() -> Evidence:
    """A sealed document of two pages with a member's claim."""
    with as_role("owner"):
        key = uuid4()
        pages = sealing.seal([a_page("white"), a_page("navy")], evidence=key)
        sealing.keep(pages.pages, evidence=key)
        row = ListingRequestFactory(member=MemberFactory(), way="paper", business__name="Casa", business_name="Casa")
        return ClaimPaperFactory(id=key, claim=row, sealed_key=pages.sealed_key, key_id=pages.key_id)


def test_a_moderator_opens_the_pages_of_a_claim_they_look_after_and_grants_it(console):  # noqa: F811
    paper = shown_paper()
    button = desk_page(paper, f"papers/{paper.pk}")
    assert "document" in said(console.get("/verification/listingrequest/?queue=papers"))
    assert button not in console.get(desk_page(paper)).content.decode()
    assert "You do not look after this claim any more" in said(console.post(button, follow=True))
    console.post(desk_page(paper, "claim"))
    page = console.get(desk_page(paper))
    assert button in page.content.decode()
    assert "It is of the last three months" in said(page)

    the_second_step_is_from(console, 600)
    assert console.post(button)["Location"].startswith("/account/2fa/reauthenticate/")
    the_second_step_is_from(console, 0)

    address = console.post(button)["Location"].partition("#")[0]
    pictures = re.findall(PICTURE, console.get(address).content.decode())
    answer = console.get(pictures[1])

    assert len(pictures) == 2
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"] == "inline"
    assert answer.content != a_page("navy")
    with as_role("owner"):
        assert Opening.objects.count() == 1
        run("DELETE FROM verification_opening")
    assert console.get(pictures[1]).status_code == 403  # no line, no byte

    (picture, _second) = re.findall(PICTURE, console.get(console.post(button)["Location"]).content.decode())
    assert console.get(picture).status_code == 200
    console.post(desk_page(paper, "decide"), {"decision": "grant", "sentence": ""})
    with as_role("owner"):
        assert Business.objects.get(pk=row_of(paper).business_id).verified_at
    assert console.get(picture).status_code == 403  # the claim is decided
    assert days_left(paper) == 14
