"""Claims, reports and newcomers' events as queues: their order, their languages, and the views of them one keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime, now

from community.models import Languages, Member
from tests.databases import as_role
from tests.doors import log_in_fully, said, staff
from tests.factories import EventFactory, ListingRequestFactory, MemberFactory, ReportFactory
from verification import queue
from verification.models import FirstPost, SavedFilter

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
KINDS = ("listingrequest", "firstpost", "report")


@pytest.fixture
def amelia() -> Member:
    """Someone who reads Portuguese and works all queues."""
    return staff("change_case", *(f"change_{kind}" for kind in KINDS))


@pytest.fixture
def console(desk: Client, amelia: Member) -> Client:
    log_in_fully(desk, amelia)
    desk.cookies["django_language"] = "en"
    return desk


def a_post(*, language: str, **fields: Any) -> FirstPost:
    event = EventFactory(organizer=MemberFactory(language=language))
    with as_role("owner"):
        return FirstPost.objects.create(event=event, organizer=event.organizer, **fields)


MAKE: dict[str, Callable[..., Any]] = {
    "listingrequest": ListingRequestFactory,
    "firstpost": a_post,
    "report": ReportFactory,
}


def waits(kind: str, days: float, /, **fields: Any) -> str:
    """One that has waited for so long; its key."""
    row = MAKE[kind](**{"language": "pt"} | fields)
    with as_role("owner"):
        type(row)._default_manager.filter(pk=row.pk).update(created_at=now() - days * DAY)
    return str(row.pk)


def keys(page: Any) -> list[str]:
    """What a list shows, in its order."""
    return re.findall(r'<th scope="row">\s*<a href="[^"]*/([0-9a-f-]{36})/change/">', page.content.decode())


def read_through(console: Client, kind: str, query: str = "") -> list[str]:
    """A list from its first page to its last."""
    read: list[str] = []
    address: str | None = f"?{query}"
    while address:
        page = console.get(f"/verification/{kind}/{address}")
        read += keys(page)
        onward = re.search(r'href="(\?[^"]*after=[^"]*)"', page.content.decode())
        address = onward and onward[1].replace("&amp;", "&")
    return read


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_a_language_that_one_reads_comes_first_page_by_page_and_by_next(console, amelia, monkeypatch, kind):
    monkeypatch.setattr(queue, "PAGE", 2)
    english = [waits(kind, days, language="en") for days in (9, 8, 2)]
    own = [waits(kind, days) for days in (7, 6, 1)]
    offered = "longest waiting first"

    assert read_through(console, kind) == own + english
    assert read_through(console, kind, "order=waiting") == [*english[:2], *own[:2], english[2], own[2]]
    assert read_through(console, kind, "language=en") == english
    assert read_through(console, kind, "queue=mine") == []
    assert offered in said(console.get(f"/verification/{kind}/"))
    page_of = f"/verification/{kind}/{{}}/change/"
    assert console.post(f"/verification/{kind}/next/")["Location"] == page_of.format(own[0])
    assert console.post(f"/verification/{kind}/next/", {"order": "waiting"})["Location"] == page_of.format(english[0])
    page = console.get(page_of.format(english[0]))
    assert '<input type="hidden" name="order" value="waiting">' in page.content.decode()  # it stays so
    assert console.post(f"/verification/{kind}/next/", {"language": "en"})["Location"] == page_of.format(english[1])
    with as_role("owner"):
        Languages.objects.create(profile=amelia.profile, visibility="private", chosen=["en-GB"])
    assert offered not in said(console.get(f"/verification/{kind}/"))


def test_someone_young_at_risk_stands_before_every_language(console, monkeypatch):
    monkeypatch.setattr(queue, "PAGE", 2)
    old, young, own = (
        waits("report", 9, language="en"),
        waits("report", 1, language="en", kind="minor"),
        waits("report", 3),
    )

    assert read_through(console, "report") == [young, own, old]
    assert read_through(console, "report", "order=waiting") == [young, old, own]
    assert console.post("/verification/report/next/")["Location"] == f"/verification/report/{young}/change/"


def test_an_event_whose_organiser_was_erased_still_waits(console):
    post = a_post(language="en")
    with as_role("owner"):
        FirstPost.objects.filter(pk=post.pk).update(organizer=None)

    assert keys(console.get("/verification/firstpost/")) == [str(post.pk)]


def test_what_ended_is_read_from_the_newest_up_to_a_month(console, monkeypatch):
    monkeypatch.setattr(queue, "PAGE", 1)
    newest, older, oldest = (
        str(ReportFactory(outcome="left", closed_at=now() - days * DAY, language=language).pk)
        for days, language in ((1, "en"), (40, "pt"), (80, "en"))
    )

    assert read_through(console, "report", "queue=decided") == [newest, older, oldest]
    month = f"{now() - 40 * DAY:%Y-%m}"
    assert read_through(console, "report", f"queue=decided&month={month}") == [older, oldest]
    page = console.get("/verification/report/?queue=decided")
    assert "Up to the month" in said(page)
    assert f'<time datetime="{localtime(now() - DAY):%Y-%m-%d}' in page.content.decode()
    assert "Up to the month" not in said(console.get("/verification/report/"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_view_is_kept_in_its_own_queue_and_shown_in_no_other(console, amelia, kind):
    wanted = {"queue": "decided", "language": "en", "order": "waiting"}
    here = f"/verification/{kind}/"
    assert "Keep this view" not in said(console.get(here))

    answer = console.post(f"{here}keep/", wanted | {"name": "Old ones", "q": "Ana", "route": "document"})

    assert answer["Location"] == f"{here}?queue=decided&language=en&order=waiting"
    assert re.search(r'aria-current="page">Old ones', console.get(answer["Location"]).content.decode())
    for other in {*KINDS, "case"} - {kind}:
        assert "Old ones" not in said(console.get(f"/verification/{other}/"))
        console.post(f"/verification/{other}/keep/", {"queue": "mine", "name": "Old ones"})  # a name of its own there
    with as_role("owner"):
        assert SavedFilter.objects.filter(member=amelia, name="Old ones").count() == 4
        kept = SavedFilter.objects.get(of=kind)
    console.post(f"/verification/case/forget/{kept.pk}/")  # from elsewhere
    assert "Old ones" in said(console.get(here))
    assert console.post(f"{here}forget/{kept.pk}/", {"language": "pt"})["Location"] == f"{here}?language=pt"
    assert "Old ones" not in said(console.get(here))


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_asks_as_much_for_three_as_for_one(console, kind):
    console.get(f"/verification/{kind}/")
    asked = []
    for rows in (1, 3):
        while len(keys(console.get(f"/verification/{kind}/"))) < rows:
            waits(kind, 1, claimed_by=MemberFactory(is_staff=True), claimed_until=now() + DAY)
        with CaptureQueriesContext(connection) as queries:
            console.get(f"/verification/{kind}/")
        asked.append(len(queries))
    assert asked[0] == asked[1]
