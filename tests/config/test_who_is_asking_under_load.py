"""Forty people at once, through four workers and few connections, while views fail, time out and lose their connection.

No statement may run for anybody but whoever asks: tests/crowd/watched.py asks PostgreSQL so, before each of them.
``CROWD_ASKS=10000`` asks more often than the suite has time for; what came out stands in docs/performance.md.
"""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.utils.timezone import now
from django_redis import get_redis_connection

from community.identity import acting_as
from community.models import Member, Profile, Token
from tests.browser.conftest import free_port
from tests.databases import as_role, url_for
from tests.doors import PASSWORD, code, guard, staff
from tests.factories import MemberFactory

ASKS = int(os.environ.get("CROWD_ASKS", "600"))
CLIENTS = 24  # connections at a time
IDLE = 5  # seconds after which a server may close a connection, just as it is used again
WORKING = {
    "site": ["--workers", "4", "--blocking-threads", "4"],
    "desk": ["--workers", "1", "--blocking-threads", "4"],
}
# Granian, with what its workers run read once for all of them: they are forks of this process.
SERVE = """
import tests.crowd.watched
from django.db import connection
from granian.cli import entrypoint
connection.close_pool()
entrypoint()
"""
NAMES = re.compile(r"Crowd[0-9a-f]{12}|[a-z]+\d+@example\.org")
FORM = "application/x-www-form-urlencoded"


class Ask(NamedTuple):
    """Something one may ask for: how often, the statuses it may have, and whether the answer says one's own name."""

    weight: float
    method: str
    address: str
    statuses: set[int]
    is_named: bool = False
    body: str = ""
    kind: str = FORM
    patience: float = 60  # seconds until one hangs up


def breaking(name: str, weight: float, *statuses: int, is_named: bool = False) -> Ask:
    return Ask(weight, "GET", f"/api/v1/breaking/{name}/", set(statuses), is_named)


BREAKING = [
    breaking("raises", 1, 500),
    breaking("times_out", 0.3, 503),
    breaking("breaks_off", 0.3, 500, 503),
    breaking("swallows", 0.5, 500),
]
HANGING_UP = [
    Ask(weight, "GET", f"/api/v1/{address}/", set(), patience=patience)
    for weight, address, patience in (
        (0.5, "breaking/is_slow", 0.01),
        (0.5, "breaking/streams", 0.003),
        (0.5, "members/me", 0.001),
        (0.3, "breaking/times_out", 0.01),
    )
]
NAMED = [breaking(name, 0.5, 200, is_named=True) for name in ("is_slow", "streams", "steps_aside")]
ME = Ask(6, "GET", "/api/v1/members/me/", {200}, is_named=True)
STRANGERS_ASK = [
    Ask(4, "GET", "/api/v1/members/me/", {401}),
    Ask(2, "GET", "/api/v1/places/?q=stock", {200}),
    Ask(1, "GET", "/pt/sobre/", {200}),
    Ask(1, "GET", "/pt/membros/", {200}),
    *(ask._replace(statuses={*ask.statuses, 200}) for ask in BREAKING),  # without a transaction none can fail
    *HANGING_UP,
    *(ask._replace(is_named=False) for ask in NAMED),
]
BY_SESSION = [
    ME,
    Ask(1, "GET", "/pt/conta/perfil/", {200}, is_named=True),
    Ask(0.5, "GET", "/pt/membros/", {200}),
    Ask(0.5, "GET", "/pt/membros/afinidades/", {200}),
    Ask(1, "POST", "/pt/conta/perfil/chegada/", {302}, body=urlencode({"year": 2004, "visibility": "private"})),
    *BREAKING,
    *HANGING_UP,
    *NAMED,
]
ARRIVED = json.dumps({"arrival": {"year": 2004, "visibility": "private"}})
BY_TOKEN = [
    ME,
    Ask(1, "PATCH", "/api/v1/members/me/", {200}, is_named=True, body=ARRIVED, kind="application/json"),
    Ask(1, "GET", "/api/v1/members/me/matches/", {200}),
    *BREAKING,
    *HANGING_UP,
    *NAMED,
]
HALF_WAY_IN = [
    Ask(3, "GET", "/pt/conta/2fa/authenticate/", {200}),
    Ask(2, "GET", "/api/v1/members/me/", {401}),
    Ask(1, "POST", "/pt/conta/2fa/authenticate/", {200, 429}, body=urlencode({"code": "000000"})),
    *BREAKING,
    *HANGING_UP,
]
AT_THE_DESK = [Ask(1, "GET", address, {200}, is_named=True) for address in ("/", "/community/region/")]


@dataclass
class Person:
    """One of the crowd: what they ask, and what their browser or script presents."""

    asks: list[Ask]
    port: int
    number: int
    member: Member | None = None
    name: str = ""
    token: str = ""
    is_half_way: bool = False
    cookies: dict[str, str] = field(default_factory=dict)

    def headers(self, kind: str) -> dict[str, str]:
        csrf = self.cookies.get("lusotown_csrf", "")
        found = {"X-Forwarded-For": f"10.1.0.{self.number}", "Content-Type": kind, "X-CSRFToken": csrf}
        if self.token:
            found["Authorization"] = f"Bearer {self.token}"
        if self.cookies:
            found["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return found

    def come_in(self, *steps: tuple[str, dict[str, str]]) -> None:
        """Fill in form after form, as a browser does: with the cookies of each answer."""
        prefix = "lusotown_desk" if self.member and self.member.is_staff else "lusotown"
        self.cookies[f"{prefix}_csrf"] = "c" * 32
        for address, typed in steps:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
            typed |= {"csrfmiddlewaretoken": self.cookies[f"{prefix}_csrf"]}
            connection.request("POST", address, urlencode(typed), self.headers(FORM))
            answer = connection.getresponse()
            assert answer.status == 302, (address, answer.status, answer.read()[:2000])
            for header in answer.headers.get_all("Set-Cookie", ()):
                self.cookies |= {name: cookie.value for name, cookie in SimpleCookie(header).items()}

    @property
    def presents(self) -> str:
        return self.token or self.cookies.get("lusotown") or self.cookies.get("lusotown_desk", "")

    @property
    def names(self) -> set[str]:
        """What answers may call them."""
        return {self.name, self.member.email} if self.member else set()

    @property
    def row(self) -> tuple[str, str]:
        """What the watcher should know of them: who they are, and who they are half-way to being."""
        who = str(self.member.pk) if self.member else ""
        return ("", who) if self.is_half_way else (who, "")


def member(number: int) -> Member:
    name = f"Crowd{secrets.token_hex(6)}"
    return MemberFactory(email=f"crowd{number}@example.org", password=PASSWORD, profile__display_name=name)


def gather(ports: dict[str, int]) -> list[Person]:
    """Eight strangers, fourteen with a session, twelve with a token, five half-way in, and a moderator at her desk."""
    site = ports["site"]
    people = [Person(STRANGERS_ASK, site, number) for number in range(8)]
    for number in range(8, 39):
        who = member(number)
        person = Person([], site, number, who, who.profile.display_name)
        people.append(person)
        if number < 22:
            person.asks = BY_SESSION
            person.come_in(("/pt/conta/login/", {"login": who.email, "password": PASSWORD}))
        elif number < 34:
            person.asks = BY_TOKEN
            with acting_as(who):
                scopes = ["profile:read", "profile:write"]
                person.token = Token.objects.issue(who, name="Script", scopes=scopes, days=9, at=now())[1]
        else:
            guard(who)
            person.asks, person.is_half_way = HALF_WAY_IN, True
            person.come_in(("/pt/conta/login/", {"login": who.email, "password": PASSWORD}))
    amelia = staff("view_region")
    moderator = Person(AT_THE_DESK, ports["desk"], 39, amelia, amelia.email)
    moderator.come_in(
        ("/account/login/", {"login": amelia.email, "password": PASSWORD}),
        ("/account/2fa/authenticate/", {"code": code()}),
    )
    return [*people, moderator]


class Crowd:
    """The crowd as it asks: every answer is looked at, and what is wrong with one is kept in ``complaints``."""

    def __init__(self, people: list[Person], asks: int) -> None:
        self.people, self.left = people, iter(range(asks))
        self.lock, self.outcomes, self.complaints = threading.Lock(), Counter[str](), list[str]()

    def run(self) -> None:
        clients = [threading.Thread(target=self._ask_and_ask, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def _ask_and_ask(self, number: int) -> None:
        chance = random.Random(number)
        lines: dict[int, HTTPConnection] = {}  # one to each door, whoever asks through it
        used: dict[int, float] = {}
        while self._goes_on():
            person = chance.choice(self.people)
            (ask,) = chance.choices(person.asks, [each.weight for each in person.asks])
            line = lines.setdefault(person.port, HTTPConnection("127.0.0.1", person.port))
            if time.monotonic() - used.get(person.port, 0) > IDLE:
                line.close()  # which opens it anew
            used[person.port] = time.monotonic()
            try:
                line.timeout = ask.patience
                if line.sock:
                    line.sock.settimeout(ask.patience)
                line.request(ask.method, ask.address, ask.body, person.headers(ask.kind))
                answer = line.getresponse()
                self._look_at(person, ask, answer.status, answer.read().decode())
            except (TimeoutError, HTTPException, OSError) as error:
                line.close()
                with self.lock:
                    self.outcomes["hung up"] += 1
                    if ask.statuses:
                        self.complaints.append(f"{ask.method} {ask.address}: {error!r}")

    def _goes_on(self) -> bool:
        with self.lock:
            return next(self.left, None) is not None

    def _look_at(self, person: Person, ask: Ask, status: int, text: str) -> None:
        named = set(NAMES.findall(text))
        is_right = (not ask.statuses or status in ask.statuses) and named <= person.names
        with self.lock:
            self.outcomes[str(status)] += 1
            if not is_right or (ask.is_named and person.name not in named):
                self.complaints.append(
                    f"{ask.method} {ask.address} for {person.name or 'a stranger'}: {status} {named}"
                )


@pytest.fixture
def list_of_people(tmp_path: Path) -> Path:
    return tmp_path / "crowd.json"


@pytest.fixture
def counts() -> Iterator[str]:
    """Where the watchers count, in Redis."""
    key = f"crowd-{secrets.token_hex(6)}"
    yield key
    redis = get_redis_connection("default")
    redis.delete(key, f"{key}:wrong", f"{key}:processes")


@pytest.fixture(params=["a pool", "threads"])
def doors(request, committed: str, list_of_people: Path, counts: str) -> Iterator[dict[str, int]]:
    """The site with four workers and the desk, each statement of theirs watched; the ports they listen at.

    Connections are passed from one reader to the next by psycopg's pool, or kept by each thread, as the town runs.
    """
    told = {"CROWD_LIST": str(list_of_people), "CROWD": counts, "CROWD_KEPT_BY": request.param}
    with at_work(committed, told) as ports:
        yield ports


@contextmanager
def at_work(database: str, told: dict[str, str]) -> Iterator[dict[str, int]]:
    ports = {"site": free_port(), "desk": free_port()}
    environment = os.environ | told | {"PYTHONWARNINGS": "ignore", "PYTHONPATH": str(settings.BASE_DIR)}
    environment |= {f"{door.upper()}_URL": f"http://localhost:{port}" for door, port in ports.items()}
    environment |= {f"DATABASE_URL_{door.upper()}": url_for(database, door) for door in ports}
    granian = [sys.executable, "-c", SERVE, "--interface", "wsgi", "--no-ws", "--log-level", "error"]
    servers = [
        subprocess.Popen(
            [*granian, "--port", str(ports[door]), *working, "tests.crowd.watched:application"],
            cwd=settings.BASE_DIR,
            env=environment | {"DOOR": door},
        )
        for door, working in WORKING.items()
    ]
    try:
        for port in ports.values():
            wait_until(lambda port=port: is_up(port))
        yield ports
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(timeout=20)


def is_up(port: int) -> bool:
    try:
        line = HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("GET", "/health/ready")
        return line.getresponse().status == 200
    except OSError:
        return False


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it took too long")


def tell_who_they_are(people: list[Person], file: Path) -> None:
    """Write down who presents what, at one stroke: from now on the watchers watch."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps({person.presents: person.row for person in people if person.member}))
    draft.rename(file)


def test_of_all_that_forty_people_ask_at_once_no_statement_runs_as_somebody_else(doors, list_of_people, counts, capsys):
    people = gather(doors)
    tell_who_they_are(people, list_of_people)

    crowd = Crowd(people, ASKS)
    began = time.monotonic()
    crowd.run()
    took = time.monotonic() - began

    redis = get_redis_connection("default")
    counted = {name.decode(): int(count) for name, count in redis.hgetall(counts).items()}
    wrong = [line.decode() for line in redis.lrange(f"{counts}:wrong", 0, 9)]
    with capsys.disabled():
        if "CROWD_ASKS" in os.environ:
            print(f"\n{len(people)} people asked {ASKS} times in {took:.1f} s: {dict(crowd.outcomes)}; {counted}")
    assert wrong == []
    assert crowd.complaints == []
    assert "wrong" not in counted or counted["wrong"] == 0
    assert redis.scard(f"{counts}:processes") == 5  # each of the four workers, and the desk
    # Enough was seen to say so: most statements ran as a member, some half-way, and things did break.
    assert counted["requests"] > 0.9 * ASKS
    assert counted["as a member"] > ASKS
    assert counted["half-way"] > 0.02 * ASKS
    assert min(crowd.outcomes[each] for each in ("500", "503", "hung up")) > 0.005 * ASKS
    with as_role("owner"):  # what was written by requests that failed has not stayed
        assert set(Profile.objects.values_list("contact", flat=True)) == {"nobody"}
