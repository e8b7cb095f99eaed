"""Members are told what happened in their case, once, in their language, in words that tell nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
import structlog
from django.db import Error, transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import override
from procrastinate.contrib.django.models import ProcrastinateJob

from community.identity import acting_as
from community.models import Consent, Erasure, Letter, Member, Notice, NoticeChoice, Topic
from tests.databases import as_role
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory
from tests.verification.desks import at_the_desk, moderator, run, told, vote
from verification import cases, tasks
from verification.models import Case, News, Opening, Reason, Stop
from verification.news import NotTold, tell_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def log() -> Iterator[list]:
    with structlog.testing.capture_logs() as entries:
        yield entries


def at_work() -> None:
    with as_role("worker"):
        tasks.tell_members.func(0)
        tasks.tell_the_desk_of_stops.func(0)


def a_night() -> None:
    with as_role("worker"):
        tasks.end_cases.func(0)


def letters(member: Member) -> list[Letter]:
    with as_role("owner"):
        return list(Letter.objects.filter(to=member.email))


def kinds(case: Case) -> list[str]:
    with as_role("owner"):
        return list(News.objects.filter(case=case).order_by("at").values_list("kind", flat=True))


def inbox(member: Member, language: str = "en") -> str:
    client = Client()
    with as_role("owner"):
        client.force_login(member)
    with override(language):
        path = reverse("notices_inbox")
    return " ".join(client.get(path).content.decode().split())


def asked(case: Case, words: str = "Which birth certificate?") -> None:
    someone = moderator()
    with at_the_desk(someone):
        cases.claim(case)
        cases.ask(case, words, by=someone)


def badge(*, ends_in: timedelta) -> Case:
    case = CaseFactory(status="approved", waiting_since=None, decided_at=now() - 400 * DAY, expires_at=now() + ends_in)
    with as_role("owner"):
        run("UPDATE community_profile SET heritage_verified_at = now() WHERE member_id = %s", case.member_id)
    return case


@pytest.mark.parametrize(("verdict", "says"), [("approve", "your name wears the badge"), ("reject", "Read why")])
def test_a_decision_is_told_at_the_account_and_by_a_letter_that_says_nothing_of_it(verdict, says):
    case = CaseFactory(route=Case.Route.DOCUMENT, member__language="en")
    EvidenceFactory(case=case)
    assert vote(case, moderator(), verdict) == "done"
    at_work()
    assert letters(case.member) == []  # one of two: nothing is decided
    assert vote(case, moderator(), verdict) == "done"
    at_work()
    at_work()
    assert kinds(case) == ["decided"]
    (letter,) = letters(case.member)
    assert letter.subject == "LusoTown: there is something for you to read"
    for word in (*map(str, Reason.labels), "approved", "badge", "document", "heritage", "reject", str(case.number)):
        assert word not in letter.text + letter.html, word
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page = inbox(case.member)
    assert says in page
    assert f"/en/account/verification/{case.pk}/" in page
    with as_role("owner"):
        (notice,) = Notice.objects.all()
        assert (notice.topic, notice.about, notice.words) == ("cases", "news", "")


def test_the_answer_to_an_appeal_promises_no_other():
    first = CaseFactory()
    for _ in range(2):
        vote(first, moderator(), "reject")
    with acting_as(first.member):
        second = cases.appeal(first, language="en", note="")
    vote(second, moderator(), "reject")
    at_work()
    page = inbox(first.member)
    assert page.count("within fourteen days") == 1
    assert page.count("We have decided on your appeal") == 1


def test_a_question_is_told_in_the_members_own_language_each_time_one_is_asked():
    case = CaseFactory(member__language="pt", language="en")
    asked(case)
    with acting_as(case.member):
        cases.reply(case, "This one.")
    asked(case)
    at_work()
    assert [letter.subject for letter in letters(case.member)] == ["LusoTown: há uma coisa para ler"] * 2
    assert letters(case.member)[0].language == "pt"
    assert "Which birth certificate?" not in letters(case.member)[0].text
    page = inbox(case.member, "pt")
    assert page.count("Temos uma pergunta sobre a verificação das suas raízes") == 2
    assert "Which birth certificate?" not in page


def test_a_badge_that_ends_is_told_ninety_days_before_and_as_it_ends():
    case, later = badge(ends_in=89 * DAY), badge(ends_in=91 * DAY)
    for _ in range(3):
        a_night()
        at_work()
    assert (kinds(case), kinds(later)) == (["expiring"], [])
    assert len(letters(case.member)) == 1
    assert "Your badge is about to end" in inbox(case.member)

    ended = badge(ends_in=timedelta(minutes=-1))
    for _ in range(2):
        a_night()
        at_work()
    assert kinds(ended) == ["expired"]
    assert len(letters(ended.member)) == 1
    assert "Your badge has ended" in inbox(ended.member)


def test_whoever_asked_anew_is_not_told_that_the_old_badge_ends():
    asking, renewed = badge(ends_in=89 * DAY), badge(ends_in=timedelta(minutes=-1))
    CaseFactory(member=asking.member)
    CaseFactory(
        member=renewed.member, status="approved", waiting_since=None, decided_at=now(), expires_at=now() + 1800 * DAY
    )
    a_night()
    at_work()
    assert (kinds(asking), kinds(renewed)) == ([], [])


def test_a_case_nobody_went_on_with_and_a_badge_taken_back_are_told():
    left_alone = CaseFactory(waiting_since=None, created_at=now() - 61 * DAY)
    a_night()
    taken, (first, second) = badge(ends_in=400 * DAY), (MemberFactory(is_staff=True, is_superuser=True) for _ in "ab")
    with at_the_desk(first):
        cases.propose_to_revoke(taken, "The paper was not theirs.", by=first)
    at_work()
    assert kinds(taken) == []  # of a proposal nobody hears
    with at_the_desk(second):
        cases.revoke(taken, by=second)
    at_work()
    assert (kinds(left_alone), kinds(taken)) == (["expired"], ["expired"])
    assert "Your request to be verified has ended" in inbox(left_alone.member)
    assert "not theirs" not in letters(taken.member)[0].text


def test_nobody_is_told_what_they_did_themselves():
    withdrawn, consent = CaseFactory(), badge(ends_in=400 * DAY)
    with acting_as(withdrawn.member):
        cases.withdraw(withdrawn)
    with acting_as(consent.member):
        Consent.objects.get(purpose="verification").withdraw(at=now())
    at_work()
    assert (kinds(withdrawn), kinds(consent)) == ([], [])


def test_an_erased_member_leaves_no_news():
    case = badge(ends_in=89 * DAY)
    a_night()
    with as_role("owner"):
        wish = Erasure.objects.create(member_id=case.member_id, asked_at=now() - DAY, due_at=now() - DAY)
    with as_role("worker"):
        run("SELECT erase_member(%s, repeat('a', 64))", wish.pk)
    assert kinds(case) == []


def test_they_are_told_by_the_ways_they_chose_and_whoever_is_closed_not_at_all():
    by_no_way, closed, leaving = CaseFactory(), CaseFactory(), CaseFactory()
    with acting_as(by_no_way.member):
        NoticeChoice.objects.choose(by_no_way.member, Topic.CASES, frozenset())
    for case in (by_no_way, closed, leaving):
        asked(case)
    with as_role("owner"):
        Member.objects.filter(pk=closed.member_id).update(is_active=False)
        run("UPDATE community_profile SET withdrawn_at = now() WHERE member_id = %s", leaving.member_id)
    at_work()
    with as_role("owner"):
        assert not Letter.objects.exists()
        assert not Notice.objects.exists()
        assert not News.objects.untold().exists()


def test_one_that_fails_holds_up_no_other_and_is_told_by_the_next_run(log):
    first, second = CaseFactory(), CaseFactory()
    asked(first, "A secret question?")
    asked(second)
    send = "community.outbox.OutboxBackend.send_messages"
    with patch(send, side_effect=[OSError(first.member.email), 1]), pytest.raises(NotTold, match="1 not told yet"):
        at_work()
    assert [(entry["event"], entry["error"]) for entry in log] == [("case_news_failed", "OSError")]
    assert first.member.email not in repr(log)
    with as_role("owner"):
        assert [news.case_id for news in News.objects.untold()] == [first.pk]
        assert Notice.objects.count() == 1  # the first's went with its letter
    at_work()
    assert len(letters(first.member)) == 1
    with as_role("owner"):
        assert not ProcrastinateJob.objects.filter(args__icontains="secret").exists()


def test_two_workers_at_it_at_once_tell_it_once():
    case = CaseFactory()
    asked(case)
    with as_role("worker"):
        (found,) = list(News.objects.untold())
        for _ in range(2):  # both had read it as untold
            tell_member(found, at=now())
    assert len(letters(case.member)) == 1


def test_no_door_writes_news_and_the_worker_leaves_notices_about_them_alone():
    case, other = CaseFactory(), CaseFactory()
    asked(case)
    asked(other)
    with as_role("owner"):
        news = News.objects.get(case=case)
    for door in ("site", "desk", "worker"):
        with as_role(door), acting_as(case.member):
            for statement in (
                "INSERT INTO verification_news (id, kind) VALUES (gen_random_uuid(), 'decided')",
                "UPDATE verification_news SET kind = 'decided'",
                "DELETE FROM verification_news",
            ):
                assert told(statement).startswith("permission denied"), (door, statement)
    with acting_as(other.member):
        assert not News.objects.filter(pk=news.pk).exists()
    with as_role("worker"), acting_as(other.member):
        assert not News.objects.filter(pk=news.pk).update(told_at=now())
        for fields in (
            {"topic": Topic.CASES, "about": "news", "about_id": news.pk},
            {"topic": Topic.DESK, "words": "From the desk."},
        ):
            with pytest.raises(Error, match="row-level security"), transaction.atomic():
                Notice.objects.create(member=other.member, **fields)


def test_a_stop_is_told_to_the_others_at_the_desk_once_and_names_nobody():
    case, stopped = CaseFactory(route=Case.Route.DOCUMENT), moderator()
    evidence = EvidenceFactory(case=case)
    portuguese, english = MemberFactory(is_staff=True, language="pt"), MemberFactory(is_staff=True, language="en")
    gone, member = MemberFactory(is_staff=True, is_active=False), MemberFactory()
    with as_role("owner"):
        Opening.objects.bulk_create(Opening(evidence=evidence, by=stopped, written_in=1) for _ in range(20))
    with at_the_desk(stopped):
        cases.claim(case)
        with pytest.raises(cases.Stopped):
            cases.open_evidence(evidence)
    at_work()
    at_work()
    assert [len(letters(each)) for each in (portuguese, english, stopped, gone, member)] == [1, 1, 0, 0, 0]
    assert letters(portuguese)[0].subject == "LusoTown: alguém do balcão foi suspenso"
    assert letters(english)[0].subject == "LusoTown: someone at the desk was stopped"
    assert stopped.email not in letters(english)[0].text
    with as_role("owner"):
        assert Stop.objects.get().told_at is not None
        Stop.objects.update(lifted_at=now())
        Stop.objects.create(moderator=stopped)
    at_work()
    assert len(letters(english)) == 2
