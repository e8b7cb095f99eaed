from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from community.identity import acting_as, signing_in
from community.models import Member, Profile
from tests.databases import as_role
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def current_member() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_member()::text, '')")
        return cursor.fetchone()[0]


def test_without_identity_no_member_exists():
    MemberFactory.create_batch(2)

    assert Member.objects.count() == 0
    assert Profile.objects.count() == 0


def test_a_member_sees_their_own_account_alone():
    ana, _ = MemberFactory.create_batch(2)

    with acting_as(ana):
        assert list(Member.objects.all()) == [ana]


@pytest.mark.parametrize(
    ("visibility", "stranger", "member"),
    [("public", True, True), ("community", False, True), ("private", False, False)],
)
def test_a_profile_is_seen_by_whom_its_member_chose(visibility: str, stranger: bool, member: bool):
    MemberFactory(profile__visibility=visibility, profile__display_name="Ana")
    someone = MemberFactory()

    assert Profile.objects.filter(display_name="Ana").exists() is stranger
    with acting_as(someone):
        assert Profile.objects.filter(display_name="Ana").exists() is member


def test_a_block_puts_back_the_identity_it_found():
    ana, rui = MemberFactory.create_batch(2)

    with acting_as(ana):
        with acting_as(rui):
            assert current_member() == str(rui.pk)
        assert current_member() == str(ana.pk)
        with acting_as(None):
            assert current_member() == ""
        assert current_member() == str(ana.pk)
    assert current_member() == ""


def test_a_block_that_fails_in_the_database_puts_back_the_identity_it_found():
    ana, rui = MemberFactory.create_batch(2)

    with acting_as(ana):
        with pytest.raises(DatabaseError), acting_as(rui), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert current_member() == str(ana.pk)


def test_logging_in_shows_the_one_account_by_its_address_or_id():
    ana, _ = MemberFactory.create_batch(2)

    for account in (ana.email.upper(), str(ana.pk)):
        with signing_in(account):
            assert list(Member.objects.all()) == [ana]
    assert Member.objects.count() == 0


def test_a_member_cannot_give_themselves_a_badge_or_a_desk():
    ana = MemberFactory()

    with acting_as(ana):
        for change in ({"is_staff": True}, {"is_superuser": True}, {"is_active": False}):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                Member.objects.filter(pk=ana.pk).update(**change)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Profile.objects.filter(pk=ana.pk).update(heritage_verified_at="2026-01-01T00:00Z")
        assert Member.objects.filter(pk=ana.pk).update(language="en") == 1


def test_one_member_cannot_change_another():
    ana, rui = MemberFactory.create_batch(2)

    with acting_as(ana):
        assert Member.objects.filter(pk=rui.pk).update(language="en") == 0
        assert Profile.objects.filter(pk=rui.pk).update(display_name="Rui was here") == 0


def test_a_session_carries_its_member_through_the_whole_request(client: Client):
    ana = MemberFactory(password="correct horse battery")

    assert (
        client.post("/en/account/login/", {"login": ana.email, "password": "correct horse battery"}).status_code == 302
    )
    answer = client.get("/en/")

    assert answer.wsgi_request.user == ana
    assert answer["Cache-Control"] == "private, no-store"


def test_the_session_of_a_member_who_was_shut_out_is_nobodys(client: Client):
    ana = MemberFactory(password="correct horse battery")
    client.post("/en/account/login/", {"login": ana.email, "password": "correct horse battery"})
    with as_role("owner"):
        Member.objects.filter(pk=ana.pk).update(is_active=False)

    answer = client.get("/en/")

    assert not answer.wsgi_request.user.is_authenticated
    assert current_member() == ""


def test_what_is_the_same_for_everyone_may_be_kept_for_a_member_too(client: Client):
    ana = MemberFactory(password="correct horse battery")
    client.post("/en/account/login/", {"login": ana.email, "password": "correct horse battery"})

    kept = client.get("/tiles/fado/noite.svg")["Cache-Control"]

    assert "public" in kept
    assert "no-store" not in kept


@pytest.mark.parametrize("address", ["/api/v1/taxonomy/", "/tiles/fado/noite.svg", "/en/"])
def test_an_answer_that_takes_a_stale_cookie_away_is_kept_by_no_cache(client: Client, address: str):
    client.cookies["lusotown"] = "a" * 32

    answer = client.get(address)

    assert answer.cookies["lusotown"]["max-age"] == 0
    assert answer["Cache-Control"] == "private, no-store"
