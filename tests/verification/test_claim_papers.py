"""Documents that show whose a business is: sent with a claim, opened by whoever looks after it, and gone in time."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError
from django.test import Client
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Consent, Erasure, Member
from tests.databases import as_role
from tests.doors import log_in_fully, said, staff
from tests.factories import (
    CaseFactory,
    ClaimPaperFactory,
    EventFactory,
    EvidenceFactory,
    ListingRequestFactory,
    MemberFactory,
)
from tests.verification.desks import ask, at_the_desk, moderator, run, told
from tests.verification.test_claims import claim, page_of
from tests.verification.test_my_papers import JPEG, STRANGE, kept
from tests.verification.test_my_verification import enter
from verification import cases, claim_papers, claims, sealing, tasks
from verification.models import Conflict, Evidence, ListingRequest, Opening, Stop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HAND_IN = (
    "INSERT INTO verification_evidence (id, claim_id, kind, pages, sealed_key, key_id, fingerprint)"
    " VALUES (gen_random_uuid(), %s, 'bill', 1, '\\x00', 'desk-1', '')"
)


@pytest.fixture
def member(client: Client, vault: Path) -> Member:
    member = MemberFactory(language="en")
    enter(client, member)
    return member


@pytest.fixture
def row(member: Member) -> ListingRequest:
    return claim(member=member, way="paper", business_name="Casa")


def papers_page(row: ListingRequest) -> str:
    return page_of(row).replace("yours", "papers")


def send(client: Client, row: ListingRequest, data: bytes = JPEG, name: str = "bill.jpg", **words: str) -> Any:
    given = {"kind": "bill", "consents": "true"} | words
    return client.post(papers_page(row), given | {"file": SimpleUploadedFile(name, data)})


def remove(client: Client, row: ListingRequest, paper: Evidence) -> Any:
    where = f"/en/businesses/claims/papers/{paper.pk}/remove/?claim={claims.token_of(row)}"
    return client.post(where, follow=True)


def consent(member: Member) -> None:
    with as_role("owner"):
        Consent.objects.create(member=member, purpose="claim", version="1")


def papers_of(row: ListingRequest) -> list[Evidence]:
    with as_role("owner"):
        return list(Evidence.objects.filter(claim=row))


def now_is(row: ListingRequest) -> ListingRequest:
    with as_role("owner"):
        row.refresh_from_db()
    return row


def held(by: Member, row: ListingRequest) -> None:
    with at_the_desk(by):
        ListingRequest.objects.get(pk=row.pk).claim(by=by, at=now())


def days_left(paper: Evidence) -> int:
    with as_role("owner"):
        due = Evidence.objects.get(pk=paper.pk).destroy_after
    return round((due - now()) / DAY)


# At the site.


def test_the_page_of_a_claim_offers_the_three_ways_and_tells_what_becomes_of_a_document(client, row):
    page = said(client.get(page_of(row)))
    assert all(way in page for way in ("With the code in our letter", "By e-mail", "With a document"))

    told_first = said(client.get(papers_page(row)))
    for words in ("sealed before it is stored", "destroyed 14 days after our decision", "for nothing else"):
        assert words in told_first
    assert "Choose what it is" in told_first  # no kind is said for them


def test_a_document_is_sealed_for_the_desk_with_a_consent_of_its_own(client, row, member, vault):
    assert send(client, row)["Location"] == papers_page(row)

    (paper,) = papers_of(row)
    assert (paper.kind, paper.pages, paper.case_id, paper.fingerprint) == ("bill", 1, None, "")
    (file,) = kept(vault)
    sealed = {"sealed_key": bytes(paper.sealed_key), "key_id": paper.key_id}
    page = sealing.open_page(file.read_bytes(), **sealed, evidence=paper.pk, number=1)
    assert page.startswith(b"\xff\xd8\xff")
    with as_role("owner"):
        assert list(Consent.objects.values_list("member", "purpose", "version")) == [
            (member.pk, "claim", claim_papers.WORDING)
        ]
    assert "Bill in its name" in said(client.get(page_of(row)))
    assert "Nobody has opened it." in said(client.get(page_of(row)))
    assert send(client, row, consents="").status_code == 302  # it stands
    assert len(papers_of(row)) == 2


def test_without_consent_nothing_is_looked_at_and_what_else_was_said_stays(client, row, vault):
    with patch("verification.papers.copied") as copied:
        page = send(client, row, kind="lease", consents="")

    assert page.status_code == 422
    assert "Without your consent" in said(page)
    assert re.search(r'value="lease"\s+selected', page.content.decode())
    assert not copied.called
    assert papers_of(row) == []


@pytest.mark.parametrize("what", ["an SVG", "a bomb of pages", "cut at nine tenths"])
def test_a_strange_file_is_refused_in_words_and_what_else_was_said_stays(client, row, vault, what):
    data, name, code = STRANGE[what]

    page = send(client, row, data, name, kind="lease")

    assert page.status_code == 422
    assert page.context["form"].errors.as_data()["file"][0].code == code
    assert re.search(r'value="lease"\s+selected', page.content.decode())
    assert re.search(r'name="consents"\s+value="true" checked', page.content.decode())
    assert papers_of(row) == []
    assert kept(vault) == []
    with as_role("owner"):
        assert not Consent.objects.exists()


def test_without_the_desks_key_the_page_says_so_and_nothing_is_stored(client, row, vault, settings):
    settings.DESK_PUBLIC_KEY = ""
    page = client.get(papers_page(row)).content.decode()
    assert "We cannot take documents just now" in page
    assert 'type="file"' not in page

    assert send(client, row)["Location"] == papers_page(row)

    assert papers_of(row) == []
    assert kept(vault) == []


def test_what_was_sealed_goes_again_if_the_request_comes_to_nothing(client, row, vault):
    client.raise_request_exception = False
    with patch("verification.claim_views.messages.success", side_effect=InterfaceError):
        assert send(client, row).status_code >= 500

    assert kept(vault) == []


def test_a_fourth_file_is_refused_and_leaves_nothing(client, row, vault):
    for _ in range(3):
        ClaimPaperFactory(claim=row)
    assert 'type="file"' not in client.get(papers_page(row)).content.decode()

    page = send(client, row)

    assert page.status_code == 422
    assert "You have sent three files" in said(page)
    assert len(papers_of(row)) == 3
    assert kept(vault) == []


def test_whoever_has_the_link_alone_logs_in_first_and_the_claim_is_then_their_accounts(client, vault):
    row = claim(way="paper")
    assert "/account/login/" in Client().get(papers_page(row))["Location"]
    first, second = MemberFactory(), MemberFactory()

    enter(client, first)
    assert send(client, row).status_code == 302
    assert now_is(row).member_id == first.pk
    other = Client()
    enter(other, second)

    assert "belongs to another account" in said(other.get(papers_page(row)))
    assert send(other, row)["Location"] == papers_page(row)
    for browser in (other, Client()):
        assert "Bill in its name" not in said(browser.get(page_of(row)))
    assert len(papers_of(row)) == 1


def test_a_document_is_removed_at_any_time_but_while_a_moderator_looks(
    client,
    row,
    vault,
    django_capture_on_commit_callbacks,
):
    send(client, row)
    (paper,) = papers_of(row)
    amelia = moderator()
    held(amelia, row)
    assert "A moderator is looking at it at this moment" in said(remove(client, row, paper))
    with at_the_desk(amelia):
        ListingRequest.objects.get(pk=row.pk).release(by=amelia)

    with django_capture_on_commit_callbacks(execute=True):
        assert "It is destroyed" in said(remove(client, row, paper))

    assert papers_of(row)[0].sealed_key is None
    assert kept(vault) == []
    stranger = Client()
    enter(stranger, MemberFactory())
    assert remove(stranger, row, ClaimPaperFactory(claim=row)).status_code == 404


def test_whoever_withdraws_is_asked_first_and_then_nothing_is_left(
    client,
    row,
    vault,
    django_capture_on_commit_callbacks,
):
    send(client, row)
    held(moderator(), row)
    where = page_of(row).replace("yours", "withdraw")
    assert "destroyed at once" in said(client.get(where))
    other = Client()
    enter(other, MemberFactory())
    assert "it is another account’s" in said(other.post(where, follow=True))
    with acting_as(None):
        assert not claims.withdraw(row.pk)  # the link alone is not enough
    assert now_is(row).outcome == ""

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(where, follow=True)

    assert "Withdrawn." in said(page)
    assert (now_is(row).outcome, row.claimed_by, row.decided_by) == ("dropped", None, None)
    assert papers_of(row)[0].sealed_key is None
    assert kept(vault) == []
    assert mail.outbox == []
    assert claims.type_code(row.pk, "AAAA-AAAA") == "dead"


def test_a_claim_of_no_account_is_withdrawn_by_whoever_has_its_link(client):
    row = claim()
    where = page_of(row).replace("yours", "withdraw")
    assert "Your documents" not in said(client.get(where))  # there are none
    page = said(client.post(where, follow=True))
    assert "Withdrawn: the claim is over." in page
    assert now_is(row).outcome == "dropped"


def test_its_owner_reads_when_it_was_opened_and_not_by_whom(client, row, member):
    paper, amelia = ClaimPaperFactory(claim=row), moderator()
    held(amelia, row)
    with at_the_desk(amelia):
        cases.open_evidence(paper)

    page = said(client.get(page_of(row)))

    assert "Moderator no. 1 opened it on" in page
    assert amelia.profile.display_name not in page


# Held by the database.


@pytest.mark.parametrize("wrong", ["no consent", "another's", "nobody's", "over", "a removal", "no account"])
def test_a_document_goes_with_ones_own_open_claim_and_with_consent_alone(wrong):
    me = MemberFactory()
    row, caller = claim(member=me), me
    if wrong != "no consent":
        consent(me)
    match wrong:
        case "another's":
            row = claim(member=MemberFactory())
        case "nobody's":
            row = claim()
        case "over":
            row = claim(member=me, outcome="refused", decided_at=now())
        case "a removal":
            row = claim(member=me, kind="removal")
        case "no account":
            row, caller = claim(), None
    with acting_as(caller):
        answer = told(HAND_IN, row.pk)

    assert answer in {
        "no consent": {"paper_needs_consent"},
        "over": {"ended_already"},
        "a removal": {"ended_already"},
    }.get(wrong, {"claim_not_found"})
    assert papers_of(row) == []


def test_only_whoever_looks_after_the_claim_at_this_moment_opens_its_documents():
    paper, amelia, baltazar = ClaimPaperFactory(), moderator(), moderator()
    opens = ("SELECT open_evidence(%s)", paper.pk)
    with at_the_desk(amelia):
        assert told("SELECT sealed_key FROM verification_evidence").startswith("permission denied")
        assert told(*opens) == "not_claimed"
    held(amelia, paper.claim)
    with at_the_desk(baltazar):
        assert told(*opens) == "not_claimed"
    with as_role("owner"):
        Stop.objects.create(moderator=amelia)
    with at_the_desk(amelia):
        assert told(*opens) == "not_claimed"  # whoever is stopped holds nothing any more
    with as_role("owner"):
        Stop.objects.update(lifted_at=now())
    held(amelia, paper.claim)
    with at_the_desk(amelia):
        opening = cases.open_evidence(paper)
        assert told("SELECT opened_key(%s)", opening) == "not_opened"  # not in the transaction that wrote it down
    with as_role("owner"):
        ListingRequest.objects.update(claimed_until=now())
    with at_the_desk(amelia):
        assert told(*opens) == "not_claimed"
    with as_role("owner"):
        assert list(Opening.objects.values_list("by", "evidence")) == [(amelia.pk, paper.pk)]


@pytest.mark.parametrize(
    "near", ["it is theirs", "they said so", "they share a business", "their event is there", "its owner's event"]
)
def test_who_stands_too_near_to_a_claim_does_not_see_it_and_opens_nothing(near):
    paper, amelia = ClaimPaperFactory(), moderator()
    row, owner = paper.claim, paper.claim.member
    held(amelia, row)
    shared = ListingRequestFactory(member=owner).business
    match near:
        case "it is theirs":
            with as_role("owner"):
                ListingRequest.objects.filter(pk=row.pk).update(member=amelia)
        case "they said so":
            with at_the_desk(amelia):
                Conflict.objects.create(claim=row, moderator=amelia, kind="personal")
            assert now_is(row).claimed_by is None
            with as_role("owner"):  # a lease that nobody should hold
                ListingRequest.objects.filter(pk=row.pk).update(claimed_by=amelia, claimed_until=now() + DAY)
        case "they share a business":
            ListingRequestFactory(member=amelia, business=shared)
        case "their event is there":
            EventFactory(organizer=amelia, business=shared)
        case "its owner's event":
            EventFactory(organizer=owner, business=ListingRequestFactory(member=amelia).business)
    with at_the_desk(amelia):
        assert told("SELECT open_evidence(%s)", paper.pk) == ("own_case" if near == "it is theirs" else "conflict")
        assert ask("SELECT id FROM verification_listingrequest WHERE id = %s", row.pk) == []
        assert ask("SELECT id FROM verification_evidence") == []
        assert told("UPDATE verification_listingrequest SET sentence = 'x' WHERE id = %s", row.pk) == "nothing"


def test_the_twenty_first_opening_counts_over_cases_and_claims_and_stops():
    paper, amelia = ClaimPaperFactory(), moderator()
    with as_role("owner"):
        of_a_case = EvidenceFactory()
        Opening.objects.bulk_create(Opening(evidence=of_a_case, by=amelia, written_in=1) for _ in range(19))
    held(amelia, paper.claim)
    with at_the_desk(amelia):
        assert cases.open_evidence(paper)
        with pytest.raises(cases.Stopped):
            cases.open_evidence(paper)
        assert told("SELECT open_evidence(%s)", paper.pk) == "not_claimed"
        take = "UPDATE verification_listingrequest SET claimed_by_id = %s, claimed_until = now() WHERE id = %s"
        assert told(take, amelia.pk, paper.claim_id) == "stopped"
        decide = "UPDATE verification_listingrequest SET outcome = 'granted', decided_by_id = %s, decided_at = now()"
        assert told(decide, amelia.pk) == "stopped"
    assert now_is(paper.claim).claimed_by is None


def test_the_desk_refuses_with_a_reason_where_there_were_documents_and_withdraws_for_nobody():
    paper, amelia = ClaimPaperFactory(), moderator()
    held(amelia, paper.claim)
    decide = (
        "UPDATE verification_listingrequest SET outcome = %s, reason = %s, decided_by_id = %s, decided_at = now()"
        " WHERE id = %s"
    )
    with at_the_desk(amelia):
        answers = [
            told(decide, outcome, reason, amelia.pk, paper.claim_id)
            for outcome, reason in (("dropped", ""), ("refused", ""), ("granted", "part"), ("refused", "part"))
        ]
    assert answers == [
        "its_owner_withdraws",
        "refused_for_a_reason",
        "listing_request_has_a_reason_only_if_refused",
        "done",
    ]


def test_what_was_opened_of_a_claim_counts_for_the_moderator_and_is_not_told_to_its_owner():
    owner, amelia = moderator(), moderator()
    paper = ClaimPaperFactory(claim__member=owner)
    held(amelia, paper.claim)
    with at_the_desk(amelia):
        cases.open_evidence(paper)
    load = "SELECT openings FROM desk_load() WHERE moderator = %s"
    with at_the_desk(moderator()):
        assert ask(load, amelia.pk) == [(1,)]
    with at_the_desk(owner):
        assert ask(load, amelia.pk) == [(0,)]
        ((own,),) = ask("SELECT own_at_the_site()")
    assert {str(paper.pk), str(paper.claim_id)} <= set(own)


@pytest.mark.parametrize(("end", "days"), [("granted", 14), ("refused", 14), ("dropped", 1), ("the consent", 1)])
def test_a_document_vanishes_after_the_decision_and_a_day_after_the_yes_is_taken_back(end, days):
    paper = ClaimPaperFactory()
    old = ClaimPaperFactory(claim=paper.claim, uploaded_at=now() - 89.5 * DAY)
    assert days_left(paper) == 90
    if end == "the consent":
        consent(paper.claim.member)
        with acting_as(paper.claim.member):
            Consent.objects.get(purpose="claim").withdraw(at=now())
    else:
        with as_role("owner"):
            ListingRequest.objects.update(outcome=end, decided_at=now())

    assert days_left(paper) == days
    assert days_left(old) == 0
    assert now_is(paper.claim).outcome == ("" if end == "the consent" else end)


def test_the_worker_destroys_what_is_due_key_and_file_and_nothing_sooner(vault):
    due, later = ClaimPaperFactory(), ClaimPaperFactory()
    for paper in (due, later):
        sealing.keep([b"noise"], evidence=paper.pk)
    with as_role("owner"):
        Evidence.objects.filter(pk=due.pk).update(destroy_after=now() - DAY)
    with as_role("worker"):
        tasks.destroy_due_evidence.func(0)
        tasks.prove_nothing_is_overdue.func(0)

    assert set(sealing.lying()) == {later.pk}
    assert papers_of(due.claim)[0].sealed_key is None


@pytest.mark.parametrize(
    "fact",
    [
        "UPDATE verification_evidence SET uploaded_at = now() - interval '90 days'",
        "UPDATE verification_evidence SET destroy_after = now()",
        "UPDATE verification_listingrequest SET outcome = 'refused', decided_at = now() - interval '14 days'",
        "UPDATE verification_listingrequest SET outcome = 'dropped', decided_at = now() - interval '1 day'",
        "UPDATE verification_listingrequest SET member_id = NULL",
        "UPDATE community_consent SET withdrawn_at = now() - interval '25 hours'",
    ],
)
def test_the_nightly_proof_finds_what_should_be_gone_from_the_facts(fact):
    paper = ClaimPaperFactory()
    consent(paper.claim.member)
    with as_role("worker"):
        assert ask("SELECT overdue_evidence()") == []
    with as_role("owner"):
        run(fact)
        if "destroy_after" not in fact:  # the deadline beside it is not what is believed
            Evidence.objects.update(destroy_after=now() + 900 * DAY)
    with as_role("worker"):
        assert ask("SELECT overdue_evidence()") == [(paper.pk,)]


def test_erasing_a_member_withdraws_the_claim_and_leaves_neither_key_nor_file(vault):
    paper = ClaimPaperFactory()
    sealing.keep([b"noise"], evidence=paper.pk)
    with as_role("owner"):
        wish = Erasure.objects.create(member_id=paper.claim.member_id, asked_at=now() - DAY, due_at=now() - DAY)
    with as_role("worker"):
        run("SELECT erase_member(%s, repeat('a', 64))", wish.pk)
        tasks.destroy_due_evidence.func(0)

    assert papers_of(paper.claim)[0].sealed_key is None
    assert (now_is(paper.claim).outcome, row_of(paper).member_id) == ("dropped", None)
    assert sealing.lying() == {}


def row_of(paper: Evidence) -> ListingRequest:
    with as_role("owner"):
        return ListingRequest.objects.get(pk=paper.claim_id)


def test_a_claim_that_goes_takes_its_documents_and_openings_along():
    paper = ClaimPaperFactory()
    with as_role("owner"):
        Opening.objects.create(evidence=paper, written_in=1)
        Conflict.objects.create(claim=paper.claim, moderator=moderator(), kind="personal")
        ask("DELETE FROM verification_listingrequest WHERE id = %s RETURNING id", paper.claim_id)
        assert not Evidence.objects.exists()
        assert not Opening.objects.exists()


def test_while_its_owner_means_to_send_a_document_the_claim_waits_for_them_a_week_at_most():
    young, old, shown = claim(way="paper"), claim(way="paper"), ClaimPaperFactory().claim
    with as_role("owner"):
        ListingRequest.objects.filter(pk=old.pk).update(created_at=now() - 8 * DAY)
    with at_the_desk(moderator()):
        waiting = set(ListingRequest.objects.waiting())
        with_papers = set(ListingRequest.objects.with_papers())

    assert young not in waiting
    assert waiting == {old, shown}
    assert with_papers == {shown}


# At the desk, in the browser of a moderator.


def desk_page(paper: Evidence, verb: str = "change") -> str:
    return f"/verification/listingrequest/{paper.claim_id}/{verb}/"


def looked_after(desk: Client) -> tuple[Evidence, Member]:
    """A document of a claim that whoever just came in at the desk looks after."""
    me = staff("change_listingrequest")
    log_in_fully(desk, me)
    paper = ClaimPaperFactory(claim__business__name="Casa", claim__business_name="Casa", claim__language="pt")
    desk.post(desk_page(paper, "claim"))
    return paper, me


def test_a_refusal_says_why_in_the_language_of_whoever_claims(desk):
    paper, _me = looked_after(desk)
    decide = desk_page(paper, "decide")
    form = said(desk.get(f"{decide}?decision=refuse"))
    assert "O que enviou tem o nome de outro negócio" in form
    assert desk.post(decide, {"decision": "refuse", "sentence": ""}).status_code == 200  # no reason
    assert row_of(paper).outcome == ""
    words = {"decision": "refuse", "reason": "place", "sentence": "A fatura é da loja ao lado."}
    look = said(desk.post(decide, words | {"look": "1"}))
    assert "A fatura é da loja ao lado." in look
    assert row_of(paper).outcome == ""

    desk.post(decide, words)

    assert (row_of(paper).outcome, row_of(paper).reason) == ("refused", "place")
    with as_role("worker"):
        tasks.answer.func(request_id=str(paper.claim_id))
    letter = mail.outbox[-1].body
    assert "O que enviou tem o nome de outro negócio, ou outro endereço." in letter
    assert "A fatura é da loja ao lado." in letter


def test_whoever_stands_aside_from_a_claim_sees_it_no_more_and_someone_else_does(desk):
    paper, _me = looked_after(desk)

    page = desk.post(desk_page(paper, "conflict"), {"kind": "personal"}, follow=True)

    assert "You stand aside from this claim for good" in said(page)
    assert "Casa" not in said(page)
    assert desk.get(desk_page(paper)).status_code == 404
    assert desk.post("/verification/listingrequest/next/", follow=True).status_code == 200
    held(moderator(), paper.claim)


def test_the_twenty_first_document_stops_the_moderator_and_the_page_says_so(desk):
    paper, me = looked_after(desk)
    with as_role("owner"):
        evidence = EvidenceFactory(case=CaseFactory(route="document"))
        Opening.objects.bulk_create(Opening(evidence=evidence, by=me, written_in=1) for _ in range(20))

    page = desk.post(desk_page(paper, f"papers/{paper.pk}"))

    assert page.status_code == 403
    assert "You opened twenty documents within an hour" in said(page)
    assert "You are stopped" in said(desk.post(desk_page(paper, "claim"), follow=True))
    assert "You are stopped" in said(desk.post("/verification/listingrequest/next/", follow=True))
