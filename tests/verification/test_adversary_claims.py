"""What someone tried at claims, attempts and what is their own; and what the database says to it now."""

from __future__ import annotations

from time import sleep

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.timezone import now

from community.identity import acting_as
from community.models import AuditEntry, Consent, Member
from tests.databases import as_role
from tests.factories import (
    BusinessFactory,
    CaseFactory,
    ClaimPaperFactory,
    EventFactory,
    EvidenceFactory,
    ListingRequestFactory,
    MemberFactory,
    ReportFactory,
)
from tests.verification.desks import ask, at_the_desk, moderator, run, told
from tests.verification.test_my_verification import enter
from verification import actions
from verification.models import Case, Evidence, ListingRequest, Opening, Report

TAKE = "UPDATE verification_listingrequest SET claimed_by_id = current_member() WHERE id = %s"
REFUSE = (
    "UPDATE verification_listingrequest SET outcome = 'refused', reason = 'place', decided_at = %s,"
    " decided_by_id = current_member() WHERE id = %s"
)
OPEN = "SELECT open_evidence(%s)"
DAY = 24 * 60 * 60


def takes_consent_back(member: Member) -> None:
    with acting_as(member):
        Consent.objects.get(purpose="claim").withdraw(at=now())


@pytest.fixture
def paper() -> Evidence:
    paper = ClaimPaperFactory()
    with as_role("owner"):
        Consent.objects.create(member=paper.claim.member, purpose="claim", version="1")
    return paper


@pytest.mark.django_db
def test_a_decision_keeps_no_document_longer_whose_owner_took_their_consent_back(paper):
    takes_consent_back(paper.claim.member)
    with at_the_desk(moderator()):
        assert told(REFUSE, now(), paper.claim_id) == "done"

    with as_role("owner"):
        paper.refresh_from_db()
    assert (paper.destroy_after - now()).total_seconds() <= DAY


@pytest.mark.django_db
def test_nobody_opens_or_goes_on_reading_what_its_owner_took_their_consent_back_for(paper):
    amelia = moderator()
    with at_the_desk(amelia):
        assert told(TAKE, paper.claim_id) == "done"
        assert told(OPEN, paper.pk) == "done"
    with as_role("owner"):
        Opening.objects.update(written_in=1)  # as if another transaction had written it down
        opening = Opening.objects.get()
    with at_the_desk(amelia):
        assert told("SELECT opened_key(%s)", opening.pk) == "done"
    takes_consent_back(paper.claim.member)

    with at_the_desk(amelia):
        assert told(OPEN, paper.pk) == "consent_taken_back"
        assert told("SELECT opened_key(%s)", opening.pk) == "consent_taken_back"


@pytest.mark.django_db
def test_nobody_hangs_a_claim_on_another_business_and_a_listing_that_goes_leaves_it():
    claim, other = ListingRequestFactory(proved_at=now(), proved_by="letter"), BusinessFactory()
    with at_the_desk(moderator()):
        for business in (other.pk, None):
            assert told(
                "UPDATE verification_listingrequest SET business_id = %s WHERE id = %s", business, claim.pk
            ).startswith("permission denied")
        claim.business.delist()
    with as_role("owner"):
        assert ListingRequest.objects.get().business is None


@pytest.mark.django_db
def test_nobody_dates_a_decision_so_that_it_is_forgotten_with_what_was_opened(paper):
    amelia = moderator()
    with at_the_desk(amelia):
        assert told(TAKE, paper.claim_id) == "done"
        assert told(OPEN, paper.pk) == "done"
        assert told(REFUSE, "2001-01-01", paper.claim_id) == "done"
    with as_role("worker"):
        run("SELECT clear_listing_requests()")
    with as_role("owner"):
        assert Opening.objects.get().by == amelia
        assert (now() - ListingRequest.objects.get().decided_at).total_seconds() < DAY


@pytest.mark.django_db
def test_nobody_learns_at_the_desk_who_gave_their_business_its_badge_or_changed_their_event():
    ana, rui = (MemberFactory(is_staff=True, is_superuser=True) for _ in range(2))
    amelia, claim = moderator(), ListingRequestFactory(member=ana)
    rival, event = ListingRequestFactory(business=claim.business), EventFactory(organizer=ana)
    with at_the_desk(amelia):
        actions.grant_claim(claim, by=amelia)
        actions.refuse(rival, by=amelia)
    with as_role("owner"):
        for row in (claim, rival, claim.business, event):
            kind = ContentType.objects.get_for_model(row)
            about = {"content_type": kind, "object_id": str(row.pk), "object_repr": "", "action_flag": CHANGE}
            LogEntry.objects.create(user_id=amelia.pk, **about)

    def seen() -> tuple[list[str], int]:
        kinds = AuditEntry.objects.filter(actor=amelia.pk).values_list("kind", flat=True)
        return sorted(kinds), LogEntry.objects.count()

    with at_the_desk(ana):
        assert seen() == ([], 0)
    with at_the_desk(rui):
        wishes = ["verification_listingrequest"] * 2
        assert seen() == (["businesses_business", *wishes], 4)


def test_nobody_lets_the_last_question_lapse_reads_what_the_others_came_to_and_undoes_it(committed):
    with as_role("owner"):
        case = CaseFactory(route=Case.Route.CULTURAL_KNOWLEDGE, waiting_since=None)
        run(
            "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('attempt_question(uuid, text)'::regprocedure),"
            " '40 seconds', '20 milliseconds'); END $$"
        )
    question = "SELECT place FROM attempt_question(%s, 'pt')"
    result = "SELECT is_enough IS NOT NULL FROM verification_attempt WHERE id = %s"
    with acting_as(case.member):
        ((attempt,),) = ask("SELECT start_attempt(%s, 'portugal')", case.pk)
    for place in range(1, 12):
        with acting_as(case.member):
            assert ask(question, attempt) == [(place,)]
        sleep(0.03)
    with acting_as(case.member):
        assert ask(question, attempt) == [(12,)]
        sleep(0.03)
        assert ask(question, attempt) == []
        assert ask(result, attempt) == [(False,)]
        transaction.set_rollback(True)
    with acting_as(case.member):
        assert ask(question, attempt) == [(12,)]
    sleep(0.03)
    with acting_as(case.member):
        assert ask(question, attempt) == []
        assert ask(result, attempt) == [(True,)]


@pytest.mark.django_db
def test_the_address_of_a_claims_document_destroys_none_of_a_case(client):
    member = MemberFactory(language="en")
    enter(client, member)
    paper = EvidenceFactory(case=CaseFactory(member=member, route=Case.Route.DOCUMENT, waiting_since=None))

    assert client.post(f"/en/businesses/claims/papers/{paper.pk}/remove/?claim=invented").status_code == 404

    with as_role("owner"):
        assert Evidence.objects.get().destroyed_at is None


@pytest.mark.django_db
def test_nobody_writes_a_language_that_no_letter_can_be_sent_in():
    ana, member = MemberFactory(is_staff=True, is_superuser=True), MemberFactory()
    with at_the_desk(ana):
        for broken in ("\n\n", "fr", ""):
            rule = told("UPDATE community_member SET language = %s WHERE id = %s", broken, member.pk)
            assert rule == "member_reads_a_language_of_ours"


@pytest.mark.django_db
def test_nobody_dates_the_answer_to_a_report_so_that_it_is_forgotten():
    report = ReportFactory()
    with at_the_desk(moderator()):
        answer = (
            "UPDATE verification_report SET outcome = 'left', closed_at = '2001-01-01', closed_by_id = current_member()"
        )
        assert told(answer) == "done"
    with as_role("worker"):
        run("SELECT clear_reports()")
    with as_role("owner"):
        assert (now() - Report.objects.get(pk=report.pk).closed_at).total_seconds() < DAY
