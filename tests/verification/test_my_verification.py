"""A member's own pages of verification: what they are told before they give anything, and where a case stands."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Consent, Member, Profile
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory, consent_to_verification
from tests.verification.desks import moderator, vote
from verification.models import Attempt, Case, Evidence, Opening

pytestmark = pytest.mark.django_db
ROUTES = list(Case.Route)


@pytest.fixture
def member(client: Client) -> Member:
    member = MemberFactory(language="en")
    enter(client, member)
    return member


def enter(client: Client, member: Member) -> None:
    with acting_as(member):
        client.force_login(member, "community.login.MemberBackend")


def address(name: str, language: str = "en", **parts: Any) -> str:
    with translation.override(language):
        return reverse(name, kwargs=parts)


def cases_of(member: Member) -> list[Case]:
    with as_role("owner"):
        return list(Case.objects.filter(member=member))


def test_the_account_leads_to_the_overview_in_both_languages(client, member):
    for language, path, words in (
        ("en", "/en/account/verification/", "Your verification"),
        ("pt", "/pt/conta/verificacao/", "A sua verificação"),
    ):
        assert path in client.get(address("account_overview", language)).content.decode()
        page = client.get(path).content.decode()
        assert words in page
        for route in ROUTES:
            assert address(f"begin_{route}", language) in page


def test_nobody_is_told_of_a_consent_they_never_gave(client, member):
    told = "You agreed to being verified for this purpose alone"
    assert told not in client.get(address("my_verification")).content.decode()
    consent_to_verification(member)
    assert told in client.get(address("my_verification")).content.decode()


def test_the_profile_leads_to_the_badge(client, member):
    assert address("my_verification") in client.get(address("profile:overview")).content.decode()


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_says_what_becomes_of_the_data_before_anything_is_given(client, member, route):
    page = client.get(address(f"begin_{route}")).content.decode()

    assert "What becomes of what you give" in page
    assert page.index("What becomes of what you give") < page.index('name="consents"')


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_begins_without_the_consent(client, member, route):
    answer = client.post(address(f"begin_{route}"), {"note": "Olá"})

    assert answer.status_code == 200
    assert "Without your consent" in answer.content.decode()
    assert cases_of(member) == []
    with acting_as(member):
        assert not Consent.objects.exists()


def test_a_case_begins_with_the_consent_in_the_language_of_its_reader(client, member):
    answer = client.post(address("begin_document", "pt"), {"consents": "true", "note": "O nome mudou."})

    (case,) = cases_of(member)
    assert answer["Location"] == address("my_case", "pt", pk=case.pk)
    assert (case.route, case.language, case.note, case.waiting_since) == ("document", "pt", "O nome mudou.", None)
    with acting_as(member):
        (consent,) = Consent.objects.filter(purpose="verification")
        assert (consent.version, consent.withdrawn_at) == ("1", None)


def test_a_consent_that_stands_is_not_asked_for_again(client, member):
    consent_to_verification(member)

    assert 'name="consents"' not in client.get(address("begin_document")).content.decode()
    client.post(address("begin_document"))

    assert len(cases_of(member)) == 1
    with acting_as(member):
        assert Consent.objects.filter(purpose="verification").count() == 1


def test_whoever_has_an_open_case_is_led_to_it_and_begins_no_second(client, member):
    case = CaseFactory(member=member)

    answer = client.post(address("begin_document"), {"consents": "true"})

    assert answer["Location"] == address("my_verification")
    page = client.get(answer["Location"]).content.decode()
    assert address("my_case", pk=case.pk) in page
    assert address("begin_document") not in page
    assert cases_of(member) == [case]


def test_a_case_of_another_is_not_there(client, member):
    other = CaseFactory()

    assert client.get(address("my_case", pk=other.pk)).status_code == 404


def test_what_is_of_another_case_of_ones_own_is_not_in_this_one(client, member):
    over = {"member": member, "waiting_since": None, "status": "withdrawn", "decided_at": now()}
    earlier, here = CaseFactory(**over), CaseFactory(member=member, route="document", waiting_since=None)
    paper = EvidenceFactory(case=earlier)
    with as_role("owner"):
        attempt = Attempt.objects.create(case=earlier, nation="portugal", drawn=[], orders=[])

    assert client.post(address("remove_paper", pk=here.pk, paper=paper.pk)).status_code == 404
    assert client.get(address("ask_question", pk=here.pk, attempt=attempt.pk)).status_code == 404
    with as_role("owner"):
        assert Evidence.objects.get(pk=paper.pk).destroyed_at is None


@pytest.mark.parametrize("page", ["withdraw_case", "appeal_case"])
def test_of_a_case_that_is_over_there_is_nothing_to_withdraw_or_to_appeal_against(client, member, page):
    over = CaseFactory(member=member, waiting_since=None, status="withdrawn", decided_at=now())

    assert client.get(address(page, pk=over.pk))["Location"] == address("my_case", pk=over.pk)


def test_the_badge_is_shown_with_its_last_day(client, member):
    case = CaseFactory(member=member)
    assert vote(case, moderator()) == "done"
    page = client.get(address("my_verification")).content.decode()
    assert "The badge is valid until" in page
    assert address("begin_document") not in page


def test_a_badge_can_be_renewed_in_its_last_ninety_days(client, member):
    ends = {"member": member, "status": "approved", "waiting_since": None, "decided_at": now()}
    CaseFactory(**ends, expires_at=now() + timedelta(days=89))
    with as_role("owner"):
        Profile.objects.filter(pk=member.pk).update(heritage_verified_at=now() - timedelta(days=1700))

    assert address("begin_document") in client.get(address("my_verification")).content.decode()


def test_a_refusal_is_told_with_its_reason_and_never_by_whom(client, member):
    case, first, second = CaseFactory(member=member, route="document"), moderator(), moderator()
    assert vote(case, first, "reject") == "done"
    page = client.get(address("my_case", pk=case.pk)).content.decode()
    assert "It is with our moderators." in page  # one vote is nobody's business but the desk's

    assert vote(case, second, "reject") == "done"
    page = client.get(address("my_case", pk=case.pk)).content.decode()

    assert "We did not approve it." in page
    assert "does not show a tie to a Portuguese-speaking country" in page
    for who in (first, second):
        assert str(who.pk) not in page
        assert who.profile.display_name not in page


def test_of_a_badge_taken_back_its_member_reads_why_and_what_came_with_the_approval(client, member):
    ended, decided = now() - timedelta(days=1), now() - timedelta(days=9)
    words = {"sentence": "Bem-vinda ao bairro.", "revoked_for": "O documento era de outra pessoa."}
    worn = {"worn_from": decided, "worn_until": decided + timedelta(days=1826)}
    case = CaseFactory(
        member=member, status="expired", decided_at=decided, expires_at=ended, waiting_since=None, **words, **worn
    )
    page = client.get(address("my_case", pk=case.pk)).content.decode()
    assert "was taken back on" in page
    assert "The badge ended." not in page
    assert [page.count(said) for said in words.values()] == [1, 1]


def test_that_it_was_handed_in_is_told_once_it_is_decided_too(client, member):
    case = CaseFactory(member=member)
    assert vote(case, moderator()) == "done"

    page = client.get(address("my_case", pk=case.pk)).content.decode()

    assert "It went to our moderators." in page
    assert "We decided: approved." in page


def test_the_overview_begins_with_a_refusal_that_can_be_appealed(client, member):
    case = CaseFactory(member=member)
    for _ in range(2):
        assert vote(case, moderator(), "reject") == "done"
    told = "you can ask for someone else to look at it"
    page = client.get(address("my_verification")).content.decode()
    assert page.index(told) < page.index(address("my_case", pk=case.pk)) < page.index("Three ways")

    client.post(address("appeal_case", pk=case.pk), {"note": "Please look again."})
    assert Case.Status.PENDING in {case.status for case in cases_of(member)}
    assert told not in client.get(address("my_verification")).content.decode()


def test_its_member_reads_who_opened_a_document_by_number_and_when(client, member):
    case = CaseFactory(member=member, route="document")
    first, second, paper = moderator(), moderator(), EvidenceFactory(case=case)
    other = EvidenceFactory(case=CaseFactory(route="document"))  # another member's: counted anew
    with as_role("owner"):
        for by, of in ((second, other), (first, paper), (second, paper), (first, paper)):
            Opening.objects.create(evidence=of, by=by, at=now(), written_in=1)

    page = client.get(address("my_case", pk=case.pk)).content.decode()

    told = re.findall(r"Moderator no. (\d+) opened this document: passport\.", page)
    assert told == ["1", "2", "1"]
    for who in (first, second):
        assert who.profile.display_name not in page
        assert str(who.pk) not in page
