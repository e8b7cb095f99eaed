"""What is in a document is found nowhere where the real servers take it in and show it: see tests/verification/."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page
from redis import Redis

from tests.browser.conftest import move_in
from tests.browser.test_profile import log_in
from tests.browser.test_staff import come_in
from tests.traces import Search, can_search
from tests.verification.test_traces import a_mark, papers_with

pytestmark = pytest.mark.skipif(not can_search(), reason="looks into the files of servers of its own")
HOME = "/en/account/verification/"
MODERATOR = "moderador1@lusotown.example"


class Visitor:
    """Someone who came in by a browser and goes on by HTTP alone: what Chromium keeps for itself is not the town's."""

    def __init__(self, page: Page, address: str) -> None:
        self.context, self.address = page.context, address

    def get(self, path: str) -> APIResponse:
        return self.context.request.get(self.address + path)

    def post(self, page: str, path: str, **fields: str) -> APIResponse:
        """Send a form of a page."""
        return self.context.request.post(self.address + path, form=fields | {"csrfmiddlewaretoken": self.token(page)})

    def token(self, page: str) -> str:
        return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page).text())[0]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(reduced_motion="reduce", locale="en-GB") as context:
        yield context


@pytest.fixture
def search(town: dict[str, str]) -> Iterator[Search]:
    folders = (Path(town[kind]) for kind in ("media", "exports", "evidence", "tmp", "logs"))
    with Redis.from_url(town["redis"]) as redis:
        yield Search(town["name"], *folders, redis=redis, deep=True)


def upload(member: Visitor, page: str, name: str, data: bytes, *, meanwhile: Callable[[], None]) -> None:
    """Send a document as a browser does, and do something while the last of it is missing."""
    token = member.token(page)
    field = "--x\r\nContent-Disposition: form-data; name="
    head = f'{field}"csrfmiddlewaretoken"\r\n\r\n{token}\r\n{field}"kind"\r\n\r\npassport\r\n'
    head += f'{field}"file"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = head.encode() + data + b"\r\n--x--\r\n"
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in member.context.cookies(member.address))
    to = urlsplit(member.address)
    wire = HTTPConnection(to.hostname or "", to.port, timeout=30)
    wire.putrequest("POST", f"{page}papers/")
    for key, value in {
        "Cookie": cookies,
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(len(body)),
        "Origin": member.address,
    }.items():
        wire.putheader(key, value)
    wire.endheaders(body[:-200])
    meanwhile()
    wire.send(body[-200:])
    answer = wire.getresponse()
    assert (answer.status, answer.getheader("Location")) == (302, page)
    wire.close()


def test_what_is_in_a_document_is_found_nowhere_on_its_way_through_the_real_servers(town, browser, context, search):
    mark = a_mark()
    on_the_way: list[set[str]] = []
    _id, email = move_in(town)
    member = Visitor(log_in(context.new_page(), town["site"], email), town["site"])
    begun = member.post(f"{HOME}document/", f"{HOME}document/", consents="on")
    case = urlsplit(begun.url).path
    key = case.rstrip("/").rpartition("/")[2]

    papers = papers_with(mark)
    for name, data in papers.items():
        upload(member, case, name, data, meanwhile=lambda: on_the_way or on_the_way.append(search.places(mark)))
    member.post(case, f"{case}hand-in/")
    assert on_the_way == [set()]
    assert len([file for file in Path(town["evidence"]).rglob("*") if file.is_file()]) >= len(papers)

    with browser.new_context(reduced_motion="reduce", locale="en-GB") as own:
        page = own.new_page()
        come_in(page, town, MODERATOR)
        moderator, here = Visitor(page, town["desk"]), f"/verification/case/{key}/"
        moderator.post("/verification/case/", f"{here}claim/")
        doors = re.findall(rf"{here}evidence/[0-9a-f-]+/", moderator.get(f"{here}change/").text())
        shown = []
        for door in doors:
            opened = moderator.post(f"{here}change/", door).text()
            shown += [moderator.get(each) for each in re.findall(r'src="(/verification/case/opening/[^"]+)"', opened)]
        assert [each.headers["content-type"] for each in shown] == ["image/jpeg"] * len(papers)
        pieces = [picture[len(picture) // 2 :][:48] for picture in (each.body() for each in shown)]
        assert search.places(mark, *pieces) == set()

    member.post(f"{case}withdraw/", f"{case}withdraw/")
    assert "Withdrawn" in member.get(case).text()
    assert search.places(mark, *pieces) == set()
