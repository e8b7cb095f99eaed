"""The API is what its description says: every operation is tried, and every answer held to the schema."""

from __future__ import annotations

from datetime import timedelta

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils.timezone import now
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from schemathesis import GenerationMode

from community.models.tokens import OFFERED
from tests.databases import as_role
from tests.factories import (
    BusinessFactory,
    CaseFactory,
    EventFactory,
    EvidenceFactory,
    MemberFactory,
    TurnoutFactory,
    fill_profile,
)

pytestmark = pytest.mark.django_db

OPERATIONS = [
    "/api/v1/",
    "/api/v1/businesses/",
    "/api/v1/businesses/{id}/",
    "/api/v1/events/",
    "/api/v1/events/calendar.ics",
    "/api/v1/events/feed.atom",
    "/api/v1/events/{id}/",
    "/api/v1/events/{id}/event.ics",
    "/api/v1/members/me/",
    "/api/v1/members/me/matches/",
    "/api/v1/members/{id}/",
    "/api/v1/members/{id}/compatibility/",
    "/api/v1/places/",
    "/api/v1/taxonomy/",
    "/api/v1/verification/requests/",
    "/api/v1/verification/requests/{id}/",
    "/api/v1/verification/requests/{id}/appeal/",
    "/api/v1/verification/requests/{id}/attempts/",
    "/api/v1/verification/requests/{id}/attempts/{attempt}/",
    "/api/v1/verification/requests/{id}/documents/",
    "/api/v1/verification/requests/{id}/documents/{document}/",
    "/api/v1/verification/requests/{id}/hand-in/",
    "/api/v1/verification/requests/{id}/references/",
    "/api/v1/verification/requests/{id}/reply/",
]
VERBS = {
    "/api/v1/members/me/": {"get", "patch"},
    "/api/v1/verification/requests/": {"get", "post"},
    "/api/v1/verification/requests/{id}/": {"get", "delete"},
    "/api/v1/verification/requests/{id}/appeal/": {"post"},
    "/api/v1/verification/requests/{id}/attempts/": {"get", "post"},
    "/api/v1/verification/requests/{id}/attempts/{attempt}/": {"get", "post"},
    "/api/v1/verification/requests/{id}/documents/": {"post"},
    "/api/v1/verification/requests/{id}/documents/{document}/": {"delete"},
    "/api/v1/verification/requests/{id}/hand-in/": {"post"},
    "/api/v1/verification/requests/{id}/references/": {"get", "post"},
    "/api/v1/verification/requests/{id}/reply/": {"post"},
}


def test_a_key_is_offered_what_some_endpoint_asks_for_and_nothing_else(client):
    paths = client.get("/api/v1/schema/").json()["paths"]
    asked_for = {
        scope
        for methods in paths.values()
        for operation in methods.values()
        for way in operation.get("security", [])
        for scope in way.get("token", [])
    }

    assert asked_for == {scope for scope, _words in OFFERED}


@pytest.fixture
def town(settings):
    """Something of each kind, so that the answers have rows, and nobody counts who asks."""
    settings.API_LIMITS = {"anonymous": (1_000_000, 1), "member": (1_000_000, 1)}
    business = BusinessFactory(opening_hours="Mo-Su 09:00-17:00", phone="020 7946 0018")
    event = EventFactory(business=business, description_pt="Vozes.", cultural_significance_en="Old.")
    TurnoutFactory(event=event, attending=3)
    EventFactory(format="online", online_url="https://example.org/", location=None, borough=None, postcode="")
    return {"/api/v1/businesses/{id}/": business.pk, "/api/v1/events/{id}/": event.pk}


@pytest.fixture
def app():
    """The site as a server sees it, but in this test's transaction, and without packing what it answers."""
    site = get_wsgi_application()

    def unpacked(environ, start_response):
        return site(environ | {"HTTP_ACCEPT_ENCODING": "identity"}, start_response)

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield unpacked
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def schema(town, app):
    loaded = schemathesis.openapi.from_wsgi("/api/v1/schema/", app=app)
    # A slug or a place is any text to the schema, and a 400 where the town does not know it; nobody is logged in.
    loaded.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "400", "401", "404"]
    return loaded


def test_every_endpoint_is_described(schema):
    assert schema.raw_schema["openapi"].startswith("3.1")
    assert sorted(schema.raw_schema["paths"]) == OPERATIONS
    verbs = {address: set(operations) for address, operations in schema.raw_schema["paths"].items()}
    assert verbs == {address: {"get"} for address in OPERATIONS} | VERBS


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize("address", OPERATIONS)
def test_every_answer_is_as_described_whatever_is_asked(schema, address, mode):
    verbs = VERBS.get(address, {"get"})
    operation = schema[address][next(verb for verb in ("get", "post", "delete") if verb in verbs).upper()]

    @trying(
        max_examples=8,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate()

    ask()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?translations=true&lang=pt",
        "?near=Stockwell&ordering=distance",
        "?q=noite&near=SW8",
        "?format=geojson&page_size=1",
        "?updated_since=2020-01-01T00:00:00Z&page_size=1",
    ],
)
@pytest.mark.parametrize("address", ["/api/v1/events/", "/api/v1/businesses/"])
def test_lists_with_rows_are_as_described(schema, address, query):
    operation = schema[address]["GET"]
    parameters = dict(part.split("=") for part in query.removeprefix("?").split("&") if part)

    operation.Case(query=parameters).call_and_validate()


@pytest.mark.parametrize("address", ["/api/v1/events/{id}/", "/api/v1/businesses/{id}/"])
def test_a_row_is_as_described(schema, town, address):
    operation = schema[address]["GET"]

    answer = operation.Case(path_parameters={"id": str(town[address])}).call_and_validate()

    assert answer.status_code == 200


def test_a_member_is_as_described_to_others_and_to_themselves(schema, client):
    member = MemberFactory(profile__visibility="public")
    fill_profile(member, "public")
    with as_role("owner"):
        client.force_login(member)
    token = "a" * 32
    cookies = {"lusotown": client.cookies["lusotown"].value, "lusotown_csrf": token}

    others = schema["/api/v1/members/{id}/"]["GET"].Case(path_parameters={"id": str(member.pk)}).call_and_validate()
    me = schema["/api/v1/members/me/"]["GET"].Case(cookies=cookies).call_and_validate()
    change = schema["/api/v1/members/me/"]["PATCH"].Case(
        cookies=cookies,
        headers={"X-CSRFToken": token, "If-Match": me.headers["etag"][0]},
        body={"contact": "open", "arrival": None},
        media_type="application/json",
    )

    assert [others.status_code, me.status_code, change.call_and_validate().status_code] == [200, 200, 200]
    assert change.call_and_validate().status_code == 412


def test_ones_verification_is_as_described(schema, client):
    member = MemberFactory()
    case = CaseFactory(member=member, route="document", waiting_since=None)
    EvidenceFactory(case=case)
    with as_role("owner"):
        client.force_login(member)
    cookies = {"lusotown": client.cookies["lusotown"].value, "lusotown_csrf": "a" * 32}
    base, one = "/api/v1/verification/requests/", {"path_parameters": {"id": str(case.pk)}, "cookies": cookies}
    written = {"headers": {"X-CSRFToken": "a" * 32, "Idempotency-Key": "k"}, "cookies": cookies}
    new = {"route": "document", "consent": True}

    answers = [
        schema[base]["GET"].Case(cookies=cookies),
        schema[base + "{id}/"]["GET"].Case(**one),
        schema[base]["POST"].Case(**written, body=new, media_type="application/json"),
        schema[base + "{id}/"]["DELETE"].Case(**one, headers={"X-CSRFToken": "a" * 32}),
        schema[base]["POST"].Case(**written, body=new, media_type="application/json"),
    ]

    assert [case.call_and_validate().status_code for case in answers] == [200, 200, 409, 204, 201]


def test_what_a_case_asks_of_its_member_is_as_described(schema, client):
    member = MemberFactory()
    with as_role("owner"):
        client.force_login(member)
    cookies = {"lusotown": client.cookies["lusotown"].value, "lusotown_csrf": "a" * 32}

    def call(where: str, verb: str, body: dict | None = None, **parts: object) -> int:
        said = {"headers": {"X-CSRFToken": "a" * 32}, "cookies": cookies} if verb != "GET" else {"cookies": cookies}
        said |= {"body": body, "media_type": "application/json"} if body else {}
        parts = {"id": str(case.pk)} | {name: str(value) for name, value in parts.items()}
        operation = schema["/api/v1/verification/requests/{id}/" + where][verb]
        return operation.Case(path_parameters=parts, **said).call_and_validate().status_code

    case = CaseFactory(member=member, route="document", waiting_since=None)
    paper = EvidenceFactory(case=case)
    assert call("documents/{document}/", "DELETE", document=paper.pk) == 204
    EvidenceFactory(case=case)
    assert call("hand-in/", "POST") == 200
    assert call("reply/", "POST", {"text": "Sim."}) == 409
    assert call("appeal/", "POST", {"note": "Outra vez."}) == 409
    assert call("", "DELETE") == 204

    case = CaseFactory(member=member, route="community_reference", waiting_since=None)
    assert [call("references/", "POST"), call("references/", "GET"), call("", "DELETE")] == [201, 200, 204]

    case = CaseFactory(member=member, route="cultural_knowledge", waiting_since=None)
    assert call("attempts/", "POST", {"nation": "angola"}) == 201
    assert call("attempts/", "GET") == 200
    with as_role("owner"):
        attempt = case.attempts.get().pk
    assert call("attempts/{attempt}/", "GET", attempt=attempt) == 200
    with as_role("owner"):  # a question is answered by a later transaction, and a test is one
        case.attempts.update(asked_at=now() - timedelta(seconds=5))
    assert call("attempts/{attempt}/", "POST", {"place": 1, "choice": 0}, attempt=attempt) == 200
