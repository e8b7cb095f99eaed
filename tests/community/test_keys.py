"""What opens the desk: a hole in the site cannot change it. Who gives ranks there: test_ranks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from community.identity import acting_as, signing_in
from community.login import SecondFactorAdapter
from community.models import Member
from tests.browsing import address
from tests.databases import as_role
from tests.doors import PASSWORD, code, guard, log_in
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

NEW = "outra-mare@example.org"
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


@pytest.mark.parametrize("path", ["password/change/", "address/"])
def test_a_desk_worker_is_told_at_the_site_that_what_opens_the_desk_is_not_changed_there(client, chief, path):
    log_in(client, chief, path=SITE_DOOR)
    client.post("/en/account/2fa/authenticate/", {"code": code()})
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})

    page = client.get(f"/en/account/{path}")
    answer = client.post(
        f"/en/account/{path}", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW, "email": NEW}
    )

    assert "what opens the desk is not changed at the site" in page.content.decode()
    assert "<form" not in page.content.decode().partition("<h1>")[2].partition("</main>")[0]
    assert answer.status_code == 200
    with as_role("owner"):
        kept = Member.objects.get(pk=chief.pk)
    assert (kept.check_password(PASSWORD), kept.email) == (True, chief.email)


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


# A key for each door -----------------------------------------------------------------------------------


@pytest.fixture
def two_keys(settings, monkeypatch) -> None:
    """As in a town of its own: what the desk seals the site cannot open."""
    settings.SECRET_KEY_FALLBACKS = []
    keys = {"SITE": "a-key-of-the-site-that-is-long-enough", "DESK": "a-key-of-the-desk-that-is-long-enough"}
    for door, key in keys.items():
        monkeypatch.setenv(f"MFA_KEY_{door}", key)
    settings.MFA_KEY = keys["SITE"]


def reseal() -> str:
    said = StringIO()
    with as_role("owner"):
        call_command("reseal_second_factors", stdout=said)
    return said.getvalue()


def seal_at(settings, door: str) -> SecondFactorAdapter:
    settings.MFA_KEY = os.environ[f"MFA_KEY_{door}"]
    return SecondFactorAdapter()


def test_once_sealed_anew_each_door_opens_its_own_second_factors_and_not_the_others(two_keys, chief, settings):
    ana = guard(MemberFactory())
    settings.MFA_KEY = ""  # from before the doors had keys
    old = guard(MemberFactory())
    keeper = MemberFactory(is_staff=True)
    guard(keeper)

    assert reseal() == "5 sealed anew; 0 could not be opened by any of the keys.\n"
    assert reseal() == "5 sealed anew; 0 could not be opened by any of the keys.\n"

    with as_role("owner"):
        factors = list(Authenticator.objects.all())
    opened = {
        door: {factor.user_id for factor in factors if seal_at(settings, door).opens(factor)}
        for door in ("SITE", "DESK")
    }
    assert opened == {"SITE": {ana.pk, old.pk}, "DESK": {chief.pk, keeper.pk}}


def test_sealing_anew_wants_two_keys(two_keys, monkeypatch):
    monkeypatch.setenv("MFA_KEY_DESK", os.environ["MFA_KEY_SITE"])
    with pytest.raises(CommandError, match="each to a key of its own"):
        reseal()


def test_a_desk_worker_comes_in_at_the_site_by_password_and_mailed_code(two_keys, chief):
    reseal()
    client = Client()

    answer = log_in(client, chief, path=SITE_DOOR)

    assert answer["Location"] == "/en/account/login/code/confirm/"
    assert "_auth_user_id" not in client.session
    assert client.get("/en/account/2fa/authenticate/").status_code == 302
    (letter,) = mail.outbox
    client.post(answer["Location"], {"code": re.search(r"^    (\S+)$", str(letter.body), re.M)[1]})
    assert client.session["_auth_user_id"] == str(chief.pk)
    assert client.get("/en/account/2fa/").status_code == 200


@pytest.mark.parametrize(
    ("password", "told"), [(PASSWORD, "log in with your password"), (None, "Ask an administrator there for a password")]
)
def test_a_mailed_code_alone_does_not_let_a_desk_worker_in(two_keys, chief, password, told):
    reseal()
    with as_role("owner"):
        chief.set_password(password)
        chief.save(update_fields=["password"])
    client = Client()
    answer = client.post("/en/account/login/code/", {"email": chief.email})
    (letter,) = mail.outbox

    answer = client.post(
        answer["Location"], {"code": re.search(r"^    (\S+)$", str(letter.body), re.M)[1]}, follow=True
    )

    assert told in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_mailed_code_is_all_that_is_left_to_a_member_whose_second_step_nothing_opens(two_keys, settings):
    ana = guard(MemberFactory())  # without a password
    settings.MFA_KEY = "a-key-from-after-the-other-was-lost"
    client = Client()
    answer = client.post("/en/account/login/code/", {"email": ana.email})

    client.post(answer["Location"], {"code": re.search(r"^    (\S+)$", str(mail.outbox[-1].body), re.M)[1]})

    assert client.session["_auth_user_id"] == str(ana.pk)


def test_whoever_comes_to_work_at_the_desk_sets_their_app_up_again_there(two_keys, desk, settings):
    ana = guard(MemberFactory(password=PASSWORD))  # sealed at the site
    with as_role("owner"):
        Member.objects.filter(pk=ana.pk).update(is_staff=True)
    seal_at(settings, "DESK")

    log_in(desk, ana)
    desk.post("/account/reauthenticate/?next=/account/2fa/totp/activate/", {"password": PASSWORD})
    page = desk.get("/account/2fa/totp/activate/").content.decode()
    secret = re.search(r'class="door__key">(\w+)<', page)[1]
    desk.post("/account/2fa/totp/activate/", {"code": code(secret)})

    with as_role("owner"):
        (app,) = Authenticator.objects.filter(user=ana, type="totp")
    assert SecondFactorAdapter().decrypt(app.data["secret"]) == secret


def test_a_door_without_a_key_does_not_open_unless_it_is_a_demo():
    command = [sys.executable, "-c", "import config.settings"]
    town = {"DJANGO_SETTINGS_MODULE": "config.settings"}

    def opens(**environment: str) -> int:
        return subprocess.run(command, env=os.environ | town | environment, capture_output=True, timeout=60).returncode

    known = {"site": {"MFA_KEY_SITE": "a-key"}, "desk": {"MFA_KEY_DESK": "a-key", "DESK_IDENTITY_KEY": "k" * 32}}
    for door, keys in known.items():
        assert opens(DOOR=door, DEMO="0", **keys) == 0
        assert opens(DOOR=door, DEMO="1", **dict.fromkeys(keys, "")) == 0
        for name in keys:
            assert opens(DOOR=door, DEMO="0", **keys | {name: ""}) != 0
    for door in ("site", "worker"):  # what the desk signs with is not theirs to know
        assert opens(DOOR=door, **{f"MFA_KEY_{door.upper()}": "a-key", "DESK_IDENTITY_KEY": "k" * 32}) != 0


def test_members_keep_their_own_keys_at_the_site():
    ana = guard(MemberFactory())

    with acting_as(ana):
        assert Member.objects.filter(pk=ana.pk).update(password="another") == 1
        assert Member.objects.get(pk=ana.pk).password == "another"
        assert Authenticator.objects.filter(user=ana).update(data={}) == 1
        assert Authenticator.objects.filter(user=ana).delete()[0] == 1
