"""The end of an account: invisible at once, a day to think again, and then nothing of it anywhere."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.timezone import now
from django_redis import get_redis_connection

from community import erasure
from community.identity import acting_as
from community.models import AuditEntry, Block, Erasure, Export, Letter, MatchingChoice, Member, Portrait, Profile
from community.models.notices import Notice, NoticeChoice, Topic, Weekly, WeeklyLetter
from community.models.staff import Invitation, Onboarding, StaffChange
from community.models.tokens import Token
from community.registry import holdings
from community.tasks import NotErased, erase_members, make_export
from config.erasing import function
from events.models import Event, Posting
from tests.browsing import address
from tests.databases import as_role
from tests.doors import PASSWORD, come_in, log_in
from tests.factories import (
    CaseFactory,
    ClaimPaperFactory,
    EventFactory,
    EvidenceFactory,
    ListingRequestFactory,
    MemberFactory,
    ReportFactory,
    fill_profile,
)
from verification import cases
from verification.models import (
    Attempt,
    ClaimCode,
    Conflict,
    FirstPost,
    ListingRequest,
    News,
    Note,
    Opening,
    Report,
    SavedFilter,
    Stop,
    Vouch,
)

pytestmark = pytest.mark.django_db
MARK = "zq7marca"
# What has no row of theirs in the test below, or one that holds neither the mark nor their id.
UNTOUCHED = {
    *("account_emailconfirmation", "community_member_user_permissions", "events_turnout", "events_event_regions"),
    *("events_event_languages", "events_event_tags", "community_erasure"),
    "verification_claimcode",  # a keyed hash, and the claim it is for
}


@pytest.fixture(autouse=True)
def folders(settings, tmp_path: Path) -> Path:
    settings.EXPORT_ROOT, settings.MEDIA_ROOT = tmp_path / "exports", tmp_path / "media"
    return tmp_path


@pytest.fixture
def ana() -> Member:
    return MemberFactory(email=f"{MARK}@example.org", password=PASSWORD, profile__visibility="public")


@pytest.fixture
def browser(client: Client, ana: Member) -> Client:
    log_in(client, ana, path="/en/account/login/")
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    return client


def end(browser: Client, email: str = f"{MARK}@example.org"):
    return browser.post(address("my_data:erase", "en"), {"address": email}, follow=True)


def a_day_passes() -> None:
    with as_role("owner"):
        Erasure.objects.update(due_at=now() - timedelta(hours=1))


def work() -> None:
    with as_role("worker"):
        erase_members.func(timestamp=0)


def wishes() -> list[Erasure]:
    with as_role("owner"):
        return list(Erasure.objects.all())


def fill_everywhere(member: Member) -> None:
    """Put the mark into every text that is a member's, in every table of theirs."""
    fill_profile(member, "public")
    with as_role("owner"):
        Profile.objects.filter(pk=member.pk).update(display_name=MARK)
        EmailAddress.objects.create(user=member, email=member.email, verified=True)
        Authenticator.objects.create(user=member, type="totp", data={"secret": MARK})
        SocialAccount.objects.create(user=member, provider="google", uid=MARK, extra_data={})
        other = MemberFactory()
        Block.objects.create(blocker=member, blocked=other, name=MARK)
        Block.objects.create(blocker=other, blocked=member, name=MARK)
        for table in (each.table for each in holdings() if each.whose.startswith("t.profile_id")):
            texts = [column for column in text_columns(table) if column not in {"visibility", "borough_id", "picture"}]
            ask(f"UPDATE {table} SET {', '.join(f'{each} = {value(table, each)}' for each in texts)}" if texts else "")
        Portrait.objects.filter(pk=member.pk).update(picture=f"pictures/{MARK}.webp")
        for name in (f"{MARK}.webp", f"{MARK}-480.webp", "poster.webp", f"{MARK}-own.webp"):
            Portrait().picture.storage.save(f"pictures/{name}", ContentFile(b"a picture"))
        own = EventFactory(organizer=member, status="draft", title_pt=MARK, description_pt=MARK, slug=MARK)
        Event.objects.filter(pk=own.pk).update(picture=f"pictures/{MARK}-own.webp", picture_alt_pt=MARK)
        words = {"email": member.email, "name": MARK, "role": MARK, "message": MARK}
        ListingRequestFactory(**words)
        ListingRequestFactory(**words, outcome="granted", decided_at=now(), decided_by=other)
        theirs = ListingRequestFactory(outcome="refused", decided_at=now(), decided_by=member, business_name="Casa")
        claim = ListingRequestFactory(**words, member=member, claimed_by=other, claimed_until=now())
        ClaimCode.objects.create(request=claim, digest=MARK.encode())
        shown = ListingRequestFactory(**words, member=member)
        Opening.objects.create(evidence=ClaimPaperFactory(claim=shown, fingerprint=MARK), by=other, written_in=1)
        Conflict.objects.create(claim=shown, moderator=other, kind="personal")
        Conflict.objects.create(claim=theirs, moderator=member, kind="personal")
        FirstPost.objects.create(event=EventFactory(organizer=member), organizer=member)
        FirstPost.objects.create(
            event=EventFactory(), outcome="back", reason="other", decided_at=now(), decided_by=member
        )
        Letter.objects.create(to=member.email.upper(), subject=MARK, text=MARK, language="pt")
        MatchingChoice.objects.create(member=member).opt_in(at=now())
        Token.objects.issue(member, name=MARK, scopes=["profile:read"], days=9, at=now())
        Notice.objects.create(member=member, topic=Topic.DESK, words=MARK)
        NoticeChoice.objects.create(member=member, topic=Topic.DESK, channels=["mail"])
        Weekly.objects.create(member=member, languages=["pt-PT"], regions=["minho"])
        WeeklyLetter.objects.create(member=member, week=date(2026, 11, 16), written_at=now())
        said = {"kind": Report.Kind.OTHER, "about": Report.About.TOWN, "language": "pt"}
        Report.objects.create(reporter=member, message=MARK, **said)
        about = {"about": Report.About.MEMBER, "about_id": member.pk, "about_name": MARK, "language": "pt"}
        Report.objects.create(reporter=other, kind=Report.Kind.HARASSMENT, **about)
        Report.objects.create(kind=Report.Kind.HATE, outcome="acted", closed_at=now(), **about)
        case = CaseFactory(member=member, note=MARK)
        News.objects.create(case=case, member=member, kind="asked")
        Conflict.objects.create(case=CaseFactory(), moderator=member, kind="personal")
        paper = EvidenceFactory(case=case, fingerprint=MARK)
        Opening.objects.create(evidence=paper, by=other, written_in=1)
        Opening.objects.create(evidence=EvidenceFactory(), by=member, written_in=1)
        Vouch.objects.create(case=case, digest=MARK)
        Vouch.objects.create(case=CaseFactory(), digest="x", status="given", referee=member, answered_at=now())
        Attempt.objects.create(case=case, nation=MARK, drawn=[], orders=[])
        Note.objects.create(case=case, by=other, text=MARK)
        Note.objects.create(case=CaseFactory(), by=member, text="The stamp is hard to read.")
        SavedFilter.objects.create(member=member, name=MARK, query="queue=mine")
        Stop.objects.create(moderator=member, lifted_by=other, lifted_at=now())
        member.groups.add(1)
        week = now() + timedelta(days=7)
        words = {"rank": "moderator", "starts_anew": True, "expires_at": week}
        Invitation.objects.create(member=member, invited_by=other, sent_to=MARK, **words)
        Invitation.objects.create(member=other, invited_by=member, **words)
        StaffChange.objects.create(member=member, kind="invited", by=other)
        StaffChange.objects.create(member=other, kind="invited", by=member)
        Onboarding.objects.create(member=member, version=1)
        kind = ContentType.objects.get_for_model(Member)
        about = {"content_type": kind, "object_id": str(member.pk), "object_repr": MARK, "action_flag": 2}
        LogEntry.objects.create(user=other, change_message=MARK, **about)
        LogEntry.objects.create(user=member, change_message=MARK, **about)
        args = f'{{"to": "{member.pk}"}}'
        ask(f"INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('q', 't', '{args}')")
    other = MemberFactory(is_staff=True)
    with as_role("desk"), acting_as(other):
        cases.claim(case)
        cases.ask(case, MARK, by=other)
    with acting_as(member):
        cases.reply(case, MARK)
    cache.set(f"throttle:{member.pk}", 1)
    cache.set(f"login:{member.email}", 1)
    with acting_as(member):
        export = Export.objects.create(member=member)
    with as_role("worker"):
        make_export.func(str(export.pk))


def value(table: str, column: str) -> str:
    is_list = dict(ask(f"SELECT attname, attndims FROM pg_attribute WHERE attrelid = '{table}'::regclass"))[column]
    return f"'{{{MARK}}}'" if is_list else f"'{MARK}'"


def text_columns(table: str) -> list[str]:
    return [
        name
        for (name,) in ask(
            f"""
            SELECT attname FROM pg_attribute JOIN pg_type AS t ON t.oid = atttypid
             WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped
               AND (t.typcategory = 'S' OR t.typname IN ('_varchar', '_text'))
               AND (atttypmod = -1 OR atttypmod - 4 >= {len(MARK)})
            """
        )
    ]


def ask(query: str) -> list[tuple]:
    if not query:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def tables_with(*traces: str) -> set[str]:
    """Every table of the database in which any of these stands, in whatever column."""
    found = set()
    with as_role("owner"):
        for (table,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            for trace in traces:
                if ask(f"SELECT 1 FROM {table} AS t WHERE strpos(lower(t::text), '{trace.lower()}') > 0 LIMIT 1"):
                    found.add(table)
    return found


READ = {  # what a kind of key holds, all of it
    b"string": lambda redis, key: redis.get(key),
    b"hash": lambda redis, key: redis.hgetall(key),
    b"list": lambda redis, key: redis.lrange(key, 0, -1),
    b"set": lambda redis, key: redis.smembers(key),
    b"zset": lambda redis, key: redis.zrange(key, 0, -1, withscores=True),
    b"stream": lambda redis, key: redis.xrange(key),
}


def kept_in_redis(*traces: str) -> set[str]:
    """The keys of this run that tell of any of these, in their name or in what they hold, of whatever kind."""
    redis, found = get_redis_connection("default"), set()
    for key in redis.keys(cache.make_key("*")):
        held = READ[redis.type(key)](redis, key)
        told = [key, held, unpacked(held)]
        if any(trace.lower() in str(told).lower() for trace in traces):
            found.add(key.decode().rpartition(":1:")[2])
    return found


def unpacked(held: object) -> object:
    """What Django's cache makes of a string, where it is packed or pickled."""
    if not isinstance(held, bytes):
        return None
    try:
        return cache.client.decode(held)
    except Exception:
        return None


def test_the_search_through_redis_reads_every_kind_of_value():
    redis = get_redis_connection("default")
    redis.hset(cache.make_key("hash"), "name", MARK)
    redis.rpush(cache.make_key("list"), "a", MARK)
    redis.sadd(cache.make_key("set"), MARK.upper())
    redis.zadd(cache.make_key("zset"), {MARK: 1})
    redis.xadd(cache.make_key("stream"), {"name": MARK})
    redis.set(cache.make_key("bare"), MARK)
    cache.set("packed", {"rows": [{"name": MARK}]})
    cache.set("long", "ã" * 10_000 + MARK)
    cache.set(MARK, 1)
    cache.set("of another", "Rui")

    assert kept_in_redis(MARK) == {"hash", "list", "set", "zset", "stream", "bare", "packed", "long", MARK}


def test_whoever_is_leaving_already_is_led_to_where_they_can_stay(browser):
    end(browser)

    assert browser.get(address("my_data:erase", "en"))["Location"] == address("my_data:overview", "en")


def test_nothing_of_a_member_is_left_in_any_table_file_cache_or_job(browser, ana, folders, settings):
    announced = EventFactory(organizer=ana, title_pt="Noite de fados")
    with as_role("owner"):
        Event.objects.filter(pk=announced.pk).update(picture="pictures/poster.webp", picture_alt_pt="Um cartaz")
    fill_everywhere(ana)
    for path in ("/api/v1/events/", "/api/v1/events/calendar.ics", f"/api/v1/events/{announced.pk}/event.ics"):
        assert Client().get(path).status_code == 200
    asked = Client().post("/en/account/login/code/", {"email": ana.email})
    assert asked.status_code == 302
    traces = (MARK, str(ana.pk), ana.pk.hex)
    before = tables_with(*traces)
    assert {f"throttle:{ana.pk}", f"login:{ana.email}"} <= kept_in_redis(*traces)
    assert {each.table for each in holdings() if each.whose and each.table not in UNTOUCHED} <= before

    end(browser)
    a_day_passes()
    work()

    assert tables_with(*traces) == set()
    assert sorted(file.name for file in folders.rglob("*") if file.is_file()) == ["poster.webp"]
    assert kept_in_redis(*traces) == set()
    assert cache.keys("code:login:*") == []
    with as_role("owner"):
        (wish,) = Erasure.objects.all()
        assert (wish.member_id, wish.pictures, wish.trace) == (None, [], erasure.trace_of(ana.pk))
        assert wish.erased_at is not None
        kept = Event.objects.get(pk=announced.pk)
        assert (kept.title_pt, kept.organizer_id, kept.status) == ("Noite de fados", None, "published")
        assert Posting.objects.get(pk=announced.pk).organizer is None
        assert sorted(ListingRequest.objects.values_list("outcome", "name", "decided_by")) == [
            ("dropped", "", None),  # there was a document with it
            ("granted", "", ListingRequest.objects.get(outcome="granted").decided_by_id),
            ("refused", "Ana", None),
        ]
        assert list(LogEntry.objects.values_list("object_repr", "change_message")) == [("", "")]


def test_what_was_reported_of_a_member_waits_for_its_answer_without_their_name(browser, ana):
    about = {"about": "member", "about_id": ana.pk, "about_name": "Ana"}
    reporter = MemberFactory(language="en")
    ReportFactory(kind="minor", reporter=reporter, message="They write to my son.", **about)
    ReportFactory(kind="harassment", **about)
    ReportFactory(kind="spam", outcome="left", closed_at=now(), **about)
    end(browser)
    a_day_passes()
    work()

    with as_role("owner"):
        minor, harassment = Report.objects.order_by("-kind")
        assert (minor.kind, minor.message, minor.reporter) == ("minor", "They write to my son.", reporter)
        assert [(each.about_name, each.whom) for each in (minor, harassment)] == [("", "former member")] * 2
        assert minor.about_id == harassment.about_id == UUID(Erasure.objects.get().trace[:32])
    assert tables_with(str(ana.pk)) == set()


def test_the_desk_answers_a_report_about_a_former_member(desk):
    case = ReportFactory(about="member", about_id=uuid4(), about_name="", kind="minor")
    come_in(desk, "change_report", "view_report")

    assert "former member" in desk.get("/verification/report/").content.decode()
    page = desk.get(f"/verification/report/{case.pk}/change/").content.decode()
    assert "former member" in page
    assert "/community/profile/" not in page
    said = desk.post(f"/verification/report/{case.pk}/decide/", {"outcome": "acted", "answer": ""}, follow=True)
    assert "The report is answered." in said.content.decode()


def test_what_a_moderator_did_to_others_stays_under_a_hash_that_leads_back_to_nobody(browser, ana):
    with as_role("owner"):
        Member.objects.filter(pk=ana.pk).update(is_staff=True)
    rui = MemberFactory()
    with as_role("desk"), acting_as(ana):
        Member.objects.filter(pk=rui.pk).update(is_active=False)

    end(browser)
    a_day_passes()
    work()

    with as_role("owner"):
        entry = AuditEntry.objects.get(subject=rui.pk, changed=["is_active"])
        assert entry.actor == UUID(Erasure.objects.get().trace[:32])
    assert tables_with(str(ana.pk)) == set()


def test_an_event_whose_organiser_left_says_former_member_in_both_languages(browser, ana):
    event = EventFactory(organizer=ana)
    end(browser)
    a_day_passes()
    work()

    for language, words in (("en", "former member"), ("pt", "antigo membro")):
        page = Client().get(address("events:detail", language, slug=event.slug))
        assert words in page.content.decode()
    assert Client().get(f"/api/v1/events/{event.pk}/").json()["organizer"] is None


def test_asking_takes_ones_own_address_and_a_second_look(browser, ana):
    page = end(browser, "someone@example.org")
    assert "not the address of this account" in page.content.decode()
    assert wishes() == []

    session = browser.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() - 3600, "reauthenticated": True, "email": ana.email}
    ]
    session.save()
    for verb in (browser.get, browser.post):
        assert "reauthenticate" in verb(address("my_data:erase", "en"))["Location"]
    assert wishes() == []


def test_at_once_nobody_sees_them_other_browsers_are_out_and_they_are_told(browser, ana):
    elsewhere = Client()
    log_in(elsewhere, ana, path="/en/account/login/")
    fill_profile(ana, "public")
    mail.outbox.clear()

    page = end(browser).content.decode()
    end(browser)  # asked for again: nothing changes, and no second mail

    assert "From now on nobody sees you" in page
    assert "I stay" in page
    for reader in (None, MemberFactory()):
        with acting_as(reader):
            assert not Profile.objects.filter(pk=ana.pk).exists()
    assert elsewhere.get(address("my_data:overview", "en")).status_code == 302
    assert browser.get(address("my_data:overview", "en")).status_code == 200
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([ana.email], "LusoTown: a sua conta vai ser apagada")
    (wish,) = wishes()
    assert timedelta(hours=23, minutes=59) < wish.due_at - now() <= timedelta(hours=24)


def test_for_a_day_they_can_stay_after_all_and_logging_in_leads_there(browser, ana):
    end(browser)
    work()  # too early: nothing happens
    assert wishes()[0].member_id == ana.pk
    back = Client()
    assert log_in(back, ana, path="/en/account/login/")["Location"] == address("my_data:overview", "en")
    assert "Until then you can stay after all" in back.get(address("account_overview", "en")).content.decode()
    mail.outbox.clear()

    page = back.post(address("my_data:stay", "en"), follow=True).content.decode()

    assert "Good to have you" in page
    assert wishes() == []
    with acting_as(None):
        assert Profile.objects.filter(pk=ana.pk).exists()
    assert [letter.subject for letter in mail.outbox] == ["LusoTown: a sua conta fica"]
    assert "nothing to take back" in back.post(address("my_data:stay", "en"), follow=True).content.decode()


def test_whoever_was_made_invisible_for_another_reason_stays_so():
    ana = MemberFactory(profile__visibility="public")
    with as_role("owner"):
        Profile.objects.filter(pk=ana.pk).update(withdrawn_at=now() - timedelta(days=3))
    with acting_as(ana):
        erasure.ask(ana, session_key=None)
        assert erasure.take_back(ana)

    with as_role("owner"):
        assert Profile.objects.get(pk=ana.pk).withdrawn_at is not None


@pytest.mark.parametrize("dies_at", ["the rows", "the files", "the end"])
def test_killed_in_the_middle_it_goes_on_where_it_was(browser, ana, folders, monkeypatch, dies_at):
    fill_everywhere(ana)
    end(browser)
    a_day_passes()
    where = {
        "the rows": "community.erasure.trace_of",
        "the files": "community.erasure.default_storage.delete",
        "the end": "community.erasure.exports.sweep",
    }[dies_at]

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(where, die)
        with pytest.raises(KeyboardInterrupt):
            work()
    with as_role("owner"):
        assert Erasure.objects.get().erased_at is None
    work()
    work()  # and once more does no harm

    assert tables_with(MARK, str(ana.pk)) == set()
    assert [file.name for file in folders.rglob(f"*{MARK}*")] == []
    assert wishes()[0].erased_at is not None


def test_one_that_fails_holds_up_no_other_and_is_tried_again(browser, ana, monkeypatch):
    rui = MemberFactory()
    with acting_as(rui):
        erasure.ask(rui, session_key=None)
    end(browser)
    a_day_passes()
    carry_out = erasure.carry_out

    def fail_for_ana(wish: Erasure) -> None:
        if wish.member_id == ana.pk:
            raise OSError("no disk")
        carry_out(wish)

    with monkeypatch.context() as patched:
        patched.setattr("community.tasks.erasure.carry_out", fail_for_ana)
        with pytest.raises(NotErased):
            work()
    assert sorted(wish.erased_at is None for wish in wishes()) == [False, True]
    work()
    assert [wish.erased_at is None for wish in wishes()] == [False, False]


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
def test_nobody_erases_another_or_hurries_the_day_along(door):
    ana, rui = MemberFactory(), MemberFactory()
    with acting_as(ana):
        erasure.ask(ana, session_key=None)
    (wish,) = wishes()

    with as_role(door), acting_as(rui):
        for statement in (
            f"UPDATE community_erasure SET due_at = now() WHERE id = '{wish.pk}'",
            f"UPDATE community_profile SET withdrawn_at = now() WHERE member_id = '{ana.pk}'",
            f"INSERT INTO community_erasure (id, member_id, asked_at, due_at, pictures, trace)"
            f" VALUES (gen_random_uuid(), '{rui.pk}', now(), now(), '{{}}', '')",
        ):
            with transaction.atomic():
                try:
                    ask(statement)
                except DatabaseError:
                    transaction.set_rollback(True)
        with transaction.atomic():
            try:
                ask(f"SELECT erase_member('{wish.pk}', repeat('a', 64))")
            except DatabaseError:
                assert door != "worker"
                transaction.set_rollback(True)
    with as_role("owner"):
        assert Member.objects.filter(pk=ana.pk).exists()
        assert Profile.objects.get(pk=rui.pk).withdrawn_at is None
        assert Erasure.objects.get().due_at == wish.due_at
        assert Erasure.objects.get().member_id == ana.pk
    with as_role(door), acting_as(None), pytest.raises(DatabaseError), transaction.atomic():
        ask("SELECT ask_erasure()")


def test_the_function_in_the_database_is_the_one_the_registry_makes():
    def bare(text: str) -> str:
        return re.sub(r"\s+", " ", text).strip()

    (body,) = ask("SELECT prosrc FROM pg_proc WHERE proname = 'erase_member'")[0]
    assert bare(body) in bare(function())
