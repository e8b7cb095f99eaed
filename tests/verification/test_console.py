"""The moderators' console as a browser meets it: the queue, a case, and giving one's word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from PIL import Image

from community.models import Languages, Member, Portrait, Profile
from tests.databases import as_role
from tests.doors import PASSWORD, guard, log_in_fully, staff
from tests.factories import CaseFactory, EvidenceFactory, MemberFactory
from tests.verification.desks import at_the_desk, look, moderator, run, vote
from verification import cases, queue
from verification.checklists import EVERY_PAPER, LISTS
from verification.models import Attempt, Case, Note, Opening, Reply, SavedFilter, Stop, Vote, Vouch

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
QUEUE = "/verification/case/"


@pytest.fixture
def amelia() -> Member:
    return staff("view_case", "change_case", "view_stop")


@pytest.fixture
def console(desk: Client, amelia: Member) -> Client:
    """A moderator who has come in."""
    log_in_fully(desk, amelia)
    desk.cookies["django_language"] = "en"
    return desk


def document(**fields: Any) -> Case:
    """A case with a document in it."""
    case = CaseFactory(route=Case.Route.DOCUMENT, **fields)
    EvidenceFactory(case=case)
    return case


def page_of(case: Case) -> str:
    return f"{QUEUE}{case.pk}/change/"


def numbers(page: Any) -> list[str]:
    """The cases of a list, in its order."""
    return re.findall(r'<th scope="row">\s*<a [^>]*>#(\d+)</a>', page.content.decode())


def said(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def claimed(case: Case, by: Member) -> Case:
    with at_the_desk(by):
        cases.claim(case)
    return case


# The queue.


def test_the_longest_waiting_stands_first_with_its_age_in_words(console):
    new, old, aging = (CaseFactory(waiting_since=now() - days * DAY) for days in (0, 6, 3))
    CaseFactory(waiting_since=None)

    page = console.get(QUEUE)

    assert numbers(page) == [str(case.number) for case in (old, aging, new)]
    ages = r"over 5 days|over 2 days|\bnew\b|6 days|3 days|less than a minute|0\sminutes"
    assert re.findall(ages, said(page).partition("Waiting for")[0].replace("\xa0", " ")) == [
        "over 5 days", "6 days", "over 2 days", "3 days", "new", "less than a minute",
    ]  # fmt: skip
    assert re.findall(r'class="console-age console-age--(\w*)"', page.content.decode()) == ["old", "aging", "new"]


def test_cases_in_a_language_that_one_reads_come_first_page_by_page_and_by_next(console, amelia, monkeypatch):
    monkeypatch.setattr(queue, "PAGE", 2)
    waits = {"en": (9, 8, 2), "pt": (7, 6, 1)}
    made = {
        language: [CaseFactory(language=language, waiting_since=now() - days * DAY) for days in since]
        for language, since in waits.items()
    }
    own_first = [str(case.number) for case in (*made["pt"], *made["en"])]
    by_waiting = [str(case.number) for case in sorted(made["pt"] + made["en"], key=lambda case: case.waiting_since)]

    assert read_through(console, QUEUE) == own_first  # her account is in Portuguese
    assert read_through(console, f"{QUEUE}?order=waiting") == by_waiting
    assert read_through(console, f"{QUEUE}?queue=documents") == []
    assert read_through(console, f"{QUEUE}?language=en") == [str(case.number) for case in made["en"]]
    assert console.post(f"{QUEUE}next/")["Location"] == page_of(made["pt"][0])
    assert console.post(f"{QUEUE}next/", {"order": "waiting"})["Location"] == page_of(made["en"][0])
    page = console.get(page_of(made["en"][0]))
    assert '<input type="hidden" name="order" value="waiting">' in page.content.decode()  # it stays so


def read_through(console: Client, address: str) -> list[str]:
    """The cases of a list from its first page to its last."""
    read: list[str] = []
    while address:
        page = console.get(address)
        read += numbers(page)
        onward = re.search(r'href="(\?[^"]*after=[^"]*)"', page.content.decode())
        address = QUEUE + onward[1].replace("&amp;", "&") if onward else ""
    return read


def test_the_order_is_a_choice_only_where_there_is_one(console, amelia):
    offered = "longest waiting first"

    assert offered in said(console.get(QUEUE))
    assert offered not in said(console.get(QUEUE, {"queue": "ended"}))
    assert offered not in said(console.get(QUEUE, {"language": "en"}))
    with as_role("owner"):
        Languages.objects.create(profile=amelia.profile, visibility="private", chosen=["en-GB"])
    assert offered not in said(console.get(QUEUE))


def test_a_view_is_kept_under_a_name_found_above_the_queue_and_removed(console, amelia):
    wanted = {"queue": "appeals", "language": "en", "order": "waiting"}
    assert "Keep this view" not in said(console.get(QUEUE))
    assert "Keep this view" in said(console.get(QUEUE, wanted))

    answer = console.post(f"{QUEUE}keep/", wanted | {"name": "Appeals in English", "q": "Conceição", "after": "x"})

    assert answer["Location"] == f"{QUEUE}?queue=appeals&language=en&order=waiting"
    page = console.get(answer["Location"]).content.decode()
    assert re.search(
        r'<a href="\?queue=appeals&amp;language=en&amp;order=waiting"\s+aria-current="page">Appeals in', page
    )
    console.post(f"{QUEUE}keep/", {"route": "document", "name": "Appeals in English"})  # the name again
    with as_role("owner"):
        kept = SavedFilter.objects.get()
    assert (kept.member, kept.query) == (amelia, "route=document")
    assert console.post(f"{QUEUE}forget/{kept.pk}/", {"language": "pt"})["Location"] == f"{QUEUE}?language=pt"
    assert "Appeals in English" not in said(console.get(QUEUE))


@pytest.mark.parametrize("asked", [{"name": "x"}, {"name": "", "queue": "mine"}, {"name": "x" * 41, "queue": "mine"},
                                   {"name": "x", "queue": "nothing", "language": "fr", "month": "May"}])  # fmt: skip
def test_what_is_no_view_is_not_kept(console, asked):
    page = console.post(f"{QUEUE}keep/", asked, follow=True)

    assert "Not kept" in said(page)
    with as_role("owner"):
        assert not SavedFilter.objects.exists()


def test_ones_own_case_does_not_exist(console, amelia):
    own = CaseFactory(member=amelia)

    assert numbers(console.get(QUEUE)) == []
    assert console.get(page_of(own)).status_code == 404
    assert numbers(console.get(QUEUE, {"q": str(own.number)})) == []
    assert console.get(f"{QUEUE}{own.pk}/word/approve/").status_code == 404
    assert console.post(f"{QUEUE}{own.pk}/claim/").status_code == 404


def test_each_part_of_the_queue_holds_what_it_says(console, amelia):
    plain = CaseFactory(language="en")
    paper = document()
    first = CaseFactory(status="rejected", reason="answers", waiting_since=None, decided_at=now() - DAY)
    appeal = CaseFactory(member=first.member, appeal_of=first)
    asked = CaseFactory(status="needs_information", waiting_since=None)
    answered = CaseFactory()
    with as_role("owner"):
        connection.cursor().execute("ALTER TABLE verification_reply DISABLE TRIGGER USER")
        Reply.objects.create(case=answered, text="1974.")
    vote(paper, moderator())
    claimed(plain, amelia)

    found = {which: set(numbers(console.get(QUEUE, {"queue": which}))) for which in queue.CASES}
    assert found == {
        "": {str(case.number) for case in (plain, paper, appeal, answered)},
        "mine": {str(plain.number)},
        "documents": {str(paper.number)},
        "second": {str(paper.number)},
        "appeals": {str(appeal.number)},
        "answered": {str(answered.number)},
        "asked": {str(asked.number)},
        "ended": {str(first.number)},
    }
    assert numbers(console.get(QUEUE, {"language": "en"})) == [str(plain.number)]
    assert numbers(console.get(QUEUE, {"route": "document"})) == [str(paper.number)]


@pytest.mark.parametrize("which", ["", "ended", "asked"])
def test_a_long_queue_is_read_on_from_where_one_stopped(console, which, monkeypatch):
    monkeypatch.setattr(queue, "PAGE", 2)
    at = now() - DAY
    state = {
        "": {"waiting_since": at},
        "ended": {"status": "withdrawn", "waiting_since": None, "decided_at": at},
        "asked": {"status": "needs_information", "waiting_since": None, "created_at": at},
    }[which]
    wanted = {str(CaseFactory(**state).number) for _ in range(5)}  # all of one moment

    read, address = [], f"{QUEUE}?queue={which}"
    for _ in range(3):
        page = console.get(address)
        read.append(numbers(page))
        onward = re.search(r'href="(\?[^"]*after=[^"]*)"', page.content.decode())
        address = QUEUE + onward[1].replace("&amp;", "&") if onward else ""

    assert [len(numbers) for numbers in read] == [2, 2, 1]
    assert {number for numbers in read for number in numbers} == wanted
    assert address == ""


def test_what_ended_is_found_by_its_month(console):
    may, june = (
        CaseFactory(status="withdrawn", waiting_since=None, decided_at=now().replace(2026, month, 3))
        for month in (5, 6)
    )

    assert numbers(console.get(QUEUE, {"queue": "ended"})) == [str(june.number), str(may.number)]
    assert numbers(console.get(QUEUE, {"queue": "ended", "month": "2026-05"})) == [str(may.number)]


def test_a_case_is_found_by_its_number_and_by_its_members_name(console):
    case = CaseFactory(member=MemberFactory(profile__display_name="Conceição Prates"))
    CaseFactory()

    assert console.get(QUEUE, {"q": f"#{case.number}"})["Location"] == page_of(case)
    assert console.get(QUEUE, {"q": str(case.number)})["Location"] == page_of(case)
    assert numbers(console.get(QUEUE, {"q": "conceicao"})) == [str(case.number)]
    assert numbers(console.get(QUEUE, {"q": "999999"})) == []


@pytest.mark.parametrize(
    "query",
    ["queue=x", "after=x", "after=2026-01-01~x", "after=2026-01-01T00:00~00000000-0000-0000-0000-000000000000",
     "month=0000-00", "month=9999-12&queue=ended", "language=xx", "route=x", "q=99999999999999999999", "q='",
     "q=" + "x" * 500, "q=%00", "after=9999-12-31T23:59:59%2B00:00~00000000-0000-0000-0000-000000000000"],
)  # fmt: skip
def test_what_cannot_be_read_breaks_nothing(console, query):
    assert console.get(f"{QUEUE}?{query}").status_code in (200, 400)


def test_a_queue_of_three_takes_as_many_questions_as_a_queue_of_one_and_counts_no_cases(console):
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert console.get(QUEUE).status_code == 200
        assert [sql for each in asked if "COUNT(" in (sql := each["sql"].upper()) and "VERIFICATION_CASE" in sql] == []
        return len(asked)

    claimed(document(), moderator())
    console.get(QUEUE)
    one = questions()
    for _ in range(2):
        claimed(document(), moderator())
    assert questions() == one


def test_a_case_takes_as_many_questions_whatever_hangs_on_it(console, amelia):
    case = claimed(document(), amelia)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert console.get(page_of(case)).status_code == 200
        return len(asked)

    def more() -> None:
        EvidenceFactory(case=case)
        with as_role("owner"):
            Note.objects.create(case=case, by=moderator(), text="A note.")
            CaseFactory(member=case.member, status="withdrawn", waiting_since=None, decided_at=now())
            Vote.objects.bulk_create([Vote(case=case, by=moderator(), verdict="ask", sentence="Where?")])
            Opening.objects.create(evidence=case.evidence.first(), by=moderator(), at=now(), written_in=1)

    with as_role("owner"):
        connection.cursor().execute("ALTER TABLE verification_vote DISABLE TRIGGER USER")
    more()
    questions()
    one = questions()
    more()
    more()
    assert questions() == one


# Holding cases.


def test_next_holds_the_longest_waiting_that_one_may_decide_and_shows_it(console, amelia):
    CaseFactory(member=amelia, waiting_since=now() - 9 * DAY)
    claimed(CaseFactory(waiting_since=now() - 8 * DAY), moderator())
    wanted, later = (CaseFactory(waiting_since=now() - days * DAY, language="pt") for days in (7, 6))
    english = CaseFactory(language="en")

    assert console.post(f"{QUEUE}next/")["Location"] == page_of(wanted)
    assert "you hold it until" in said(console.get(page_of(wanted)))
    assert console.post(f"{QUEUE}next/", {"language": "en"})["Location"] == page_of(english)
    assert console.post(f"{QUEUE}next/", {"route": "document"})["Location"] == QUEUE
    assert "Nothing waits that you could look after." in said(console.get(QUEUE))
    assert console.post(f"{QUEUE}next/")["Location"] == page_of(later)


def test_a_case_is_held_let_go_and_taken_by_another(console, amelia):
    case, baltazar = CaseFactory(), moderator()

    console.post(f"{QUEUE}{case.pk}/claim/")
    assert "you hold it until" in said(console.get(page_of(case)))
    assert console.post(f"{QUEUE}{case.pk}/release/")["Location"] == QUEUE
    claimed(case, baltazar)
    assert "holds it until" in said(console.get(page_of(case)))
    page = console.post(f"{QUEUE}{case.pk}/claim/", follow=True)
    assert "Someone else looks after this case at the moment." in said(page)
    assert "Approve" not in said(page)


def test_letting_go_of_all_lets_go_of_ones_own_alone(console, amelia):
    mine, mine_too, anothers = (CaseFactory() for _ in range(3))
    claimed(mine, amelia), claimed(mine_too, amelia), claimed(anothers, moderator())

    console.post(f"{QUEUE}release/")

    with as_role("owner"):
        assert list(Case.objects.exclude(claimed_by=None)) == [anothers]


def test_whoever_stands_too_near_steps_aside_for_good(console, amelia):
    case = claimed(CaseFactory(), amelia)

    console.post(f"{QUEUE}{case.pk}/conflict/", {"kind": "personal"})

    page = console.get(page_of(case))
    assert "You stand too near to this case to decide it." in said(page)
    assert console.post(f"{QUEUE}next/")["Location"] == QUEUE


def test_a_note_is_read_by_the_next_moderator(console, amelia):
    case = CaseFactory()

    console.post(f"{QUEUE}{case.pk}/note/", {"text": "The seal is hard to read."})

    assert "The seal is hard to read." in said(console.get(page_of(case)))


# Giving one's word.


def test_a_plain_case_is_decided_in_three_steps_and_the_next_is_there(console, amelia):
    case, following = (CaseFactory(waiting_since=now() - days * DAY) for days in (2, 1))

    address = console.post(f"{QUEUE}next/")["Location"]  # n
    page = console.get(re.search(r'href="([^"]+/word/approve/)"', console.get(address).content.decode())[1])  # a
    assert "As suas raízes estão verificadas." in said(page)
    answer = console.post(page.request["PATH_INFO"], {"sentence": "", "send": "1"})  # Enter

    assert answer["Location"] == page_of(following)
    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).status == "approved"
        assert Case.objects.get(pk=following.pk).claimed_by == amelia


def test_the_member_is_shown_their_letter_in_their_language_before_it_is_sent(console, amelia):
    case = claimed(CaseFactory(language="pt"), amelia)
    word = f"{QUEUE}{case.pk}/word/reject/"

    page = console.get(word)
    assert "As suas respostas" in said(page)
    page = console.post(word, {"reason": "answers", "sentence": "Tente \n de novo.", "look": "1"})
    assert page.status_code == 200
    paper = re.search(r'desk-letter__paper" lang="pt">(.*?)</div>', page.content.decode(), re.DOTALL)[1]
    assert "As suas respostas" in paper
    assert "Tente de novo." in paper
    with as_role("owner"):
        assert not Vote.objects.exists()
    assert console.post(word, {"reason": "answers", "sentence": "Tente de novo.", "stay": "1"})["Location"] == QUEUE
    with as_role("owner"):
        vote = Vote.objects.get()
        assert (vote.verdict, vote.reason, vote.sentence, vote.by) == ("reject", "answers", "Tente de novo.", amelia)


@pytest.mark.parametrize(
    ("verdict", "data"),
    [("reject", {}), ("reject", {"reason": "other"}), ("reject", {"reason": "x"}), ("ask", {"sentence": " "}),
     ("ask", {"sentence": "x" * 501})],
)  # fmt: skip
def test_a_word_that_is_not_whole_is_not_given(console, amelia, verdict, data):
    case = claimed(CaseFactory(), amelia)

    page = console.post(f"{QUEUE}{case.pk}/word/{verdict}/", data)

    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    with as_role("owner"):
        assert not Vote.objects.exists()


def test_a_document_is_opened_before_it_is_approved_and_the_page_says_so(console, amelia):
    case = claimed(document(), amelia)
    approve, reject = (f"{QUEUE}{case.pk}/word/{verdict}/" for verdict in ("approve", "reject"))

    page = console.get(page_of(case))
    assert "Open each document first" in said(page)
    assert "you have not opened it yet" in said(page)
    assert approve not in page.content.decode()
    assert console.get(approve)["Location"] == page_of(case)
    assert "Open each document first" in said(console.post(approve, {"send": "1"}, follow=True))
    assert offered(console.get(reject)) == ["used_before", "no_answer"]
    assert "errorlist" in console.post(reject, {"reason": "altered"}).content.decode()
    with as_role("owner"):
        assert not Vote.objects.exists()

    with at_the_desk(amelia):
        look(case)
    page = console.get(page_of(case))
    assert approve in page.content.decode()
    assert "you have opened it" in said(page)
    assert 'value="altered"' in console.get(reject).content.decode()
    console.post(approve, {"stay": "1"})
    with as_role("owner"):
        assert Vote.objects.get().verdict == "approve"


def offered(page: Any) -> list[str]:
    """The reasons to choose from."""
    return re.findall(r'name="reason" value="(\w+)"', page.content.decode())


def test_only_reasons_that_fit_the_route_are_offered(console, amelia):
    case = claimed(CaseFactory(route="community_reference"), amelia)

    assert offered(console.get(f"{QUEUE}{case.pk}/word/reject/")) == ["references", "no_answer", "other"]


def test_whoever_holds_the_case_sees_the_picture_that_members_see(console, amelia, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    case = CaseFactory()
    address = f"{QUEUE}{case.pk}/portrait/"
    with as_role("owner"):
        Profile.objects.filter(pk=case.member_id).update(visibility="community")
        portrait = Portrait(profile=case.member.profile, visibility="community")
        drawn = BytesIO()
        Image.new("RGB", (600, 600), "#3f6cc4").save(drawn, "PNG")
        portrait.picture.save("me.png", ContentFile(drawn.getvalue()), save=False)
        portrait.save()

    assert console.get(address).status_code == 404
    assert address not in console.get(page_of(case)).content.decode()
    claimed(case, amelia)
    answer = console.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert "no-store" in answer["Cache-Control"]
    assert address in console.get(page_of(case)).content.decode()
    with as_role("owner"):
        Portrait.objects.update(visibility="verified")
    assert console.get(address).status_code == 404
    assert address not in console.get(page_of(case)).content.decode()


def test_a_case_has_the_list_of_each_kind_of_document_in_it(console):
    case = document()
    EvidenceFactory(case=case, kind="birth")
    EvidenceFactory(case=case, kind="other", sealed_key=None, destroyed_at=now())

    listed = console.get(page_of(case)).content.decode().partition('<ul class="console-checklist">')[2]

    assert [unescape(line) for line in re.findall(r"<span>(.*?)</span>", listed.partition("</ul>")[0])] == [
        str(line) for line in (*LISTS["passport"], *LISTS["birth"], *EVERY_PAPER)
    ]


def test_a_question_goes_to_the_member_and_the_case_waits_for_them(console, amelia):
    case = claimed(CaseFactory(), amelia)

    console.post(f"{QUEUE}{case.pk}/word/ask/", {"sentence": "De que ano?"})

    page = console.get(page_of(case))
    assert "The member is asked." in said(page)
    assert "De que ano?" in said(page)


def test_two_tabs_the_second_is_told_where_the_case_stands(console, amelia):
    case = claimed(CaseFactory(), amelia)
    word = f"{QUEUE}{case.pk}/word/approve/"
    console.post(word, {"stay": "1"})

    page = console.post(word, {"stay": "1"}, follow=True)

    assert page.request["PATH_INFO"] == page_of(case)
    assert "does not wait for the desk any more" in said(page)
    with as_role("owner"):
        assert Vote.objects.count() == 1


def test_a_lease_that_ran_out_loses_nothing_that_was_written(console, amelia):
    case = claimed(CaseFactory(), amelia)
    with as_role("owner"):
        Case.objects.filter(pk=case.pk).update(claimed_until=now() - DAY)
    word = f"{QUEUE}{case.pk}/word/ask/"

    page = console.post(word, {"sentence": "De que ano?"})
    assert page.status_code == 409
    assert "half an hour passed" in said(page)
    assert "De que ano?" in page.content.decode()
    console.post(word, {"sentence": "De que ano?", "again": "1"})

    with as_role("owner"):
        assert Case.objects.get(pk=case.pk).status == "needs_information"


def test_whoever_lost_the_case_to_another_is_told_and_votes_not(console, amelia):
    case = claimed(CaseFactory(), amelia)
    with as_role("owner"):
        Case.objects.filter(pk=case.pk).update(claimed_until=now() - DAY)
    claimed(case, moderator())
    word = f"{QUEUE}{case.pk}/word/approve/"

    assert console.get(word)["Location"] == page_of(case)
    assert console.post(word, {"send": "1"}).status_code == 409
    page = console.post(word, {"again": "1"}, follow=True)
    assert "Someone else looks after this case at the moment." in said(page)
    with as_role("owner"):
        assert not Vote.objects.exists()


def test_the_second_is_not_told_what_the_first_said_until_they_spoke(console, amelia):
    case = document()
    vote(case, moderator(), "reject")

    page = console.get(page_of(case))
    assert "1 moderator has voted." in said(page)
    assert "does not show a tie" not in said(page)
    claimed(case, amelia)
    with at_the_desk(amelia):
        look(case)
    console.post(f"{QUEUE}{case.pk}/word/approve/", {"stay": "1"})
    page = console.get(page_of(case))
    assert "does not show a tie" in said(page)
    assert "You have voted on this case." in said(page)


def test_a_case_shows_what_each_route_brings(console, amelia):
    quiz = CaseFactory(note="A minha avó é da Brava.")
    vouched = CaseFactory(route="community_reference")
    badge = now() - 200 * DAY
    referees = {
        f"wears the badge since {date_format(localtime(badge), 'DATE_FORMAT')}": MemberFactory(
            profile__display_name="Teresa Vouching", profile__heritage_verified_at=badge
        ),
        "wears no badge any more": MemberFactory(),
        "their account is closed": MemberFactory(is_active=False, profile__heritage_verified_at=badge),
        "they withdrew their profile": MemberFactory(profile__withdrawn_at=now()),
    }
    with as_role("owner"):
        Attempt.objects.create(case=quiz, nation="cabo-verde", drawn=[], orders=[], score=11, finished_at=now() + DAY)
        for words, referee in referees.items():
            Vouch.objects.create(case=vouched, digest=words, status="given", referee=referee, answered_at=now())

    page = said(console.get(page_of(quiz)))
    assert "11 of 12 right" in page
    assert "Cape Verde" in page or "Cabo Verde" in page
    assert "A minha avó é da Brava." in page
    page = said(console.get(page_of(vouched)))
    assert all(words in page for words in ["Teresa Vouching", *referees])


def history(page: Any) -> list[str]:
    """The lines of what happened, without their times."""
    (listed,) = re.findall(r'<ol class="console-history">(.*?)</ol>', page.content.decode(), re.DOTALL)
    lines = [re.sub(r"<time.*?</time>|<[^>]+>", " ", line, flags=re.DOTALL) for line in listed.split("</li>")]
    return [" ".join(line.split()) for line in lines][:-1]


@contextmanager
def the_past_written(*tables: str) -> Iterator[None]:
    """Write rows of these that move no case."""
    for table in tables:
        run(f"ALTER TABLE verification_{table} DISABLE TRIGGER USER")
    yield
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for table in tables:
        run(f"ALTER TABLE verification_{table} ENABLE TRIGGER USER")


def test_what_happened_stands_in_the_order_of_time(console, amelia):
    first, second = moderator(), moderator()
    (name, its), hour = [each.profile.display_name for each in (first, second)], timedelta(hours=1)
    began = now() - 9 * DAY
    case = document(
        created_at=began, handed_in_at=began + 2 * hour, waiting_since=None, status="rejected", reason="unreadable",
        decided_at=began + 9 * hour,
    )  # fmt: skip
    appeal = CaseFactory(
        route="document", member=case.member, appeal_of=case, created_at=began + DAY, waiting_since=began + DAY
    )
    with as_role("owner"), the_past_written("vote", "reply"):
        paper = case.evidence.get()
        case.evidence.update(uploaded_at=began + hour)
        Opening.objects.create(evidence=paper, by=first, at=began + 3 * hour, written_in=1)
        Opening.objects.create(evidence=paper, by=second, at=began + 7 * hour, written_in=1)
        Reply.objects.create(case=case, text="1974.", at=began + 5 * hour)
        Vote.objects.bulk_create(
            Vote(case=case, by=by, verdict=verdict, reason=reason, sentence="Where?", at=began + after * hour)
            for by, verdict, reason, after in (
                (first, "ask", "", 4), (first, "reject", "unreadable", 6), (second, "reject", "unreadable", 9),
            )
        )  # fmt: skip

    before = [
        "It began.",
        "A document came in: passport.",
        "It was handed in.",
        f"A document was opened: passport. {name}",
        f"The member was asked. {name}",
        "The member answered, and it came back to the desk.",
        f"A vote not to approve it. {name}",
        f"A document was opened: passport. {its}",
        f"A vote not to approve it. {its}",
        "It ended: not approved.",
        f"They appealed: {appeal}.",
    ]
    assert history(console.get(page_of(case))) == before
    claimed(appeal, amelia)
    with at_the_desk(amelia):
        look(appeal)
    console.post(f"{QUEUE}{appeal.pk}/word/approve/", {"stay": "1"})
    assert history(console.get(page_of(appeal))) == [
        *before,
        f"A document was opened: passport. {amelia.profile.display_name}",
        f"A vote to approve it. {amelia.profile.display_name}",
        "It ended: approved.",
    ]


def test_what_happened_tells_the_second_neither_how_the_first_voted_nor_who_they_were(console, amelia):
    case, first = document(), moderator()
    vote(case, first)
    claimed(case, amelia)
    with at_the_desk(amelia):
        look(case)

    name, own = first.profile.display_name, amelia.profile.display_name
    opened = "A document was opened: passport."
    assert sorted(history(console.get(page_of(case)))[-2:]) == [opened, f"{opened} {own}"]
    console.post(f"{QUEUE}{case.pk}/word/approve/", {"stay": "1"})
    assert {f"{opened} {name}", f"A vote to approve it. {name}"} <= set(history(console.get(page_of(case))))


# Who may.


def test_whoever_may_only_look_is_offered_nothing_and_may_do_nothing(desk):
    log_in_fully(desk, staff("view_case"))
    case = CaseFactory()
    paper = EvidenceFactory()

    assert "Next case" not in said(desk.get(QUEUE))
    assert "Hold this case" not in said(desk.get(page_of(case)))
    for address in ("next/", "release/", "keep/", f"forget/{case.pk}/",
                    f"{case.pk}/claim/", f"{case.pk}/release/", f"{case.pk}/conflict/",
                    f"{case.pk}/note/", f"{case.pk}/word/approve/", f"{case.pk}/revoke/",
                    f"{paper.case_id}/evidence/{paper.pk}/"):  # fmt: skip
        assert desk.post(QUEUE + address).status_code == 403, address
    assert desk.get(f"{QUEUE}opening/{paper.pk}/1/").status_code == 403


def test_whoever_may_neither_sees_nothing(desk):
    log_in_fully(desk, staff("view_event"))

    assert desk.get(QUEUE).status_code == 403
    assert desk.get(page_of(CaseFactory())).status_code == 403
    assert desk.get("/verification/stop/").status_code == 403


def test_nothing_is_done_by_a_link(console, amelia):
    case = claimed(CaseFactory(), amelia)
    for address in ("next/", "release/", f"{case.pk}/claim/", f"{case.pk}/release/", f"{case.pk}/note/"):
        assert console.get(QUEUE + address).status_code == 405, address


def test_a_moderator_takes_no_badge_back(console):
    case = CaseFactory()
    vote(case, moderator())
    assert "Take the badge back" not in said(console.get(page_of(case)))
    for what in ({"sentence": "x"}, {"agree": "1"}, {"keep": "1"}):
        assert console.post(f"{QUEUE}{case.pk}/revoke/", what).status_code == 403


def test_whoever_is_stopped_is_told_so_and_so_are_the_others(console, amelia):
    CaseFactory()
    for stopped, words in ((moderator(), "Case #"), (amelia, "You are stopped: too many documents were opened")):
        with as_role("owner"):
            Stop.objects.all().delete()
            Stop(moderator=stopped).save()

        assert words in said(console.post(f"{QUEUE}next/", follow=True))
        assert "1 moderator is stopped" in said(console.get("/"))


def test_the_others_see_what_was_opened_before_someone_was_stopped(console):
    stopped = moderator()
    case = EvidenceFactory().case
    with as_role("owner"):
        for minutes in (2, 3, 61):
            at = now() - timedelta(minutes=minutes)
            Opening.objects.create(evidence=case.evidence.get(), by=stopped, at=at, written_in=1)
        Stop(moderator=stopped).save()

    assert f"{case} × 2" in said(console.get("/verification/stop/"))


def test_an_administrator_lifts_a_stop_and_a_moderator_may_not(console):
    stop = Stop(moderator=moderator())
    with as_role("owner"):
        stop.save()
    lift = f"/verification/stop/{stop.pk}/lift/"
    assert "not yet" in said(console.get("/verification/stop/"))
    assert console.post(lift).status_code == 403

    chief = Client()
    log_in_fully(chief, guard(MemberFactory(password=PASSWORD, is_staff=True, is_superuser=True)))
    assert "Lift it" in said(chief.get("/verification/stop/"))
    chief.post(lift)
    with as_role("owner"):
        assert Stop.objects.get().lifted_at is not None
