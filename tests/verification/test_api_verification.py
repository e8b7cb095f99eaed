"""One's own verification in the API: begun, filled, withdrawn; by whom it may be, and done once under a key."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now
from django_redis import get_redis_connection
from redis import RedisError

from community.idempotency import UnderWay, _again, _digest
from community.models import Consent, Member
from tests.community.test_tokens import key, with_key
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory
from tests.verification import strange_papers as strange
from tests.verification.desks import moderator, state, vote
from tests.verification.test_my_papers import JPEG, ask, evidence_of, kept
from tests.verification.test_my_verification import cases_of, enter
from tests.verification.test_question_rules import right_choice
from tests.verification.test_vouch_rules import answer as vouch
from tests.verification.test_vouch_rules import verified
from verification import sealing
from verification.models import Case

pytestmark = pytest.mark.django_db
REQUESTS = "/api/v1/verification/requests/"


@pytest.fixture
def member(client: Client, vault) -> Member:
    member = MemberFactory()
    enter(client, member)
    return member


def begin(client: Client, headers: dict[str, str] | None = None, **said: Any) -> Any:
    body = {"route": "document", "consent": True} | said
    return client.post(REQUESTS, body, content_type="application/json", headers=headers or {})


def send(client: Client, case: Case, data: bytes = JPEG, headers: dict[str, str] | None = None, **said: Any) -> Any:
    form = {"kind": "passport", "file": SimpleUploadedFile("passport.jpg", data)} | said
    return client.post(f"{REQUESTS}{case.pk}/documents/", form, headers=headers or {})


def code(answer: Any) -> tuple[int, str, list[str]]:
    said = answer.json()
    return answer.status_code, said["code"], [error["code"] for error in said.get("errors", [])]


def test_words_of_others_hand_a_case_in_by_themselves(client, member):
    assert begin(client, route="community_reference").json()["missing"] == ["references"]


def test_a_case_goes_from_its_beginning_to_the_desk(client, member):
    begun = begin(client, note="Nasci na Praia.", language="pt")
    assert begun.status_code == 201
    told = begun.json()
    assert (told["route"], told["status"], told["language"]) == ("document", "pending", "pt")
    assert (told["note"], told["missing"]) == ("Nasci na Praia.", ["document", "hand_in"])
    (case,) = cases_of(member)

    assert send(client, case).json()["missing"] == ["hand_in"]
    handed = send(client, case, hand_in="true")

    assert handed.status_code == 201
    assert handed.json()["missing"] == []
    assert handed.json()["waiting_since"] is not None
    assert [paper["pages"] for paper in handed.json()["documents"]] == [1, 1]
    listed = client.get(REQUESTS).json()
    assert (listed["next"], listed["previous"], listed["results"]) == (None, None, [handed.json()])
    with as_role("owner"):
        assert Consent.objects.get(member=member, purpose="verification").version == "1"


def test_nothing_begins_without_the_consent(client, member):
    assert code(begin(client, consent=False)) == (400, "invalid", ["consent_needed"])
    assert cases_of(member) == []


def test_what_the_rules_do_not_allow_is_a_conflict_that_names_the_rule(client, member):
    begin(client)
    (case,) = cases_of(member)

    assert code(begin(client)) == (409, "conflict", ["case_is_open_once_a_member"])
    for _ in range(5):
        EvidenceFactory(case=case)
    assert code(send(client, case)) == (409, "conflict", ["five_files_a_case"])
    client.delete(f"{REQUESTS}{case.pk}/")
    assert code(client.delete(f"{REQUESTS}{case.pk}/")) == (409, "conflict", ["moved_on"])
    assert code(send(client, case)) == (409, "conflict", ["moved_on"])


@pytest.mark.parametrize(("field", "value"), [("route", "oracle"), ("language", "fr"), ("note", "x" * 2001), ("by", 1)])
def test_a_bad_field_is_named(client, member, field, value):
    answer = begin(client, **{field: value})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert cases_of(member) == []


STRANGE = {
    "empty": b"",
    "wrong_name": strange.encoded(strange.scene(), "png"),
    "damaged": JPEG[: len(JPEG) * 9 // 10],
    "not_accepted": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}


@pytest.mark.parametrize("why", STRANGE)
def test_a_strange_document_is_refused_by_its_code_and_leaves_nothing(client, member, vault, why):
    case = CaseFactory(member=member, route="document", waiting_since=None)

    answer = send(client, case, STRANGE[why])

    assert code(answer) == (400, "invalid", [why])
    assert evidence_of(case) == []
    assert kept(vault) == []


def test_of_two_files_at_once_none_is_taken(client, member, vault):
    case = CaseFactory(member=member, route="document", waiting_since=None)

    answer = send(client, case, file=[SimpleUploadedFile(name, JPEG) for name in ("front.jpg", "back.jpg")])

    assert code(answer) == (400, "invalid", ["one_file"])
    assert evidence_of(case) == []


def test_without_the_desks_key_it_says_so_and_keeps_nothing(client, member, vault, settings):
    settings.DESK_PUBLIC_KEY = ""
    case = CaseFactory(member=member, route="document", waiting_since=None)

    answer = send(client, case)

    assert code(answer) == (503, "cannot_seal", [])
    assert answer["Retry-After"]
    assert kept(vault) == []


def test_nothing_of_a_document_comes_out_again(client, member, vault):
    case = CaseFactory(member=member, route="document", waiting_since=None)
    told = send(client, case).json()

    (paper,) = evidence_of(case)
    for hidden in (paper.fingerprint, paper.key_id, bytes(paper.sealed_key).hex()):
        assert hidden not in str(told)
    assert client.get(f"{REQUESTS}{case.pk}/documents/").status_code == 405
    assert client.get(f"{REQUESTS}{case.pk}/documents/{paper.pk}/").status_code == 405


def test_its_member_reads_the_reason_and_when_it_was_opened_and_by_whom_as_a_number(client, member):
    case = CaseFactory(member=member, route="document")
    EvidenceFactory(case=case)
    first, second = moderator(), moderator()
    assert [vote(case, first, "reject"), vote(case, second, "reject")] == ["done", "done"]  # each opens it first

    answer = client.get(f"{REQUESTS}{case.pk}/?lang=pt")
    told = answer.json()

    assert told["status"] == "rejected"
    assert told["reason"]["code"] == "not_shown"
    assert "língua portuguesa" in told["reason"]["text"]
    (paper,) = told["documents"]
    assert len(paper["opened_at"]) == 2
    assert sorted(opening["moderator"] for opening in paper["openings"]) == [1, 2]
    assert told["appeal_until"] is not None
    for who in (first, second):
        assert str(who.pk) not in answer.content.decode()
        assert who.profile.display_name not in answer.content.decode()


def test_the_desks_question_is_told_while_it_is_asked(client, member):
    case = CaseFactory(member=member)
    ask(case, moderator(), "Qual é a freguesia?")

    told = client.get(f"{REQUESTS}{case.pk}/").json()

    assert (told["status"], told["question"], told["missing"]) == (
        "needs_information",
        "Qual é a freguesia?",
        ["answer"],
    )


def post(client: Client, case: Case, what: str, headers: dict[str, str] | None = None, **said: Any) -> Any:
    where = f"{REQUESTS}{case.pk}/{what}/"
    return client.post(where, said, content_type="application/json", headers=headers or {})


def test_a_case_goes_all_the_way_by_question_answer_refusal_and_appeal(client, member):
    begin(client, language="pt")
    (case,) = cases_of(member)
    assert code(post(client, case, "hand-in")) == (409, "conflict", ["not_complete"])
    assert code(post(client, case, "reply", text="Sim.")) == (409, "conflict", ["moved_on"])
    send(client, case)
    handed = post(client, case, "hand-in")
    assert (handed.status_code, handed.json()["missing"], handed.json()["questions"]) == (200, [], [])

    ask(case, moderator(), "Qual é a freguesia?")
    (asked,) = client.get(f"{REQUESTS}{case.pk}/").json()["questions"]
    assert (asked["question"], asked["answered_at"], asked["answer"]) == ("Qual é a freguesia?", None, None)
    answered = post(client, case, "reply", text="São Vicente.")
    assert (answered.status_code, answered.json()["status"], answered.json()["question"]) == (201, "pending", None)
    assert [(one["question"], one["answer"]) for one in answered.json()["questions"]] == [
        ("Qual é a freguesia?", "São Vicente.")
    ]
    assert code(post(client, case, "appeal", note="Já?")) == (409, "conflict", ["not_to_be_appealed"])

    first, second = moderator(), moderator()
    assert [vote(case, first, "reject"), vote(case, second, "reject")] == ["done", "done"]
    appealed = post(client, case, "appeal", note="A certidão é da minha avó.")
    assert appealed.status_code == 201
    appeal, told = appealed.json(), client.get(f"{REQUESTS}{case.pk}/").json()
    assert (appeal["appeal_of"], appeal["note"], appeal["language"]) == (told["id"], "A certidão é da minha avó.", "pt")
    assert appeal["waiting_since"] is not None
    assert (told["status"], told["appeal"], told["appeal_until"]) == ("rejected", appeal["id"], None)
    assert post(client, case, "appeal", note="Outra vez.").status_code == 409

    for who in (first, second):
        for hidden in (str(who.pk), who.profile.display_name):
            assert hidden not in str(told) + str(appeal)
    final = Case.objects.of(member).get(pk=appeal["id"])
    assert vote(final, moderator(), "reject") == "done"
    assert code(post(client, final, "appeal", note="Outra vez.")) == (409, "conflict", ["not_to_be_appealed"])


def test_an_answer_that_comes_twice_under_a_key_is_given_once(client, member, django_capture_on_commit_callbacks):
    case, once = CaseFactory(member=member), {"Idempotency-Key": "a-key"}
    ask(case, moderator(), "Qual é a freguesia?")

    with django_capture_on_commit_callbacks(execute=True):
        first = post(client, case, "reply", once, text="São Vicente.")
    again = post(client, case, "reply", once, text="São Vicente.")

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert code(post(client, case, "reply", text="São Vicente.")) == (409, "conflict", ["moved_on"])


@pytest.mark.parametrize(("what", "field"), [("reply", "text"), ("appeal", "note")])
def test_nothing_is_no_answer_and_no_appeal(client, member, what, field):
    case = CaseFactory(member=member)

    for said in ({}, {field: " "}, {field: "x" * 2001}, {field: "Sim.", "by": 1}):
        assert post(client, case, what, **said).status_code == 400


@pytest.mark.parametrize("what", ["hand-in", "references"])
def test_what_asks_for_nothing_takes_nothing(client, member, what):
    assert code(post(client, CaseFactory(member=member), what, by=1)) == (400, "invalid", ["unknown_field"])


def test_a_token_that_reads_writes_nothing(vault):
    member = MemberFactory()
    _token, secret = key(member, "verification:read")
    case, headers = CaseFactory(member=member, route="document", waiting_since=None), with_key(secret)

    for what in ("hand-in", "reply", "appeal", "references", "attempts", f"attempts/{case.pk}"):
        assert post(Client(), case, what, headers).status_code == 403
    # A question's time runs from when it is read.
    assert Client().get(f"{REQUESTS}{case.pk}/attempts/{case.pk}/", headers=headers).status_code == 403
    assert Client().get(f"{REQUESTS}{case.pk}/attempts/", headers=headers).status_code == 200


def test_withdrawing_destroys_what_was_sent(client, member, vault, django_capture_on_commit_callbacks):
    case = CaseFactory(member=member, route="document", waiting_since=None)
    send(client, case)
    stale = client.get(f"{REQUESTS}{case.pk}/")["ETag"]
    send(client, case)

    assert client.delete(f"{REQUESTS}{case.pk}/", headers={"If-Match": stale}).status_code == 412
    assert state(case) == ("pending", False)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.delete(f"{REQUESTS}{case.pk}/")

    assert (answer.status_code, answer.content) == (204, b"")
    assert state(case) == ("withdrawn", False)
    assert kept(vault) == []


def test_a_document_is_removed_for_good_but_not_from_the_desk(
    client,
    member,
    vault,
    django_capture_on_commit_callbacks,
):
    case = CaseFactory(member=member, route="document", waiting_since=None)
    stale = client.get(f"{REQUESTS}{case.pk}/")["ETag"]
    paper = send(client, case).json()["documents"][0]["id"]
    where = f"{REQUESTS}{case.pk}/documents/{paper}/"

    assert client.delete(where, headers={"If-Match": stale}).status_code == 412
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(where).status_code == 204
    assert client.delete(where).status_code == 404
    told = client.get(f"{REQUESTS}{case.pk}/").json()
    assert (told["documents"][0]["destroyed_at"] is None, told["missing"]) == (False, ["document", "hand_in"])
    assert (evidence_of(case)[0].sealed_key, kept(vault)) == (None, [])

    kept_one = send(client, case, hand_in="true").json()["documents"][1]["id"]
    assert code(client.delete(f"{REQUESTS}{case.pk}/documents/{kept_one}/")) == (409, "conflict", ["at_the_desk"])
    ended = {"route": "document", "waiting_since": None, "status": "withdrawn", "decided_at": now()}
    earlier = EvidenceFactory(case=CaseFactory(member=member, **ended))
    assert client.delete(f"{REQUESTS}{case.pk}/documents/{earlier.pk}/").status_code == 404


def test_links_to_vouch_by_are_told_once_and_who_answered_as_far_as_they_show_themselves(client, member):
    begin(client, route="community_reference")
    (case,) = cases_of(member)
    ana = verified(profile__display_name="Ana Aberta", profile__visibility="community")
    rui = verified(profile__display_name="Rui Reservado")

    made = [post(client, case, "references") for _ in range(4)]
    assert [answer.status_code for answer in made] == [201] * 4
    assert code(post(client, case, "references")) == (409, "conflict", ["four_links_at_once"])
    tokens = [answer.json()["link"].partition("?token=")[2] for answer in made]
    assert vouch(tokens[0], verified(), gives=False) == "done"
    assert [vouch(tokens[1], ana), vouch(tokens[2], rui)] == ["done", "done"]

    answer = client.get(f"{REQUESTS}{case.pk}/references/")
    assert {(row["status"], row["name"], row["link"]) for row in answer.json()["results"]} == {
        ("declined", None, None),
        ("given", "Ana Aberta", None),
        ("given", "A member", None),
        ("open", None, None),
    }
    assert not [token for token in tokens if token in answer.content.decode()]
    assert client.get(f"{REQUESTS}{case.pk}/").json()["waiting_since"] is not None


def test_questions_are_asked_one_by_one_and_nine_right_answers_hand_the_case_in(client, member):
    case = CaseFactory(member=member, waiting_since=None)
    assert post(client, case, "attempts", nation="atlantis").status_code == 400
    begun = post(client, case, "attempts", nation="angola").json()
    assert (begun["question"], begun["finished_at"], begun["is_enough"]) == (None, None, None)
    assert code(post(client, case, "attempts", nation="brasil")) == (409, "conflict", ["attempt_is_open"])
    where = f"attempts/{begun['id']}"

    for place in range(1, 13):
        page = client.get(f"{begun['url']}?lang=pt")
        asked = page.json()["question"]
        assert set(asked) == {"place", "of", "asks", "options", "seconds_left"}
        assert (asked["place"], asked["of"], len(asked["options"])) == (place, 12, 4)
        assert 30 <= asked["seconds_left"] <= 40
        right = right_choice(UUID(begun["id"]))
        said = post(client, case, where, place=place, choice=right if place <= 9 else (right + 1) % 4).json()
        assert (said["question"], said["is_enough"]) == (None, None)  # it is counted when it is read once more
    assert code(post(client, case, where, place=12, choice=0)) == (409, "conflict", ["moved_on"])  # once

    over = client.get(begun["url"]).json()
    assert (over["question"], over["is_enough"], over["finished_at"] is None) == (None, True, False)
    listed = client.get(f"{REQUESTS}{case.pk}/attempts/").json()
    assert (listed["results"], listed["tries_left"]) == ([over], 1)
    assert client.get(f"{REQUESTS}{case.pk}/").json()["waiting_since"] is not None
    assert "score" not in str(listed)


def test_another_members_case_is_not_there(client, member):
    other = CaseFactory(route="document", waiting_since=None)

    assert client.get(f"{REQUESTS}{other.pk}/").status_code == 404
    assert client.delete(f"{REQUESTS}{other.pk}/").status_code == 404
    assert send(client, other).status_code == 404
    assert client.get(REQUESTS).json()["results"] == []


@pytest.mark.parametrize(
    ("scope", "answers"),
    [("verification:read", (200, 403, 403)), ("verification:write", (403, 201, 201)), ("profile:write", (403,) * 3)],
)
def test_a_token_does_what_it_was_made_for(vault, scope, answers):
    member = MemberFactory()
    _token, secret = key(member, scope)
    browser, headers = Client(), with_key(secret)

    read = browser.get(REQUESTS, headers=headers).status_code
    write = begin(browser, headers).status_code
    case = (cases_of(member) or [CaseFactory(member=member, route="document", waiting_since=None)])[0]
    found = (read, write, send(browser, case, headers=headers).status_code)

    assert found == answers


def test_a_stranger_is_asked_who_they_are(vault):
    case, stranger = CaseFactory(route="document", waiting_since=None), Client()

    assert [stranger.get(REQUESTS).status_code, begin(stranger).status_code] == [401, 401]
    assert send(stranger, case).status_code == 401


# Once under a key ----------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_same_answer_and_another_body_none(
    client, member, django_capture_on_commit_callbacks
):
    once = {"Idempotency-Key": "a-key"}
    with django_capture_on_commit_callbacks(execute=True):
        first = begin(client, once, note="Olá")
    again, other = begin(client, once, note="Olá"), begin(client, once, note="Adeus")

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert code(other) == (422, "key_reused", [])
    assert len(cases_of(member)) == 1


def test_a_document_comes_in_once_under_a_key(client, member, vault, django_capture_on_commit_callbacks):
    case, once = CaseFactory(member=member, route="document", waiting_since=None), {"Idempotency-Key": "a-key"}
    with django_capture_on_commit_callbacks(execute=True):
        first = send(client, case, headers=once)
    again = send(client, case, headers=once)
    other = send(client, case, strange.encoded(strange.scene(61), "jpeg"), headers=once)

    assert (again.status_code, again.json()) == (201, first.json())
    assert other.status_code == 422
    assert len(evidence_of(case)) == len(kept(vault)) == 1


def test_while_the_first_is_under_way_the_second_waits(client, member):
    once = {"Idempotency-Key": "a-key"}
    begin(client, once)  # and its transaction has not been committed

    second = begin(client, once)

    assert code(second) == (409, "under_way", [])
    assert second["Retry-After"]
    with pytest.raises(UnderWay):  # it was refused, and forgotten, between two looks
        _again(None, b"", None)


def test_what_was_refused_may_be_asked_for_again_under_the_same_key(client, member):
    once = {"Idempotency-Key": "a-key"}

    assert begin(client, once, consent=False).status_code == 400
    assert begin(client, once).status_code == 201


def test_a_key_is_its_members_own(client, member, django_capture_on_commit_callbacks):
    once, other, theirs = {"Idempotency-Key": "a-key"}, Client(), MemberFactory()
    enter(other, theirs)
    with django_capture_on_commit_callbacks(execute=True):
        begin(client, once)

    assert begin(other, once).status_code == 201
    assert len(cases_of(theirs)) == 1


def test_a_key_is_of_one_endpoint(client, member, vault, django_capture_on_commit_callbacks):
    once = {"Idempotency-Key": "a-key"}
    with django_capture_on_commit_callbacks(execute=True):
        begin(client, once)
        (case,) = cases_of(member)
        assert send(client, case, headers=once).status_code == 201


def test_what_is_under_way_is_forgotten_after_two_minutes_and_an_answer_after_a_day(
    client, member, django_capture_on_commit_callbacks
):
    def left() -> list[int]:
        redis = get_redis_connection("default")
        return [redis.ttl(name) for name in redis.keys(cache.make_key("once:*"))]

    with django_capture_on_commit_callbacks(execute=True):
        begin(client, {"Idempotency-Key": "a-key"})
        (seconds,) = left()
        assert 60 < seconds <= 120
    (seconds,) = left()
    assert 23 * 3600 < seconds <= 24 * 3600


def test_nobody_without_the_towns_secret_knows_where_an_answer_lies_or_opens_it(settings):
    before = [_digest(b"a-key", use) for use in (b"name", b"answer")]
    settings.SECRET_KEY = "another"
    assert not {*before} & {_digest(b"a-key", use) for use in (b"name", b"answer")}
    assert before[0] != before[1]


def test_redis_alone_tells_nothing_of_an_answer(client, member, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        begin(client, {"Idempotency-Key": "a-key"}, note="Segredo")

    redis = get_redis_connection("default")
    found = [redis.get(name) for name in redis.keys(cache.make_key("once:*"))]
    assert found
    assert all(b"Segredo" not in value and b"document" not in value for value in found)


def test_while_redis_is_away_nothing_is_done_under_a_key(client, member):
    with patch("community.idempotency.get_redis_connection", side_effect=RedisError):
        assert begin(client, {"Idempotency-Key": "a-key"}).status_code == 503
    assert cases_of(member) == []


@pytest.mark.parametrize("given", [" ", "k" * 201])
def test_a_key_that_is_none_is_refused(client, member, given):
    assert begin(client, {"Idempotency-Key": given}).status_code == 400
    assert cases_of(member) == []


@pytest.mark.parametrize("body", ["[5]", '[{"route": "document"}]', '"document"', "null", "3"])
def test_a_body_without_fields_is_refused_under_a_key_too(client, member, body):
    answer = client.post(REQUESTS, body, content_type="application/json", headers={"Idempotency-Key": "chave"})

    assert answer.status_code == 400


def test_a_fingerprint_is_kept_of_what_came_by_the_api_too(client, member):
    case = CaseFactory(member=member, route="document", waiting_since=None)
    send(client, case)
    assert evidence_of(case)[0].fingerprint == sealing.fingerprint(JPEG).hex()
