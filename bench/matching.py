"""Measures matching in a database of its own: how long the best 20 of 100,000 members take, and that they are right.

    DATABASE_URL_OWNER=postgres://…/bench DATABASE_URL_SITE=postgres://…/bench \\
        .venv/bin/python bench/matching.py [--members 100000] [--times 300]

It prepares the database, fills it with invented members who all opted in (a fifth verified, a tenth of the
sections for verified members alone, some blocks), once with skewed tastes, once with even ones and once with
everybody saying all they can, and asks as ``lusotown_site`` for the matches of members taken at random. Each
answer of the first few is compared with the founders' formula worked out plainly over everybody. Times are of the
server's process on a processor, and by the clock, which others on the machine slow. It ends with status 1 if the
95th percentile on the processor is 5 ms or more. Never point it at a town that people use: it empties its members.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DOOR"] = "owner"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import psycopg  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from community.models import Interest, Region  # noqa: E402

PROMISE = 5.0  # milliseconds at the 95th percentile
TODAY = date(2026, 11, 21)
TABLES = ("member", "profile", "heritage", "interests", "matchingchoice")

# The formula over everybody, as one would first write it: what the fast one is held to, and its speed.
PLAIN = """
SELECT they.member_id
  FROM community_matchingchoice AS me
  JOIN community_matchingchoice AS they ON they.place <> me.place AND they.is_standing
 CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE v LIKE 'region:%%') AS r, count(*) FILTER (WHERE v LIKE 'interest:%%') AS i
      FROM ((SELECT unnest(me.to_members) AS v UNION SELECT unnest(me.to_verified) WHERE they.is_verified)
            INTERSECT (SELECT unnest(they.to_members) UNION SELECT unnest(they.to_verified) WHERE me.is_verified)) AS c
  ) AS shared
 WHERE me.member_id = %(me)s AND r + i > 0
   AND NOT EXISTS (SELECT FROM community_block
                    WHERE (blocker_id, blocked_id) IN ((me.member_id, they.member_id), (they.member_id, me.member_id)))
 ORDER BY least(1, 0.3 + 0.3 * r + 0.4 * i) DESC, r + i DESC, they.active_on DESC, they.place LIMIT 20
"""


class Population(NamedTuple):
    """How many regions and interests people name, and whether some are far more common than others."""

    name: str
    regions: tuple[int, ...]
    interests: tuple[int, ...]
    is_skewed: bool


POPULATIONS = (
    Population("skewed tastes", (1, 1, 1, 2, 2, 3), (2, 3, 4, 5, 6, 8, 10, 14), True),
    Population("even tastes", (1, 1, 1, 2, 2, 3), (2, 3, 4, 5, 6, 8, 10, 14), False),
    Population("one interest each", (0,), (1,), True),
    Population("everybody says all they can", (10,), (30,), True),
)


def fill(population: Population, members: int, rng: random.Random) -> None:
    """Invented members, straight into the tables: the triggers would keep the bits one member at a time."""
    kinds = {
        "region": (list(Region.objects.values_list("slug", flat=True)), population.regions),
        "interest": (list(Interest.objects.values_list("slug", flat=True)), population.interests),
    }
    weights = {
        kind: [1 / (rank + 1) if population.is_skewed else 1.0 for rank in range(len(slugs))]
        for kind, (slugs, _) in kinds.items()
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE community_{table} DISABLE TRIGGER USER")
        cursor.execute("TRUNCATE community_member CASCADE")
        ids = [UUID(int=rng.getrandbits(128), version=4) for _ in range(members)]
        with cursor.copy("COPY community_member (id, password, email, language, is_active, is_staff, is_superuser,"
                         " joined_at, guidelines_version) FROM STDIN") as rows:  # fmt: skip
            for n, member in enumerate(ids):
                rows.write_row((member, "!", f"m{n}@example.org", "pt", True, False, False, TODAY, 0))
        columns = (
            "place, member_id, opted_in_at, active_on, is_standing, is_verified, is_guarded, to_members, to_verified"
        )
        with cursor.copy(f"COPY community_matchingchoice ({columns}, changes, changed_in) FROM STDIN") as rows:
            for place, member in enumerate(ids):
                shown: dict[bool, list[str]] = {False: [], True: []}
                for kind, (slugs, sizes) in kinds.items():
                    chosen = _some(slugs, weights[kind], rng.choice(sizes), rng)
                    shown[rng.random() < 0.1] += [f"{kind}:{slug}" for slug in chosen]
                active = TODAY - timedelta(days=min(int(rng.expovariate(1 / 20)), 700))
                rows.write_row((place, member, TODAY, active, True, rng.random() < 0.2, False,
                                sorted(shown[False]), sorted(shown[True]), 0, ""))  # fmt: skip
        pairs = {(rng.randrange(members), rng.randrange(members)) for _ in range(members // 20)}
        with cursor.copy("COPY community_block (blocker_id, blocked_id, name, created_at) FROM STDIN") as rows:
            for blocker, blocked in sorted(pairs):
                if blocker != blocked:
                    rows.write_row((ids[blocker], ids[blocked], "-", TODAY))
        cursor.execute("SELECT matching_bits_anew()")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE community_{table} ENABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE community_matchingchoice, community_matchingbits, community_block")


def _some(slugs: list[str], weights: list[float], many: int, rng: random.Random) -> list[str]:
    if many == len(slugs) or not many:
        return slugs[:many]
    # Weighted, without putting back (Efraimidis and Spirakis).
    keys = sorted(((rng.random() ** (1 / w), slug) for w, slug in zip(weights, slugs, strict=True)), reverse=True)
    return [slug for _, slug in keys[:many]]


def ask(population: Population, times: int, checked: int, rng: random.Random) -> str:
    """One line of the table; stops everything if an answer is not the formula's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT member_id FROM community_matchingchoice ORDER BY place")
        ids = [row[0] for row in cursor.fetchall()]
    took, worked, plain = [], [], []
    with psycopg.connect(os.environ["DATABASE_URL_SITE"], prepare_threshold=0) as site:
        site.execute("SET jit = off")
        site.execute("SET max_parallel_workers_per_gather = 0")
        cpu = Path(f"/proc/{site.info.backend_pid}/schedstat")  # nanoseconds on a processor
        for n, member in enumerate(rng.sample(ids, times)):
            site.execute("SELECT set_config('app.member', %s, true)", [str(member)])
            began, spent = time.perf_counter(), _nanoseconds(cpu)
            found = site.execute("SELECT member_id FROM best_matches(20)").fetchall()
            took.append((time.perf_counter() - began) * 1000)
            worked.append((_nanoseconds(cpu) - spent) / 1e6)
            site.commit()
            if n < checked:
                with connection.cursor() as cursor:
                    began = time.perf_counter()
                    cursor.execute(PLAIN, {"me": member})
                    expected = cursor.fetchall()
                    plain.append((time.perf_counter() - began) * 1000)
                if found != expected:
                    sys.exit(f"{population.name}: the matches of {member} are not the formula's.")
    if _p95(worked) >= PROMISE:
        ask.broken = True  # type: ignore[attr-defined]
    cells = (statistics.median(worked), _p95(worked), statistics.median(took), _p95(took), statistics.median(plain))
    return f"| {population.name} | " + " | ".join(f"{ms:,.1f}" for ms in cells) + " |"


def _nanoseconds(cpu: Path) -> int:
    return int(cpu.read_text().split()[0]) if cpu.exists() else time.perf_counter_ns()


def _p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[18]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=300, help="how many members ask")
    parser.add_argument("--checked", type=int, default=3, help="how many answers are worked out plainly too")
    parser.add_argument("--only", default="", help="only populations with this in their name")
    given = parser.parse_args()
    call_command("prepare", verbosity=0)
    print(f"{given.members:,} members, all opted in; {given.times} ask for their best 20.\n")
    print("| members | p50 ms | p95 ms | p50 by the clock | p95 by the clock | the formula over all |", flush=True)
    print("|---|--:|--:|--:|--:|--:|", flush=True)
    for population in POPULATIONS:
        if given.only in population.name:
            rng = random.Random(population.name)
            fill(population, given.members, rng)
            print(ask(population, given.times, given.checked, rng), flush=True)
    sys.exit(getattr(ask, "broken", False))


if __name__ == "__main__":
    main()
