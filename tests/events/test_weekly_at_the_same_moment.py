from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Letter, NoticeChoice, Weekly
from events.actions import write_weekly_letters
from tests.databases import as_role
from tests.factories import EventFactory, MemberFactory

WORKERS = 4


def test_workers_at_the_same_moment_write_one_letter(committed):
    member = MemberFactory()
    with acting_as(member):
        NoticeChoice.objects.choose(member, "week", frozenset({"digest"}))
        Weekly.objects.create(member=member)
    EventFactory()
    together = Barrier(WORKERS)

    def work(_number: int) -> int:
        try:
            with as_role("worker"):
                together.wait()
                return write_weekly_letters(at=now())
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as threads:
        counts = sorted(threads.map(work, range(WORKERS)))

    assert counts == [0, 0, 0, 1]
    with as_role("owner"):
        assert Letter.objects.count() == 1
