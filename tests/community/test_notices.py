from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core import mail
from django.db import Error, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Channel, Member, Notice, NoticeChoice, Topic, Weekly
from community.notices import write_to
from community.stops import seal, unseal
from tests.databases import as_role
from tests.doors import come_in
from tests.factories import BlockFactory, MemberFactory, ReportFactory
from verification import actions
from verification.models import Report

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Member:
    return MemberFactory(language="pt", email="ana@example.org")


@pytest.fixture
def moderator() -> Member:
    return MemberFactory(is_staff=True)


@pytest.fixture
def at_the_desk(moderator: Member) -> Iterator[None]:
    with as_role("desk"), acting_as(moderator):
        yield


def browser(member: Member) -> Client:
    client = Client()
    with as_role("owner"):
        client.force_login(member)
    return client


def choose(member: Member, topic: str, *channels: str) -> None:
    with acting_as(member):
        NoticeChoice.objects.choose(member, topic, frozenset(channels))


def answer(report: Report, moderator: Member, words: str = "Falámos com eles.") -> None:
    with as_role("desk"), acting_as(moderator):
        actions.answer_report(report, Report.Outcome.ACTED, answer=words, by=moderator)


def notices() -> list[Notice]:
    with as_role("owner"):
        return list(Notice.objects.all())


def stop_path(letter: mail.EmailMessage) -> str:
    return re.fullmatch(r"<https?://[^/]+(/.+)>", letter.extra_headers["List-Unsubscribe"])[1]


@pytest.mark.parametrize(
    ("chosen", "left", "mailed"),
    [
        (None, (True, False), 1),
        ((), None, 0),
        (("site",), (True, False), 0),
        (("mail",), None, 1),
        (("digest",), (False, True), 0),
        (("site", "mail", "digest"), (True, True), 1),
    ],
)
@pytest.mark.parametrize("topic", [Topic.REPORTS, Topic.DESK])
def test_each_topic_comes_by_the_ways_its_member_chose(ana, moderator, topic, chosen, left, mailed):
    if chosen is not None:
        choose(ana, topic, *chosen)
        choose(ana, Topic.DESK if topic == Topic.REPORTS else Topic.REPORTS, *Channel.values)
    if topic == Topic.REPORTS:
        answer(ReportFactory(reporter=ana), moderator)
    else:
        with as_role("desk"), acting_as(moderator):
            write_to(ana, "Bom dia.")

    assert [(notice.in_app, notice.in_digest) for notice in notices()] == ([left] if left else [])
    assert [letter.to for letter in mail.outbox] == [["ana@example.org"]] * mailed


def test_a_notice_speaks_the_readers_language_and_says_nothing_of_what_they_may_not_see_any_more(ana, moderator):
    rude = MemberFactory(profile__visibility="public", profile__display_name="Zeferino Rude")
    answer(ReportFactory(reporter=ana, about="member", about_id=rude.pk, about_name="Zeferino Rude"), moderator)
    client = browser(ana)

    page = client.get("/pt/conta/avisos/recebidos/").content.decode()
    assert "A nossa resposta à sua denúncia" in page
    assert "Zeferino Rude" in page
    assert "Falámos com eles." in page
    assert "Our answer to your report" in client.get("/en/account/notices/inbox/").content.decode()
    BlockFactory(blocker=rude, blocked=ana)
    page = client.get("/pt/conta/avisos/recebidos/").content.decode()
    assert "Falámos com eles." in page
    assert "Zeferino" not in page
    with as_role("owner"):
        Report.objects.all().delete()
    assert "Falámos" not in client.get("/pt/conta/avisos/recebidos/").content.decode()


def test_what_is_unread_is_marked_on_every_page_until_it_is_read(ana, at_the_desk):
    write_to(ana, "Bom dia.")
    with as_role("site"):
        client = browser(ana)
        assert 'class="unseen"> not read' in client.get("/en/about/").content.decode()
        client.post("/en/account/notices/inbox/")
        assert 'class="unseen"> not read' not in client.get("/en/about/").content.decode()
    assert [notice.read_at is None for notice in notices()] == [False]


def test_the_mark_comes_with_who_it_is_and_costs_strangers_nothing(ana, moderator):
    def asked(client: Client) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/en/about/")
        return sum("community_notice" in query["sql"] for query in queries)

    choose(ana, Topic.DESK, "site")
    with as_role("desk"), acting_as(moderator):
        write_to(ana, "Bom dia.")
    known = browser(ana)

    assert (asked(known), asked(Client())) == (0, 0)
    assert '1<span class="unseen"> not read</span>' in known.get("/en/about/").text


def test_nobody_reads_or_writes_another_members_notices_and_choices(ana, moderator):
    choose(ana, Topic.DESK, "site")
    with as_role("desk"), acting_as(moderator):
        write_to(ana, "Bom dia.")
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            Notice.objects.count()
    for reader in (None, MemberFactory(), moderator):
        with acting_as(reader):
            assert (Notice.objects.count(), NoticeChoice.objects.count()) == (0, 0)
            assert Notice.objects.filter(member=ana).read(at=now()) == 0
            with pytest.raises(Error, match="row-level security"), transaction.atomic():
                NoticeChoice.objects.bulk_create([NoticeChoice(member=ana, topic="week", channels=["digest"])])
    with acting_as(ana):
        assert (Notice.objects.count(), NoticeChoice.objects.count()) == (1, 1)
        for columns in ({"words": "x"}, {"member": moderator}):
            with pytest.raises(Error, match="permission denied"), transaction.atomic():
                Notice.objects.update(**columns)
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            Notice.objects.bulk_create([Notice(member=ana, topic="desk", words="x")])


def test_the_desk_tells_only_whoever_reported_and_only_when_it_is_answered(ana, moderator):
    report = ReportFactory(reporter=ana)
    about = {"topic": "reports", "about": "report", "about_id": report.pk}

    def leave(**fields: object) -> None:
        with as_role("desk"), acting_as(moderator), transaction.atomic():
            Notice.objects.bulk_create([Notice(**fields)])

    with pytest.raises(Error, match="row-level security"):
        leave(member=ana, **about)  # not answered yet
    answer(report, moderator)
    leave(member=ana, **about)
    for wrong in ({"member": moderator, **about}, {"member": ana, **about, "about_id": uuid4()}):
        with pytest.raises(Error, match="row-level security"):
            leave(**wrong)


def test_the_desk_writes_to_a_member_with_one_button(ana, desk):
    come_in(desk, "change_member", "view_member")
    path = f"/community/member/{ana.pk}/"

    assert b"Write to this member" in desk.get(f"{path}change/").content
    assert b"Not sent" in desk.post(f"{path}write/", {"words": ""}, follow=True).content
    assert b"The letter is on its way." in desk.post(f"{path}write/", {"words": "Bom dia."}, follow=True).content

    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["ana@example.org"], "LusoTown: uma carta do balcão")
    assert [(notice.member_id, notice.words) for notice in notices()] == [(ana.pk, "Bom dia.")]


def test_who_may_only_look_writes_to_nobody(ana, desk):
    come_in(desk, "view_member")

    assert desk.post(f"/community/member/{ana.pk}/write/", {"words": "Bom dia."}).status_code == 403
    assert notices() == []


# Choosing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"), [("/pt/conta/avisos/", "carta semanal"), ("/en/account/notices/", "weekly")]
)
def test_a_member_chooses_topic_by_way_without_javascript(ana, path, words):
    client = browser(ana)
    page = client.get(path).content.decode()
    assert words in page
    ticked = re.findall(r'name="(\w+)" value="(\w+)"[^>]*checked', page)
    assert sorted(ticked) == [
        ("cases", "mail"),
        ("cases", "site"),
        ("desk", "mail"),
        ("desk", "site"),
        ("listings", "site"),
        ("reports", "mail"),
        ("reports", "site"),
    ]

    answer = client.post(
        path, {"reports": ["digest"], "week": ["digest"], "languages": ["kea"], "boroughs": ["lambeth"]}
    )

    assert answer.status_code == 302
    page = client.get(path).content.decode()
    assert sorted(re.findall(r'name="(\w+)" value="([\w-]+)"[^>]*checked', page)) == [
        ("languages", "kea"), ("reports", "digest"), ("week", "digest")]  # fmt: skip
    with acting_as(ana):
        assert Weekly.objects.get().boroughs == ["lambeth"]
    client.post(path, {"languages": ["kea"]})
    with acting_as(ana):
        assert not Weekly.objects.exists()  # it was said for the weekly letter, and for nothing else


def test_a_stranger_is_sent_to_log_in(client):
    for path in ("/en/account/notices/", "/en/account/notices/inbox/"):
        assert client.get(path)["Location"].startswith("/en/account/login/")


# Ending letters ------------------------------------------------------------------------------------


def test_one_click_ends_one_topics_letters_without_cookies_or_login(ana, moderator):
    with as_role("desk"), acting_as(moderator):
        write_to(ana, "Bom dia.")
    (letter,) = mail.outbox
    path = stop_path(letter)
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert path in letter.body
    assert path in letter.alternatives[0][0]
    assert path.startswith("/pt/conta/avisos/parar/")
    stranger = Client(enforce_csrf_checks=True)

    page = stranger.get(path)
    assert (page.status_code, b"Cartas do balc" in page.content) == (200, True)
    with acting_as(ana):
        assert NoticeChoice.objects.count() == 0  # looking ends nothing: mail programs look
    done = stranger.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert done.status_code == 200
    assert stranger.post(path).status_code == 200  # twice is as once
    assert stranger.cookies == {}

    with as_role("desk"), acting_as(moderator):
        write_to(ana, "Outra vez.")
    answer(ReportFactory(reporter=ana), moderator)
    assert [letter.subject for letter in mail.outbox] == [
        "LusoTown: uma carta do balcão", "LusoTown: a nossa resposta à sua denúncia"]  # fmt: skip
    assert len(notices()) == 3  # at the account they still stand


def test_ending_the_weekly_letter_ends_it_whatever_stands_in_it(ana):
    choose(ana, Topic.WEEK, "digest")
    choose(ana, Topic.DESK, "mail", "digest")
    with acting_as(ana):
        Weekly.objects.create(member=ana, languages=["kea"])

    Client().post(f"/en/account/notices/stop/{seal(ana.pk, 'week')}/")

    with acting_as(ana):
        assert not Weekly.objects.exists()
        assert dict(NoticeChoice.objects.values_list("topic", "channels")) == {
            "week": [], "desk": ["mail"], "reports": ["site", "mail"], "listings": ["site"], "cases": ["site", "mail"],
        }  # fmt: skip


def test_a_token_says_nothing_of_its_reader_and_outlives_a_change_of_key(ana, settings):
    token = seal(ana.pk, "desk")
    assert token != seal(ana.pk, "desk")
    assert ana.pk.hex not in token
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-of-the-town-that-is-long-enough"
    assert unseal(token) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(token) == (ana.pk, "desk")


@pytest.mark.parametrize("token", ["x", "-_~", "A" * 76])
def test_a_token_that_is_not_ours_opens_nothing(client, token):
    for answer in (client.get(f"/en/account/notices/stop/{token}/"), client.post(f"/en/account/notices/stop/{token}/")):
        assert answer.status_code == 404


def test_a_member_who_is_gone_and_one_who_is_there_get_the_same_answer(ana, client):
    bodies = set()
    for token in (seal(ana.pk, "desk"), seal(uuid4(), "desk")):
        page = client.post(f"/en/account/notices/stop/{token}/").content.decode()
        bodies.add(page.replace(token, "?"))

    assert len(bodies) == 1
    with as_role("owner"):
        assert [choice.member_id for choice in NoticeChoice.objects.all()] == [ana.pk]
