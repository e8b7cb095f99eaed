"""Measures what knowing the reader costs: the CPU of a page for a member, less that of the same page for a stranger.

    DATABASE_URL_SITE=postgres://…/lusotown .venv/bin/python bench/identity.py --member maria@lusotown.example

It counts this process alone, not PostgreSQL's, and asks for both in turn, so that both meet the same machine. The
first figure is identity and transaction by themselves, which may take half a millisecond; the second is the whole
page's, with what it shows to members only. It logs the member in as the site does, and out again.

What is held against the promise is the quietest of sixty rounds of twenty requests each, as timeit does it: a
neighbour on the same processor can only add to a round, never take from it. The middle one is told beside it, and how
long a fixed sum took in both, which says how much of the difference is the machine's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ |= {"DOOR": "site", "SITE_URL": "http://localhost", "LOG_LEVEL": "ERROR", "TRUSTED_PROXIES": "1"}

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject

import config.wsgi  # noqa: F401 (the site as it runs, with its garbage collector)
from community.identity import acting_as, identified, signing_in
from community.models import Member
from community.sessions import SessionStore

IDENTITY = 0.5  # milliseconds of CPU
ROUNDS, TIMES = 60, 20


def a_sum() -> None:
    """Work that never changes, to hold the machine of one moment against that of another."""
    sum(number * number for number in range(10_000))


def cpu(ask: Callable[[], object]) -> float:
    """Milliseconds of this process's CPU that a question takes."""
    began = time.process_time()
    for _ in range(TIMES):
        ask()
    return (time.process_time() - began) * 1000 / TIMES


def log_in(email: str) -> SessionStore:
    with signing_in(email):
        found = Member.objects.get(email=email)
    with acting_as(found):
        member = Member.objects.get(pk=found.pk)
        session = SessionStore()
        session[SESSION_KEY] = str(member.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = member.get_session_auth_hash()
        session.save()
    return session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--member", required=True, help="the e-mail address of a member")
    parser.add_argument("--page", default="/en/about/", help="a page that does not change as it is asked for")
    asked = parser.parse_args()
    session = log_in(asked.member)
    stranger, member = Client(HTTP_HOST="localhost"), Client(HTTP_HOST="localhost")
    member.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    requests = (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" for number in range(1 << 24))

    def page(client: Client) -> None:
        answer = client.get(asked.page, HTTP_X_FORWARDED_FOR=next(requests))  # from anew each time: no limit is met
        assert answer.status_code == 200, answer.status_code

    def identity() -> None:
        request = RequestFactory().get(asked.page)
        request.COOKIES[settings.SESSION_COOKIE_NAME] = session.session_key
        request.session = SessionStore(session.session_key)
        request.user = SimpleLazyObject(lambda: get_user(request))  # as AuthenticationMiddleware does
        with identified(request):
            assert request.user.is_authenticated

    def nobody() -> None:
        request = RequestFactory().get(asked.page)
        request.session = SessionStore()

    kinds: dict[str, Callable[[], object]] = {
        "nobody": nobody,
        "identity": identity,
        "stranger": lambda: page(stranger),
        "member": lambda: page(member),
        "sum": a_sum,
    }
    try:
        rounds = [{kind: cpu(ask) for kind, ask in kinds.items()} for _ in range(1 + ROUNDS)]
    finally:
        with acting_as(Member(pk=session[SESSION_KEY])):
            session.delete()

    def told(more: str, less: str = "") -> float:
        quietest, middle = (
            of(each[more] for each in rounds[1:]) - (of(each[less] for each in rounds[1:]) if less else 0)
            for of in (min, statistics.median)
        )
        print(f"{quietest:.2f} ms of CPU in the quietest round, {middle:.2f} in the middle one: ", end="")
        return quietest

    cost = told("identity", "nobody")
    print("identity and transaction")
    told("member", "stranger")
    print(f"the page {asked.page} for a member, more than for a stranger")
    told("sum")
    print("a fixed sum")
    sys.exit(cost > IDENTITY)


if __name__ == "__main__":
    main()
