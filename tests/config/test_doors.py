from __future__ import annotations

import os
import subprocess
import sys
from unittest.mock import MagicMock

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.urls import NoReverseMatch, reverse

from config import doors
from config.settings import BASE_DIR
from tests.databases import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stay_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)


def test_a_door_opens_with_its_own_role(settings):
    for door in ("site", "desk", "worker"):
        settings.DOOR = door
        with as_role(door):
            doors.refuse_a_role_that_sees_all()


@pytest.mark.parametrize(("door", "role", "reason"), [("site", "owner", "owns tables"), ("site", "desk", "is not")])
def test_a_door_refuses_another_role(settings, door: str, role: str, reason: str):
    settings.DOOR = door

    with as_role(role), pytest.raises(ImproperlyConfigured, match=reason):
        doors.refuse_a_role_that_sees_all()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (("lusotown_site", True, False, False, False), "a superuser"),
        (("lusotown_site", False, True, False, False), "BYPASSRLS"),
        (("lusotown_site", False, False, True, False), "owns tables"),
    ],
)
def test_a_role_above_row_security_is_refused_under_the_right_name_too(settings, monkeypatch, found, reason: str):
    settings.DOOR = "site"
    answer = MagicMock()
    answer.cursor.return_value.__enter__.return_value.fetchone.return_value = found
    monkeypatch.setattr(doors, "connection", answer)

    with pytest.raises(ImproperlyConfigured, match=reason):
        doors.refuse_a_role_that_sees_all()


@pytest.mark.parametrize("where", ["", "IN DATABASE {} "])
def test_a_door_stays_shut_where_its_role_was_left_settings(settings, where: str):
    settings.DOOR = "desk"
    with as_role("desk"), connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_database())")
        database = where.format(*cursor.fetchone())
        cursor.execute(f"ALTER ROLE lusotown_desk {database}SET default_transaction_isolation = 'repeatable read'")
        with pytest.raises(ImproperlyConfigured, match="settings that outlive a session"):
            doors.refuse_a_role_that_sees_all()
        cursor.execute(f"ALTER ROLE lusotown_desk {database}RESET ALL")
        doors.refuse_a_role_that_sees_all()


@pytest.mark.parametrize(
    ("door", "command"),
    [("site", ["-c", "import config.wsgi"]), ("worker", ["manage.py", "procrastinate", "worker", "--one-shot"])],
)
def test_no_process_starts_as_the_owner(door: str, command: list[str]):
    environment = {"DOOR": door, f"DATABASE_URL_{door.upper()}": os.environ["DATABASE_URL_OWNER"], "DEMO": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=BASE_DIR, env=os.environ | environment, capture_output=True, timeout=60
    )

    assert done.returncode != 0
    assert b"will not start: its database role lusotown_owner" in done.stderr


def test_with_an_unknown_key_the_desk_stays_shut(settings):
    settings.DOOR, settings.DESK_IDENTITY_KEY = "desk", b"x" * 32

    with as_role("desk"), pytest.raises(ImproperlyConfigured, match="does not know this DESK_IDENTITY_KEY"):
        doors.refuse_a_role_that_sees_all()


def test_a_role_that_may_not_be_here_is_told_so_and_not_of_a_key(settings, monkeypatch):
    settings.DOOR = "desk"
    monkeypatch.setattr(doors, "_insist_on_being_believed", lambda: pytest.fail("asked of a key"))

    with as_role("owner"), pytest.raises(ImproperlyConfigured, match="owns tables"):
        doors.refuse_a_role_that_sees_all()


def test_the_site_has_no_admin():
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")
