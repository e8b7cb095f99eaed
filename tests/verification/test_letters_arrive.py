"""A letter's whole way: decided at the desk, queued with the decision, written by a real worker, sent by SMTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from tests.databases import as_role, url_for
from tests.doors import come_in
from tests.factories import ListingRequestFactory
from tests.postbox import postbox

WORKERS = 2  # that reach for the same jobs
PATIENCE = 30  # seconds


@contextmanager
def workers(database: str, email_url: str) -> Iterator[None]:
    """Real worker processes, as their own role; they end as an operator ends them."""
    door = {"DOOR": "worker", "DATABASE_URL_WORKER": url_for(database, "worker"), "EMAIL_URL": email_url}
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", "5"]
    environment = {**os.environ, **door, "PYTEST_ADDOPTS": ""}
    running = [subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment) for _ in range(WORKERS)]
    try:
        yield
    finally:
        for worker in running:
            worker.terminate()
        codes = [worker.wait(timeout=10) for worker in running]
    assert codes == [0] * WORKERS


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def are_up() -> bool:
    with as_role("owner"):
        return ProcrastinateWorker.objects.count() == WORKERS


def are_done() -> bool:
    with as_role("owner"):
        return not ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).exists()


def test_what_the_desk_decides_arrives_by_mail_once_and_in_the_language_it_was_asked_in(committed, desk, settings):
    claim = ListingRequestFactory(kind="claim", business_name="Casa", name="Inês", email="ines@example.org")
    removal = ListingRequestFactory(
        kind="removal", business_name="Casa", name="Joe", email="joe@example.org", language="en"
    )
    come_in(desk, "change_listingrequest")

    with postbox() as post, workers(committed, post.url):
        wait_until(are_up)
        for request, decision in ((claim, "grant"), (removal, "refuse")):
            for _ in range(2):  # the second press of the button finds it decided
                desk.post(f"/verification/listingrequest/{request.pk}/decide/", {"decision": decision})
        wait_until(lambda: len(post.letters) >= 2 and are_done())

    letters = {letter["To"]: letter for letter in post.letters}
    assert sorted(letter["To"] for letter in post.letters) == ["ines@example.org", "joe@example.org"]
    assert letters["ines@example.org"]["Subject"] == "LusoTown: a nossa resposta sobre Casa"
    assert "Olá, Inês," in letters["ines@example.org"].get_body(["plain"]).get_content()
    assert "a sua reivindicação foi aprovada" in letters["ines@example.org"].get_body(["plain"]).get_content()
    assert letters["joe@example.org"]["Subject"] == "LusoTown: our answer about Casa"
    assert "we could not confirm that Casa is yours" in letters["joe@example.org"].get_body(["plain"]).get_content()
    assert {letter["From"] for letter in post.letters} == {settings.DEFAULT_FROM_EMAIL}
