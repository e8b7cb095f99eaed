"""How long finding members takes among 100,000: in a database of its own, as the site's role, with each audience.

Of each question: how many were found, then the median and the 95th percentile of 60 runs in milliseconds of the
server's process on a processor, and the same by the clock.

scripts/town.py do .venv/bin/python -m bench.directory
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import psycopg  # noqa: E402

from tests.databases import copy_of, prepared, url_for  # noqa: E402

MEMBERS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
REPEATS = 60
# What a town of so many would say: some of it common, some rare, to anyone, to members or to the verified.
FILL = r"""
ALTER TABLE community_profile DISABLE TRIGGER USER; ALTER TABLE community_bio DISABLE TRIGGER USER;
ALTER TABLE community_heritage DISABLE TRIGGER USER; ALTER TABLE community_interests DISABLE TRIGGER USER;
ALTER TABLE community_languages DISABLE TRIGGER USER; ALTER TABLE community_homearea DISABLE TRIGGER USER;
INSERT INTO community_member (id, password, is_superuser, email, language, is_active, is_staff, joined_at,
    guidelines_version)
SELECT gen_random_uuid(), '', false, 'm' || n || '@example.org', 'pt', true, false, now(), 0
    FROM generate_series(1, %(n)s) AS n;
CREATE TEMP TABLE m AS SELECT id, row_number() OVER () AS n,
    (ARRAY['public','community','verified','private'])[1 + (random() * 3.2)::int %% 4] AS seen FROM community_member;
CREATE TEMP TABLE first AS
SELECT regexp_split_to_array('Ana Rui Inês João Maria Kiala Iracema Belmiro Zulmira Hélder
    António Beatriz Catarina Duarte Eunice Filipe Graça Henrique Isabel Joaquim
    Leonor Manuel Natália Olga Paulo Quitéria Rosa Simão Teresa Úrsula
    Vasco Wanda Xavier Yara Zélia Nelson Tânia Jorge Luísa Mário', '\s+') AS names;
INSERT INTO community_profile (member_id, display_name, visibility, contact, heritage_verified_at)
SELECT id, names[1 + n %% 40] || ' ' || md5(n::text),
    CASE WHEN n %% 10 < 5 THEN 'public' WHEN n %% 10 < 9 THEN 'community' ELSE 'private' END,
    'nobody', CASE WHEN n %% 5 = 0 THEN now() END FROM m, first;
CREATE TEMP TABLE words AS
SELECT array_agg(word) AS w FROM (SELECT md5(n::text) AS word FROM generate_series(1, 5000) AS n) AS s;
INSERT INTO community_bio (profile_id, visibility, updated_at, text, text_pt, text_en)
SELECT id, seen, now(), '',
    'Gosto de fado e de ' || w[1 + (random() * random() * 4999)::int] || ' ' || w[1 + (random() * 4999)::int],
    CASE WHEN n %% 3 = 0 THEN 'I like walking and ' || w[1 + (random() * 4999)::int] ELSE '' END FROM m, words;
INSERT INTO community_heritage (profile_id, visibility, updated_at, regions)
SELECT m.id, seen, now(), ARRAY[r.slug] FROM m JOIN (SELECT slug, row_number() OVER () - 1 AS k, count(*) OVER () AS c
    FROM community_region) AS r ON r.k = m.n %% r.c;
INSERT INTO community_interests (profile_id, visibility, updated_at, chosen)
SELECT m.id, seen, now(), ARRAY['fado', i.slug] FROM m
    JOIN (SELECT slug, row_number() OVER () - 1 AS k, count(*) OVER () AS c
    FROM community_interest WHERE slug <> 'fado') AS i ON i.k = m.n %% i.c;
INSERT INTO community_languages (profile_id, visibility, updated_at, chosen)
SELECT m.id, seen, now(), CASE WHEN n %% 400 = 0 THEN ARRAY['mzs'] ELSE ARRAY['pt-PT', 'en'] END FROM m;
INSERT INTO community_homearea (profile_id, visibility, updated_at, borough_id)
SELECT m.id, seen, now(), b.code FROM m JOIN (SELECT code, row_number() OVER () - 1 AS k, count(*) OVER () AS c
    FROM community_borough) AS b ON b.k = m.n %% b.c;
"""
ASKED: dict[str, tuple[object, ...]] = {
    "everyone": ("", None, None, None, None, False),
    "a common word": ("fado", None, None, None, None, False),
    "a name": ("iracema|iracema*", None, None, None, None, False),
    "a rare word": ("c4ca4238a0b923820dcc509a6f75849b", None, None, None, None, False),
    "two words": ("fado c4ca4238a0b923820dcc509a6f75849b", None, None, None, None, False),
    "nobody": ("xyzzy", None, None, None, None, False),
    "a beginning": ("mar|mar*", None, None, None, None, False),
    "a region": ("", ["region:minho"], None, None, None, False),
    "a nation": ("", ["region:portugal"], None, None, None, False),
    "a rare language": ("", None, None, ["language:mzs"], None, False),
    "all at once": ("fado", ["region:minho"], ["interest:futebol"], ["language:pt-PT"], ["borough:lambeth"], False),
    "a region and a borough": ("", ["region:brasil"], None, None, ["borough:lambeth"], True),
    "a common word in a region": ("fado", ["region:dili"], None, None, None, False),
}
FIND = "SELECT count(*) FROM find_members(%s, %s, %s, %s, %s, %s, %s, %s, 25)"


def main() -> None:
    with copy_of(prepared()) as name:
        with psycopg.connect(url_for(name, "owner")) as owner:
            began = time.perf_counter()
            for statement in (FILL % {"n": MEMBERS}).split(";\n"):
                if statement.strip():
                    owner.execute(statement)
            owner.execute("SELECT refresh_appearances(ARRAY(SELECT member_id FROM community_profile))")
            owner.commit()
            owner.autocommit = True
            owner.execute("VACUUM ANALYZE community_appearance")
            print(f"{MEMBERS} members laid out in {time.perf_counter() - began:.0f} s")
            row = owner.execute(
                "SELECT member_id FROM community_profile WHERE heritage_verified_at IS NOT NULL"
            ).fetchone()
            reader = str(row[0]) if row else ""
        with psycopg.connect(url_for(name, "site")) as site:
            site.execute("SET jit = off")
            site.execute("SET max_parallel_workers_per_gather = 0")
            for who, identity in (("a stranger", ""), ("the verified", reader)):
                site.execute("SELECT set_config('app.member', %s, false)", [identity])
                for asked, values in ASKED.items():
                    print(f"{who:<13} {asked:<26} {measure(site, (*values, None, None))}")


class Took(NamedTuple):
    """Of a few runs, in milliseconds: on a processor, and by the clock, which others on the machine slow."""

    cpu: list[float]
    clock: list[float]
    found: int

    def __str__(self) -> str:
        spent = [f"{statistics.median(each):6.1f} {statistics.quantiles(each, n=20)[-1]:6.1f}" for each in self[:2]]
        return f"{self.found:>3} | {' | '.join(spent)}"


def measure(site: psycopg.Connection, values: tuple[object, ...]) -> Took:
    """Ask a few times, and read what the server's process has spent (Linux)."""
    spent = Path(f"/proc/{site.info.backend_pid}/schedstat")  # nanoseconds on a processor
    took = Took([], [], site.execute(FIND, values).fetchone()[0])  # type: ignore[index]
    for _ in range(REPEATS):
        began, before = time.perf_counter(), int(spent.read_text().split()[0])
        site.execute(FIND, values).fetchone()
        took.cpu.append((int(spent.read_text().split()[0]) - before) / 1e6)
        took.clock.append((time.perf_counter() - began) * 1e3)
    return took


if __name__ == "__main__":
    main()
