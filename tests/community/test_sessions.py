from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from community.devices import device_words
from community.identity import acting_as
from community.models import Device, MatchingChoice, Member, Session
from community.sessions import presenting
from tests.databases import as_role
from tests.doors import PASSWORD, log_in
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
FOREVER = "2099-01-01T00:00Z"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


@pytest.fixture
def ana() -> Member:
    return MemberFactory(password=PASSWORD)


def came_in(member: Member) -> Client:
    browser = Client(headers={"User-Agent": FIREFOX})
    log_in(browser, member, path="/en/account/login/")
    return browser


@pytest.mark.parametrize("door", ["site", "desk"])
def test_nobody_lists_sessions_and_a_key_opens_its_own_alone_at_its_own_door(door: str):
    with as_role("owner"):
        for letter in ("s", "t"):
            Session.objects.create(session_key=letter * 32, session_data="", expire_date=FOREVER, door="site")
        Session.objects.create(session_key="d" * 32, session_data="", expire_date=FOREVER, door="desk")

    with as_role(door):
        assert list(Session.objects.all()) == []
        with presenting(door[0] * 32):
            assert [session.door for session in Session.objects.all()] == [door]
        with presenting("desk"[0] * 32 if door == "site" else "s" * 32):
            assert list(Session.objects.all()) == []


def test_with_another_identity_no_key_and_no_contents_of_their_sessions_can_be_read(ana: Member):
    came_in(ana)

    with acting_as(ana), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.session', '', true)")
        cursor.execute("SELECT count(*) FROM community_session")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'community_device'::regclass AND attnum > 0")
        assert {name for (name,) in cursor.fetchall()} == {"id", "door", "device", "last_used_on", "is_this"}


def test_a_member_sees_their_own_browsers_and_ends_one(ana: Member):
    came_in(MemberFactory(password=PASSWORD))
    here, there = came_in(ana), came_in(ana)
    key = there.session.session_key

    with acting_as(ana), presenting(key):
        assert [(d.device, d.last_used_on, d.is_this) for d in Device.objects.all()] == [
            ("Firefox · Linux", localdate(), True),
            ("Firefox · Linux", localdate(), False),
        ]
        Device.objects.filter(is_this=True).delete()

    assert not there.get("/en/").wsgi_request.user.is_authenticated
    assert here.get("/en/").wsgi_request.user == ana


def test_a_browser_says_on_which_day_it_was_last_used_and_is_written_once_a_day(ana: Member):
    browser = came_in(ana)
    with acting_as(ana):
        MatchingChoice.objects.create(member=ana)
    with as_role("owner"):
        long_ago = localdate() - timedelta(days=3)
        Session.objects.update(last_used_on=long_ago)
        MatchingChoice.objects.update(active_on=long_ago)

    browser.get("/en/about/")

    with as_role("owner"):
        assert Session.objects.get().last_used_on == localdate()
        assert MatchingChoice.objects.get().active_on == localdate()
    with CaptureQueriesContext(connection) as queries:
        browser.get("/en/about/")
    asked = [query["sql"] for query in queries]
    assert len(asked) == 3, "\n".join(asked)  # begin; the session, whose it is and unread notices; end


def test_the_version_before_is_answered_until_it_is_restarted(ana: Member):
    """``prepare`` runs while it serves; it asked for the day (community/migrations/0111)."""
    browser = came_in(ana)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT last_used_on, member, unread, (account).id FROM session_presented(%s, now())",
            [browser.session.session_key],
        )
        assert cursor.fetchone() == (localdate(), ana.pk, 0, ana.pk)


def test_whoever_logs_in_was_here_today(ana: Member):
    with acting_as(ana):
        MatchingChoice.objects.create(member=ana)
    with as_role("owner"):
        MatchingChoice.objects.update(active_on=localdate() - timedelta(days=3))

    came_in(ana)

    with as_role("owner"):
        assert MatchingChoice.objects.get().active_on == localdate()


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox · Linux"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36",
         "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
         "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
         "Edge · Windows"),
        ("<script>", ""),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_plain_words(user_agent: str, words: str):
    assert device_words(user_agent) == words


@pytest.mark.parametrize("cookie", ["\0" * 32, "'; SELECT 1; --", "x", "á" * 32, "x" * 5000])
def test_what_is_no_key_of_a_session_is_a_strangers(cookie: str):
    browser = Client()
    for page in ("/en/about/", "/en/account/login/"):
        browser.cookies["lusotown"] = cookie

        response = browser.get(page)

        assert response.status_code == 200
        assert not response.wsgi_request.user.is_authenticated


def test_the_member_of_a_session_is_the_one_the_orm_would_bring(ana: Member):
    browser = came_in(ana)
    with acting_as(ana):
        expected = Member.objects.get(pk=ana.pk)

    brought = browser.get("/en/about/").wsgi_request.user

    later = brought.get_deferred_fields()
    assert later == {"last_login", "joined_at", "adult_confirmed_at", "guidelines_accepted_at"}
    with acting_as(ana):  # as the pages that show them do
        assert {f.attname: getattr(brought, f.attname) for f in Member._meta.concrete_fields} == {
            f.attname: getattr(expected, f.attname) for f in Member._meta.concrete_fields
        }
    assert (brought._state.db, brought._state.adding) == ("default", False)


def test_a_session_of_an_account_that_was_closed_is_a_strangers(ana: Member):
    browser = came_in(ana)
    with as_role("owner"):
        Member.objects.filter(pk=ana.pk).update(is_active=False)

    assert not browser.get("/en/about/").wsgi_request.user.is_authenticated


def test_a_session_gives_the_identity_that_it_signed_and_not_the_one_its_row_names(ana: Member):
    browser, other = came_in(ana), MemberFactory()
    with as_role("owner"):
        Session.objects.update(member=other)

    response = browser.get("/en/about/")

    assert response.wsgi_request.user == ana
    with acting_as(other), presenting(browser.session.session_key), connection.cursor() as cursor:
        cursor.execute("SELECT member, unread FROM session_presented('no such key', now())")
        assert cursor.fetchone() == (None, None)
        cursor.execute("SELECT current_member()")
        assert cursor.fetchone() == (None,)
