"""At the desk an identity counts only with the desk's own word for it: its database password is not enough."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction
from django.db.models import F
from django.utils.timezone import now

from community import identity
from community.identity import acting_as, known_as
from community.models import Session
from community.sessions import presenting
from tests.databases import as_role
from tests.doors import PASSWORD, guard, log_in_fully
from tests.factories import MemberFactory

in_a_transaction = pytest.mark.django_db


def asked(question: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]


def becomes(said: str) -> object:
    """Whom the database takes for the caller who says so."""
    return asked("SELECT set_config('app.member', %s, true)", said) and asked("SELECT current_member()")


@pytest.fixture
def administrator():
    return MemberFactory(is_staff=True, is_superuser=True)


@in_a_transaction
def test_an_id_makes_nobody_a_moderator(administrator):
    with as_role("desk"):
        assert becomes(str(administrator.pk)) is None
        assert asked("SELECT works_at_the_desk() OR administers()") is False
        assert asked("SELECT count(*) FROM community_member") == 0
        with acting_as(administrator):
            assert asked("SELECT current_member()") == administrator.pk
            assert asked("SELECT works_at_the_desk() AND administers()") is True


@in_a_transaction
def test_the_word_for_one_member_is_not_good_for_another(administrator):
    other = MemberFactory(is_staff=True)
    with as_role("desk"):
        _, _, word = known_as(administrator.pk).partition(" ")

        assert becomes(f"{other.pk} {word}") is None
        assert becomes(f"{administrator.pk} {word}") == administrator.pk
        assert becomes(f"{administrator.pk} {word[:-1]}") is None
        assert becomes(f"{administrator.pk} {word}0") is None


def test_an_overheard_word_is_worth_nothing_later_nor_elsewhere(committed, administrator):
    with transaction.atomic(), as_role("desk"):
        overheard = known_as(administrator.pk)
        assert becomes(overheard) == administrator.pk
    with transaction.atomic(), as_role("desk"):
        assert becomes(overheard) is None
    pid, started = 1, "1"
    with transaction.atomic(), as_role("desk"):  # a signature of our own make, without the key
        assert becomes(f"{administrator.pk} {pid} {started}") is None


@in_a_transaction
def test_no_role_reads_or_changes_what_the_word_is_checked_by():
    for role in ("site", "desk", "worker"):
        with as_role(role):
            for statement in ("SELECT inner_pad FROM community_deskkey", "DELETE FROM community_deskkey"):
                with pytest.raises(Error, match="permission denied"), transaction.atomic():
                    asked(statement)


@in_a_transaction
def test_another_key_is_not_believed(administrator, settings):
    settings.DESK_IDENTITY_KEY = b"x" * 32
    with as_role("desk"), acting_as(administrator):
        assert asked("SELECT current_member()") is None


@in_a_transaction
def test_the_site_signs_nothing(administrator):
    assert not identity.is_the_desk()
    assert known_as(administrator.pk) == str(administrator.pk)


CHANGE = "UPDATE community_member SET password = 'theirs now' WHERE id = %s"
TAKE = "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (%s, 'webauthn', '{}', now())"


@in_a_transaction
def test_half_way_in_nobodys_password_or_factor_can_be_changed():
    """To begin logging in takes an address alone, so nothing that lets someone in may change there."""
    colleague, member = MemberFactory(is_staff=True), MemberFactory()
    for account in (colleague, member):
        with as_role("desk"), identity.signing_in(str(account.pk)), connection.cursor() as cursor:
            cursor.execute(CHANGE, [account.pk])
            assert cursor.rowcount == 1
            assert asked("SELECT password FROM community_member WHERE id = %s", account.pk) == account.password
            with pytest.raises(Error, match="a second factor is changed by whose it is"), transaction.atomic():
                cursor.execute(TAKE, [account.pk])
            for column in ("email = 'mine@example.com'", "is_active = NOT is_active"):
                with pytest.raises(Error), transaction.atomic():
                    cursor.execute(f"UPDATE community_member SET {column} WHERE id = %s", [account.pk])


@in_a_transaction
def test_logged_in_one_changes_ones_own(administrator):
    with as_role("desk"), acting_as(administrator), connection.cursor() as cursor:
        cursor.execute(CHANGE, [administrator.pk])
        cursor.execute(TAKE, [administrator.pk])
        assert asked("SELECT password FROM community_member WHERE id = %s", administrator.pk) == "theirs now"


def test_sql_with_the_key_of_ones_own_login_lengthens_it_by_nothing(committed, desk, settings):
    ana = guard(MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True))
    log_in_fully(desk, ana)
    key, copied = desk.session.session_key, "c" * 32
    with as_role("owner"):
        early = {
            "opened_at": F("opened_at") - timedelta(hours=10),
            "last_used_at": F("last_used_at") - timedelta(minutes=9),
        }
        Session.objects.filter(pk=key).update(**early)
        kept = Session.objects.get(pk=key)
    with as_role("desk"), presenting(key), connection.cursor() as cursor:
        cursor.execute("UPDATE community_session SET opened_at = now(), last_used_at = now() + interval '9 hours'")
        found = Session.objects.get()
        assert (found.opened_at, found.last_used_at <= now()) == (kept.opened_at, True)
        for member in ("NULL", f"'{uuid4()}'"):
            with pytest.raises(Error, match="stays whose it is"), transaction.atomic():
                cursor.execute(f"UPDATE community_session SET member_id = {member}")
    copy = (
        "INSERT INTO community_session (session_key, session_data, expire_date, door, member_id, device, last_used_on)"
        " VALUES (%s, %s, %s, 'desk', %s, '', now())"
    )
    with as_role("desk"), presenting(copied), connection.cursor() as cursor:
        with pytest.raises(Error, match="takes the desk's own word"), transaction.atomic():
            cursor.execute(copy, [copied, kept.session_data, kept.expire_date, ana.pk])
        cursor.execute(copy, [copied, kept.session_data, kept.expire_date, None])
    assert desk.get("/events/event/").status_code == 200
    desk.cookies[settings.SESSION_COOKIE_NAME] = copied
    assert desk.get("/events/event/").status_code == 302
