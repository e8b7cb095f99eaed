from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from businesses.models import Business, Delisting
from community.identity import acting_as
from community.models import Member, Notice
from tests.databases import as_role
from tests.doors import come_in
from tests.factories import BusinessFactory, ListingRequestFactory, MemberFactory
from verification import actions, tasks
from verification.models import AlreadyDecided, ListingRequest

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 13, 12, tzinfo=UTC)
WORDS = {"kind": "claim", "name": "Rui", "role": "Dono", "email": "rui@example.org", "message": "É nossa."}


def requests() -> list[ListingRequest]:
    with as_role("owner"):
        return list(ListingRequest.objects.all())


def jobs() -> list[tuple[str, dict[str, str]]]:
    with as_role("owner"):
        return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "args"))


@pytest.fixture
def moderator() -> Member:
    return MemberFactory(is_staff=True)


@pytest.fixture
def at_the_desk(moderator: Member) -> Iterator[None]:
    with as_role("desk"), acting_as(moderator):
        yield


@pytest.mark.parametrize(
    ("language", "path"), [("en", "/en/businesses/casa/claim/"), ("pt", "/pt/negocios/casa/reivindicar/")]
)
def test_an_owner_hands_a_request_in_without_an_account(client, language, path):
    business = BusinessFactory(slug="casa", name="Casa")

    assert client.get(path).status_code == 200
    response = client.post(path, WORDS)

    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200
    (request,) = requests()
    assert (request.business_id, request.business_name, request.kind) == (business.pk, "Casa", "claim")
    assert (request.language, request.outcome) == (language, "")
    assert jobs() == [("verification.tasks.acknowledge", {"request_id": str(request.pk)})]


@pytest.mark.parametrize(
    "verb", ["SELECT * FROM {}", "SELECT email FROM {}", "UPDATE {} SET name = ''", "DELETE FROM {}"]
)
def test_the_site_cannot_read_what_was_handed_in_nor_change_it(verb):
    ListingRequestFactory()

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format("verification_listingrequest"))


def test_a_member_finds_at_their_account_what_became_of_their_own_request(moderator):
    member, other = MemberFactory(), MemberFactory()
    business = BusinessFactory(slug="casa", name="Casa")
    for who in (member, None):
        browser = Client()
        if who:
            with as_role("owner"):
                browser.force_login(who)
        with acting_as(None):  # the test's one transaction would remember who came before
            browser.post("/en/businesses/casa/claim/", WORDS)
    own, of_a_stranger = sorted(requests(), key=lambda request: request.member_id is None)

    with as_role("desk"), acting_as(moderator):
        actions.grant_claim(own, by=moderator)
        actions.refuse(of_a_stranger, by=moderator)

    assert own.member_id == member.pk
    for reader, seen in ((member, [own.pk]), (other, []), (moderator, []), (None, [])):
        with acting_as(reader):
            assert list(ListingRequest.objects.values_list("pk", flat=True)) == seen
    with as_role("owner"):
        assert [(notice.member_id, notice.about_id) for notice in Notice.objects.all()] == [(member.pk, own.pk)]
        browser.force_login(member)
    inbox = browser.get("/en/account/notices/inbox/").content.decode()
    assert business.name in inbox
    assert "/en/businesses/claims/mine/" in inbox
    assert [name for name, _args in jobs() if name == "verification.tasks.answer"] == ["verification.tasks.answer"] * 2


def test_nobody_hands_a_request_in_as_someone_else():
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        ListingRequest.objects.bulk_create([ListingRequest(**WORDS, language="pt", member=MemberFactory())])


def test_nor_can_it_hand_in_a_request_that_is_granted_already():
    business = BusinessFactory()
    by = MemberFactory()

    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        ListingRequest.objects.bulk_create(
            [
                ListingRequest(
                    business=business, **WORDS, language="pt", outcome="granted", decided_at=NOON, decided_by=by
                )
            ]
        )


def test_a_machine_that_fills_in_every_box_is_thanked_and_forgotten(client):
    BusinessFactory(slug="casa")

    response = client.post("/en/businesses/casa/claim/", WORDS | {"nickname": "bot"})

    assert response["Location"] == "/en/businesses/casa/claim/thanks/"
    assert requests() == []
    assert jobs() == []


@pytest.mark.parametrize(
    "words", [{"email": "rui"}, {"email": ""}, {"name": ""}, {"kind": "steal"}, {"message": "x" * 2001}]
)
def test_what_is_missing_is_asked_for_again(client, words):
    BusinessFactory(slug="casa")

    response = client.post("/en/businesses/casa/claim/", WORDS | words)

    assert response.status_code == 200
    assert b"field__error" in response.content
    assert requests() == []


def test_five_requests_an_hour_come_from_one_address_and_no_sixth(client):
    BusinessFactory(slug="casa")

    answers = [client.post("/en/businesses/casa/claim/", WORDS).status_code for _ in range(6)]

    assert answers == [302] * 5 + [429]
    assert len(requests()) == 5
    assert client.post("/en/businesses/casa/claim/", WORDS, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_a_business_that_is_not_there_cannot_be_claimed(client):
    assert client.get("/en/businesses/nenhuma/claim/").status_code == 404
    assert client.post("/en/businesses/nenhuma/claim/", WORDS).status_code == 404


@pytest.mark.usefixtures("at_the_desk")
def test_a_claim_that_is_granted_puts_the_badge_on_the_door(moderator):
    request = ListingRequestFactory(kind="claim")

    actions.grant_claim(request, by=moderator, at=NOON)

    business = Business.objects.get(pk=request.business_id)
    assert (business.verified_at, business.confirmed_at) == (NOON, NOON.date())
    request.refresh_from_db()
    assert (request.outcome, request.decided_by) == ("granted", moderator)
    assert now() - request.decided_at < timedelta(minutes=1)  # whatever was said, at the desk it is decided now
    assert jobs() == [("verification.tasks.answer", {"request_id": str(request.pk)})]


@pytest.mark.usefixtures("at_the_desk")
def test_a_removal_takes_the_listing_down_for_good_and_keeps_the_record(moderator):
    request = ListingRequestFactory(kind="removal", business__fhrs_id=4711, business__name="Casa")

    actions.remove_listing(request, by=moderator, at=NOON)

    assert not Business.objects.exists()
    assert list(Delisting.objects.values_list("fhrs_id", flat=True)) == [4711]
    request.refresh_from_db()
    assert (request.outcome, request.business_id, request.business_name) == ("granted", None, "Casa")


@pytest.mark.usefixtures("at_the_desk")
def test_a_refusal_changes_nothing_about_the_listing(moderator):
    request = ListingRequestFactory()

    actions.refuse(request, by=moderator, at=NOON)

    assert Business.objects.get(pk=request.business_id).verified_at is None
    assert ListingRequest.objects.get(pk=request.pk).outcome == "refused"


@pytest.mark.usefixtures("at_the_desk")
@pytest.mark.parametrize("action", [actions.grant_claim, actions.remove_listing, actions.refuse])
def test_a_decision_stands(moderator, action):
    request = ListingRequestFactory()
    actions.refuse(request, by=moderator, at=NOON)

    with pytest.raises(AlreadyDecided):
        action(request, by=moderator, at=NOON)

    assert ListingRequest.objects.get(pk=request.pk).outcome == "refused"
    assert Business.objects.get(pk=request.business_id).verified_at is None


@pytest.mark.usefixtures("at_the_desk")
def test_a_listing_that_is_gone_cannot_be_granted(moderator):
    request = ListingRequestFactory()
    Business.objects.get(pk=request.business_id).delist()

    with pytest.raises(actions.ListingGone):
        actions.grant_claim(request, by=moderator, at=NOON)

    assert ListingRequest.objects.get(pk=request.pk).outcome == ""


@pytest.mark.parametrize(
    ("letter", "state", "words"),
    [
        (tasks.acknowledge, {}, "we have received your claim to Casa & Filhos"),
        (tasks.answer, {"outcome": "granted"}, "now wears the badge"),
        (tasks.answer, {"outcome": "refused"}, "we could not confirm"),
        (tasks.answer, {"outcome": "refused"}, "Tell us again: http://localhost:8000/en/businesses/"),
        (tasks.answer, {"outcome": "granted", "kind": "removal"}, "has been removed"),
    ],
)
def test_whoever_asked_hears_of_it(moderator, letter, state, words):
    decided = {"decided_at": NOON, "decided_by": moderator} if "outcome" in state else {}
    request = ListingRequestFactory(
        business__name="Casa & Filhos", email="rui@example.org", language="en", **state, **decided
    )

    with as_role("worker"):
        letter.func(request_id=str(request.pk))

    (message,) = mail.outbox
    assert message.to == ["rui@example.org"]
    assert message.subject.startswith("LusoTown: ")
    assert words in message.body
    assert "&amp;" not in message.body


def test_a_letter_cannot_be_given_headers_by_the_name_of_a_business():
    request = ListingRequestFactory(business_name="Casa\nBcc: all@example.org", language="en")

    with as_role("worker"):
        tasks.acknowledge.func(request_id=str(request.pk))

    assert mail.outbox[0].subject == "LusoTown: your request about Casa Bcc: all@example.org"
    assert mail.outbox[0].recipients() == [request.email]


def test_a_moderator_reads_the_letter_before_it_is_sent(desk):
    request = ListingRequestFactory(kind="removal", business_name="Casa", language="pt", email="rui@example.org")
    come_in(desk, "change_listingrequest")

    page = desk.get(f"/verification/listingrequest/{request.pk}/decide/", {"decision": "grant"}).content.decode()

    assert "deleted for good" in page
    assert "rui@example.org" in page
    assert "LusoTown: a nossa resposta sobre Casa" in page
    assert ListingRequest.objects.get(pk=request.pk).outcome == ""
    assert jobs() == []


def test_a_moderator_can_add_a_sentence_to_the_letter(desk):
    request = ListingRequestFactory(kind="claim", language="en", business__slug="casa")
    come_in(desk, "change_listingrequest")

    words = {"decision": "grant", "sentence": "  Welcome,\r\n\r\nand thank you <3 "}
    too_long = words | {"sentence": "x" * 501}
    assert desk.post(f"/verification/listingrequest/{request.pk}/decide/", too_long).status_code == 200
    desk.post(f"/verification/listingrequest/{request.pk}/decide/", words)
    with as_role("worker"):
        tasks.answer.func(request_id=str(request.pk))

    assert ListingRequest.objects.get(pk=request.pk).sentence == "Welcome, and thank you <3"
    (letter,) = mail.outbox
    assert "\n\nWelcome, and thank you <3\n\n" in letter.body
    assert "\nSee its page: http://localhost:8000/en/businesses/casa/\n" in letter.body


def test_a_moderator_decides_with_one_button(desk):
    request = ListingRequestFactory(kind="claim", business_name="Casa")
    come_in(desk, "change_listingrequest")

    page = desk.get(f"/verification/listingrequest/{request.pk}/change/").content
    assert b"Grant the claim" in page
    assert b'name="_save"' not in page
    response = desk.post(f"/verification/listingrequest/{request.pk}/decide/", {"decision": "grant"}, follow=True)

    assert b"The claim is granted." in response.content
    assert ListingRequest.objects.get(pk=request.pk).outcome == "granted"
    again = desk.post(f"/verification/listingrequest/{request.pk}/decide/", {"decision": "refuse"}, follow=True)
    assert b"Someone else has decided this already." in again.content


def test_who_may_only_look_cannot_decide(desk):
    request = ListingRequestFactory()
    come_in(desk, "view_listingrequest")

    assert b"Grant the claim" not in desk.get(f"/verification/listingrequest/{request.pk}/change/").content
    path = f"/verification/listingrequest/{request.pk}/decide/"
    assert desk.post(path, {"decision": "grant"}).status_code == 403
    assert desk.get(path, {"decision": "grant"}).status_code == 403
    assert ListingRequest.objects.get(pk=request.pk).outcome == ""


def test_nothing_but_a_button_decides(desk):
    request = ListingRequestFactory()
    come_in(desk, "change_listingrequest")

    path = f"/verification/listingrequest/{request.pk}/"
    assert desk.post(f"{path}change/", {"outcome": "granted"}).status_code == 405
    assert desk.post(f"{path}delete/", {"post": "yes"}).status_code == 404
    assert desk.post(f"{path}decide/", {"decision": "perhaps"}).status_code == 403
    assert ListingRequest.objects.get(pk=request.pk).outcome == ""
