"""What opens the desk: a hole in the site cannot change it. Who gives ranks there: test_ranks."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client

from community.identity import acting_as, signing_in
from community.models import Member
from tests.browsing import address
from tests.databases import as_role
from tests.doors import PASSWORD, code, guard, log_in
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

SITE_DOOR = "/en/account/login/"
CODES = Authenticator.Type.RECOVERY_CODES


@pytest.fixture(params=["is_staff", "is_superuser"])
def chief(request: pytest.FixtureRequest) -> Member:
    """Someone who works at the desk, with an app and recovery codes."""
    member = guard(MemberFactory(password=PASSWORD, **{request.param: True}))
    with as_role("owner"):
        RecoveryCodes.activate(member)
    return member


def keys() -> list[object]:
    """Everything that opens an account, as the owner sees it."""
    with as_role("owner"):
        return [
            *Member.objects.order_by("pk").values_list("pk", "password"),
            *Authenticator.objects.order_by("pk").values_list("pk", "user", "type", "data"),
        ]


def refused(sql: str, *values: object) -> None:
    with pytest.raises(DatabaseError, match="changed at the desk"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_the_site_cannot_change_what_opens_the_desk(chief):
    mine = guard(MemberFactory())
    before = keys()

    with acting_as(mine), signing_in(chief.email):
        Member.objects.filter(pk=chief.pk).update(password="another")
        refused("DELETE FROM mfa_authenticator WHERE user_id = %s", chief.pk)
        refused("UPDATE mfa_authenticator SET user_id = %s WHERE user_id = %s", mine.pk, chief.pk)
        refused("UPDATE mfa_authenticator SET user_id = %s, type = 'webauthn' WHERE user_id = %s", chief.pk, mine.pk)
        refused("UPDATE mfa_authenticator SET data = '{}' WHERE user_id = %s", chief.pk)
        refused(
            "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (%s, 'webauthn', '{}', now())",
            chief.pk,
        )

    assert keys() == before


def test_the_site_crosses_out_a_desk_workers_recovery_code_and_never_brings_one_back(chief):
    codes = "UPDATE mfa_authenticator SET data = jsonb_set(data, '{used_mask}', %s) WHERE user_id = %s AND type = %s"

    with acting_as(chief):
        with connection.cursor() as cursor:
            cursor.execute(codes, ["5", chief.pk, CODES])
        refused(codes, "1", chief.pk, CODES)
        refused("UPDATE mfa_authenticator SET data = data - 'used_mask' WHERE user_id = %s", chief.pk)
        assert Authenticator.objects.get(type=CODES).data["used_mask"] == 5


def test_a_desk_worker_comes_in_at_the_site_by_code_and_by_recovery_code(chief):
    with as_role("owner"):
        spare, *_rest = RecoveryCodes(Authenticator.objects.get(user=chief, type=CODES)).get_unused_codes()

    for key in (code(), spare):
        client = Client()
        log_in(client, chief, path=SITE_DOOR)
        client.post("/en/account/2fa/authenticate/", {"code": key})
        assert client.session["_auth_user_id"] == str(chief.pk)


@pytest.mark.parametrize("path", ["totp/deactivate/", "recovery-codes/generate/"])
def test_a_desk_worker_is_told_at_the_site_where_to_change_their_second_step(client, chief, path):
    log_in(client, chief, path=SITE_DOOR)
    client.post("/en/account/2fa/authenticate/", {"code": code()})
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    before = keys()

    answer = client.post(f"/en/account/2fa/{path}")

    assert answer.status_code == 200
    assert "You work at the desk" in answer.content.decode()
    assert keys() == before


@pytest.mark.parametrize(
    ("language", "words"), [("en", "ask an administrator of the desk"), ("pt", "peça a quem administra o balcão")]
)
def test_a_desk_worker_who_forgot_their_password_is_told_by_mail_who_resets_it(client, language, words):
    path = address("account_reset_password", language)
    question = {"en": "Do you work at the desk?", "pt": "Trabalha no balcão?"}[language]
    assert question in client.get(path).content.decode()
    chief = MemberFactory(password=PASSWORD, is_staff=True, language=language)

    answer = client.post(path, {"email": chief.email})

    (letter,) = mail.outbox
    assert words in " ".join(str(letter.body).split())
    assert answer["Location"] == address("account_confirm_password_reset_code", language)


def test_a_desk_worker_is_told_at_the_site_that_their_password_is_not_changed_there(client, chief):
    log_in(client, chief, path=SITE_DOOR)
    client.post("/en/account/2fa/authenticate/", {"code": code()})
    words = {"oldpassword": PASSWORD, "password1": "uma-outra-2026", "password2": "uma-outra-2026"}
    before = keys()

    page = client.post("/en/account/password/change/", words)

    assert "an administrator there gives you a new password" in page.content.decode()
    assert keys() == before


def test_members_keep_their_own_keys_at_the_site():
    ana = guard(MemberFactory())

    with acting_as(ana):
        assert Member.objects.filter(pk=ana.pk).update(password="another") == 1
        assert Member.objects.get(pk=ana.pk).password == "another"
        assert Authenticator.objects.filter(user=ana).update(data={}) == 1
        assert Authenticator.objects.filter(user=ana).delete()[0] == 1
