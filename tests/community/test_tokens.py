"""API tokens: what opens with them, on the real middleware, row security and limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client
from django.utils.timezone import now
from rest_framework.permissions import AllowAny

from community.answers import Endpoint, InScope
from community.identity import acting_as
from community.models import Member, Profile, Token
from config import api
from tests.databases import as_role
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Member:
    return MemberFactory(profile__visibility="community")


def key(member: Member, *scopes: str, days: int = 30) -> tuple[Token, str]:
    with acting_as(member):
        return Token.objects.issue(member, name="Script", scopes=list(scopes), days=days, at=now())


def with_key(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def get(client: Client, address: str, headers: dict[str, str]) -> Any:
    """Ask in a transaction of its own, as every request has outside of tests."""
    with acting_as(None):
        return client.get(address, headers=headers)


def current_member() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_member()::text, '')")
        return cursor.fetchone()[0]


ADDRESSES = {
    str(pattern.pattern): "/api/v1/"
    + str(pattern.pattern)
    .replace("<uuid:pk>", "00000000-0000-0000-0000-000000000000")
    .replace("<path:rest>", "nothing/here")
    for pattern in api.urlpatterns
}


@pytest.mark.parametrize("pattern", ADDRESSES)
def test_every_endpoint_asks_the_database_as_the_member_whose_token_it_is(pattern, ana, client, monkeypatch):
    if pattern == "docs/":
        pytest.skip("a page of words; it asks the database nothing")
    _, secret = key(ana, "profile:read")
    asked = []

    def probe(self: Endpoint, *args: Any, **kwargs: Any) -> Any:
        asked.append(current_member())
        return finalize(self, *args, **kwargs)

    finalize = Endpoint.finalize_response
    monkeypatch.setattr(Endpoint, "finalize_response", probe)

    answers = [get(client, ADDRESSES[pattern], headers) for headers in (with_key(secret), with_key("lt_no"), {})]

    assert asked == [str(ana.pk), "", ""]
    assert answers[0]["Cache-Control"] == "private, no-store"
    assert (answers[1].status_code, answers[1]["WWW-Authenticate"]) == (
        401, 'Bearer realm="LusoTown", error="invalid_token"'
    )  # fmt: skip
    assert current_member() == ""


def test_what_members_let_members_see_is_seen_with_a_token(ana, client, monkeypatch):
    rui = MemberFactory(profile__visibility="community")
    _, secret = key(ana)
    seen = []
    monkeypatch.setattr(
        "community.api.find_places", lambda given: seen.append(Profile.objects.filter(pk=rui.pk).exists()) or []
    )

    for headers in (with_key(secret), {}):
        get(client, "/api/v1/places/?q=sw8", headers)

    assert seen == [True, False]


def spoilt(kind: str, token: Token) -> None:
    rows = Token.objects.filter(pk=token.pk)
    with as_role("owner"):
        if kind == "revoked":
            rows.update(revoked_at=now())
        elif kind == "expired":
            rows.update(created_at=now() - timedelta(days=2), expires_at=now() - timedelta(seconds=1))
        elif kind == "closed":
            Member.objects.filter(pk=token.member_id).update(is_active=False)
        elif kind == "withdrawn":
            Profile.objects.filter(pk=token.member_id).update(withdrawn_at=now())
        elif kind == "erased":
            Member.objects.get(pk=token.member_id).delete()


@pytest.mark.parametrize("kind", ["revoked", "expired", "closed", "withdrawn", "erased"])
def test_a_token_is_dead_on_the_next_request(kind, ana, client):
    token, secret = key(ana)
    assert client.get("/api/v1/taxonomy/", headers=with_key(secret)).status_code == 200

    spoilt(kind, token)
    answer = client.get("/api/v1/taxonomy/?lang=en", headers=with_key(secret))

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["detail"].startswith("This token is not good, or not any more.")


def test_a_token_of_a_key_that_is_being_replaced_still_opens(ana, client, settings):
    _, secret = key(ana)
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one, as keys are changed at times", [old]
    assert client.get("/api/v1/taxonomy/", headers=with_key(secret)).status_code == 200

    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/api/v1/taxonomy/", headers=with_key(secret)).status_code == 401


class Probe(Endpoint):
    """An endpoint of a member's own, as those to come."""

    permission_classes = [InScope]
    is_private = True
    scopes = {"GET": "profile:read"}

    def get(self, request: Any) -> Any:
        return api.Response({"asks": current_member()})


def test_a_scope_that_is_missing_is_named_and_a_stranger_is_asked_who_they_are(ana, rf_through_middleware):
    _, reading = key(ana, "profile:read")
    _, writing = key(ana, "profile:write", "events:write")

    good, bad, nobody = (
        rf_through_middleware(headers) for headers in (with_key(reading), with_key(writing), {})
    )  # fmt: skip

    assert (good.status_code, good.json()) == (200, {"asks": str(ana.pk)})
    assert (bad.status_code, bad.json()["detail"]) == (403, "This token lacks the scope profile:read.")
    assert bad["WWW-Authenticate"] == 'Bearer realm="LusoTown", error="insufficient_scope", scope="profile:read"'
    assert (nobody.status_code, nobody["WWW-Authenticate"]) == (401, 'Bearer realm="LusoTown"')
    assert {answer["Cache-Control"] for answer in (good, bad, nobody)} == {"private, no-store"}
    assert nobody["RateLimit"].startswith('"anonymous"')


@pytest.fixture
def rf_through_middleware(client, monkeypatch):
    """Ask the probe at an address of the API, through all that stands before it."""
    monkeypatch.setattr(api.Nothing, "permission_classes", Probe.permission_classes)
    monkeypatch.setattr(api.Nothing, "scopes", Probe.scopes, raising=False)
    monkeypatch.setattr(api.Nothing, "is_private", True)
    monkeypatch.setattr(api.Nothing, "check_parameters", lambda *_: None)
    monkeypatch.setattr(api.Nothing, "get", lambda self, request, rest: Probe.get(self, request))
    return lambda headers: get(client, "/api/v1/probe/", headers)


def test_each_token_has_a_limit_of_its_own_and_bad_ones_count_as_their_address(ana, client, settings):
    settings.API_LIMITS = {"anonymous": (2, 10), "member": (2, 10), "token": (3, 10)}
    (_, first), (_, second) = key(ana), key(ana)

    statuses = [client.get("/api/v1/taxonomy/", headers=with_key(first)).status_code for _ in range(4)]
    other = client.get("/api/v1/taxonomy/", headers=with_key(second))
    tried = [client.get("/api/v1/taxonomy/", headers=with_key(f"lt_{n}")).status_code for n in range(3)]

    assert statuses == [200, 200, 200, 429]
    assert (other.status_code, other["RateLimit-Policy"]) == (200, '"token";q=3;w=10')
    assert tried == [401, 401, 429]


def test_a_token_opens_no_page_and_a_session_needs_none(ana):
    _, secret = key(ana)
    client = Client()

    assert not client.get("/en/", headers=with_key(secret)).wsgi_request.user.is_authenticated


def test_only_a_hash_is_kept_and_the_day_of_use(ana, client):
    token, secret = key(ana, "profile:read")
    client.get("/api/v1/taxonomy/", headers=with_key(secret))

    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute("SELECT t::text, last_used_on = current_date FROM community_token AS t")
        ((row, is_today),) = cursor.fetchall()
    assert secret not in row
    assert secret.startswith(token.prefix)
    assert is_today


def test_nobody_lists_anothers_tokens_brings_one_back_or_makes_one_for_ever(ana):
    token, _ = key(ana)
    with acting_as(MemberFactory()):
        assert Token.objects.count() == 0
        assert Token.objects.filter(pk=token.pk).update(revoked_at=now()) == 0
        with pytest.raises(Error, match="row-level security"), transaction.atomic():
            Token.objects.issue(ana, name="?", scopes=[], days=1, at=now())
    with acting_as(ana):
        for scopes, days in (([], 367), ([], 0), (["everything"], 1)):
            with pytest.raises(Error, match="token_"), transaction.atomic():
                Token.objects.issue(ana, name="?", scopes=scopes, days=days, at=now())
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            Token.objects.update(expires_at=now() + timedelta(days=300))
        token.revoke(at=now())
        assert Token.objects.update(revoked_at=None) == 0
    with acting_as(None):
        assert Token.objects.count() == 0


def test_another_origin_may_send_a_token_but_never_a_cookie(client):
    asked = client.options(
        "/api/v1/taxonomy/",
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        },
    )

    assert asked["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in asked["Access-Control-Allow-Headers"].lower()
    assert "Access-Control-Allow-Credentials" not in asked


def test_an_endpoint_for_everyone_needs_no_scope():
    assert {view.permission_classes[0] for view in (api.EventList, api.Places, api.Taxonomy)} == {AllowAny}
