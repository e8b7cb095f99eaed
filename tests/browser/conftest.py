"""A real site and desk: granian as the run-time roles, the demo town, Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect
from redis import Redis

from tests.databases import DEMO_PASSWORD, DEMO_TOTP_SECRET, copy_of, prepared, url_for
from tests.doors import code
from tests.provider import Provider, provider
from verification.sealing import new_key_pair

QUEUE = "/verification/case/"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's own Chromium, told not to call anyone; where there is one without windows, that is quicker."""
    chromium = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {"executable_path": chromium, "args": [*quiet, "--disable-sync", "--no-first-run"]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A running site and desk over a demo town of this run's own.

    ``site`` and ``desk`` are their addresses, ``database`` is its database's as the owner; with ``name``, ``redis``,
    ``media`` and ``exports`` another process joins them, see ``as_worker``.
    """
    with copy_of(prepared(demo=True)) as database:
        yield from _serve(database, tmp_path_factory)


@pytest.fixture
def town_with_google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], Provider]]:
    """The same with Google configured, which a server of our own plays."""
    with provider() as google, copy_of(prepared(demo=True)) as database:
        app = {"GOOGLE_CLIENT_ID": "the-town", "GOOGLE_CLIENT_SECRET": "sesame", "GOOGLE_STAND_IN": google.url}
        for town in _serve(database, tmp_path_factory, **app):
            yield town, google


def _serve(database: str, tmp_path_factory: pytest.TempPathFactory, **more: str) -> Iterator[dict[str, str]]:
    ports = {"site": free_port(), "desk": free_port()}
    addresses = {door: f"http://localhost:{port}" for door, port in ports.items()}
    folder = tmp_path_factory.getbasetemp()
    collected = _collect(
        folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    )  # a run's own, not a worker's
    kept = {kind: str(tmp_path_factory.mktemp(kind)) for kind in ("media", "exports", "evidence", "tmp", "logs")}
    public, secret = new_key_pair()
    for_one_door = {"desk": {"DESK_SECRET_KEYS": secret}}  # no other process starts with it
    environment = (
        os.environ
        | {
            "SITE_URL": addresses["site"],
            "DESK_URL": addresses["desk"],
            "STATIC_ROOT": str(collected),
            "MEDIA_ROOT": kept["media"],
            "EXPORT_ROOT": kept["exports"],
            "EVIDENCE_ROOT": kept["evidence"],
            "TMPDIR": kept["tmp"],
            "DESK_PUBLIC_KEY": public,
            "DEMO": "1",
            "DEMO_PASSWORD": DEMO_PASSWORD,
            "DEMO_TOTP_SECRET": DEMO_TOTP_SECRET,
            "LOG_LEVEL": "INFO",
            "PYTEST_ADDOPTS": "",
        }
        | more
    )
    environment |= {f"DATABASE_URL_{door.upper()}": url_for(database, door) for door in ports}
    # A database of Redis of its worker's own, and empty: what was tried in an earlier run does not count.
    mine = 7 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    environment["REDIS_URL"] = settings.REDIS_URL.rpartition("/")[0] + f"/{mine}"
    Redis.from_url(environment["REDIS_URL"]).flushdb()
    granian = [
        str(Path(sys.executable).with_name("granian")),
        "--interface",
        "wsgi",
        "--no-ws",
        "--log-level",
        "warning",
    ]
    servers = [
        subprocess.Popen(
            [*granian, "--port", str(port), "--blocking-threads", "4", "config.wsgi:application"],
            cwd=settings.BASE_DIR,
            env=environment | {"DOOR": door} | for_one_door.get(door, {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for door, port in ports.items()
    ]
    for door, server in zip(ports, servers, strict=True):
        Thread(target=_keep_log, args=(server, Path(kept["logs"], f"{door}.log")), daemon=True).start()
    try:
        for address in addresses.values():
            _wait_for(address)
        joined = {"name": database, "database": url_for(database, "owner"), "redis": environment["REDIS_URL"]}
        yield addresses | joined | kept
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(timeout=10)


def _keep_log(server: subprocess.Popen[bytes], log: Path) -> None:
    """Write down what a server says, and say it here, where a test that fails shows it."""
    assert server.stdout
    with log.open("ab", buffering=0) as file:
        for line in server.stdout:
            file.write(line)
            os.write(2, line)


def _collect(folder: Path) -> Path:
    """Where the static files lie as visitors get them: collected once, whichever worker's town is the first."""
    done = folder / "collected"
    with (folder / "collecting").open("w") as turn:
        flock(turn, LOCK_EX)
        if not done.exists():
            run = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
            mine = {"DOOR": "site", "STATIC_ROOT": str(folder / "collecting.d")}
            subprocess.run(run, cwd=settings.BASE_DIR, env=os.environ | mine, check=True)
            (folder / "collecting.d").rename(done)
    return done


NEWCOMER = """
WITH pattern AS (SELECT m FROM community_member AS m WHERE email = 'maria@lusotown.example'), made AS (
    INSERT INTO community_member
    SELECT (jsonb_populate_record(m, jsonb_build_object('id', %(id)s::text, 'email', %(email)s::text))).* FROM pattern
    RETURNING id)
INSERT INTO community_profile (member_id, display_name, visibility, contact)
    SELECT id, %(name)s, %(visibility)s, 'nobody' FROM made
"""


def move_in(town: dict[str, str], name: str = "Someone", *, visibility: str = "private") -> tuple[UUID, str]:
    """A member of a test's own, who logs in as those of the demo do: their id and address. No badge, and no case."""
    someone, email = uuid4(), f"{uuid4().hex}@example.org"
    with psycopg.connect(town["database"]) as owner:
        owner.execute(NEWCOMER, {"id": someone, "email": email, "name": name, "visibility": visibility})
    return someone, email


def as_worker(town: dict[str, str], *command: str, **more: str) -> None:
    """Run Python with these arguments as the town's worker would, and wait until it ends."""
    environment = {
        "DOOR": "worker",
        "DATABASE_URL_WORKER": url_for(town["name"], "worker"),
        "REDIS_URL": town["redis"],
        "MEDIA_ROOT": town["media"],
        "EXPORT_ROOT": town["exports"],
        "EVIDENCE_ROOT": town["evidence"],
        "TMPDIR": town["tmp"],
        "SITE_URL": town["site"],
        "LOG_LEVEL": "WARNING",
    }
    subprocess.run([sys.executable, *command], cwd=settings.BASE_DIR, env=os.environ | environment | more, check=True)


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urlopen(f"{address}/health/ready", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} did not come up")


def settle(page: Page, address: str) -> Page:
    """Open an address and wait for all that it shows: of our pages, only maps fetch anything once they stand."""
    page.goto(address)
    if page.locator(".map").count():
        page.wait_for_load_state("networkidle")
    return page


@pytest.fixture
def visit(page: Page, town: dict[str, str]) -> Iterator[Callable[[str], Page]]:
    """Open a path of the site and wait until nothing moves; an error on the console fails the test."""
    page.emulate_media(reduced_motion="reduce")
    with without_a_problem(page):
        yield lambda path: settle(page, town["site"] + path)


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """One page for tests that look and touch nothing: what the browser read for the one before, it has for the next."""
    page = browser.new_page(reduced_motion="reduce")
    yield page
    page.context.close()


@pytest.fixture
def look(window: Page, town: dict[str, str]) -> Iterator[Callable[[str], Page]]:
    """The same as ``visit`` in the window that all of them share."""
    window.context.clear_cookies()
    window.set_viewport_size({"width": 1280, "height": 720})
    with without_a_problem(window):
        yield lambda path: settle(window, town["site"] + path)


@contextmanager
def without_a_problem(page: Page) -> Iterator[None]:
    problems: list[str] = []

    def hear_error(error: Any) -> None:
        problems.append(str(error))

    def hear_line(line: Any) -> None:
        if "Content Security Policy" in line.text:
            problems.append(line.text)

    page.on("pageerror", hear_error)
    page.on("console", hear_line)
    yield
    page.remove_listener("pageerror", hear_error)
    page.remove_listener("console", hear_line)
    assert problems == []


def fresh_code(town: dict[str, str], secret: str = DEMO_TOTP_SECRET) -> str:
    """A code works once, and the next is half a minute away: that this one was used just now is forgotten."""
    with Redis.from_url(town["redis"]) as redis:
        for used in redis.scan_iter("*mfa.totp.used*"):
            redis.delete(used)
    return code(secret)


@pytest.fixture(scope="session")
def badge(browser: Browser, town: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The cookies of someone who works at the desk; they log in with both factors, once in all of these tests."""
    kept: dict[str, Path] = {}

    def of(email: str) -> Path:
        if email not in kept:
            page = browser.new_page()
            page.goto(town["desk"])
            page.locator("[name=login]").fill(email)
            page.locator("[name=password]").fill(DEMO_PASSWORD)
            page.keyboard.press("Enter")
            page.locator("[name=code]").fill(fresh_code(town))
            page.keyboard.press("Enter")
            expect(page.locator("#site-name")).to_be_visible()
            kept[email] = tmp_path_factory.mktemp("desk") / "badge.json"
            page.context.storage_state(path=kept[email])
            page.context.close()
        return kept[email]

    return of


@pytest.fixture
def sit_down(browser: Browser, town: dict[str, str], badge: Callable[[str], Path]) -> Iterator[Callable[[str], Page]]:
    """A moderator before the queue; an error on the console fails the test."""
    problems: list[str] = []
    contexts: list[BrowserContext] = []

    def seat(email: str) -> Page:
        context = browser.new_context(storage_state=badge(email), reduced_motion="reduce", locale="en-GB")
        context.add_cookies([{"name": "django_language", "value": "en", "url": town["desk"]}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(town["desk"] + QUEUE)
        return page

    yield seat
    for context in contexts:
        context.close()
    assert problems == []
