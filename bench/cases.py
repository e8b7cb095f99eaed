"""Measures the desk's queue in a database of its own: 10,000 cases that wait and 1,000,000 that ended.

    DATABASE_URL_OWNER=postgres://…/bench DATABASE_URL_DESK=postgres://…/bench \\
        .venv/bin/python bench/cases.py [--open 10000] [--ended 1000000] [--write docs/performance.md]

It makes the database where there is none, prepares it, fills it with invented members and cases, and asks for each
part of the queue as a moderator who came in at the desk, as ``lusotown_desk``, with everything a request goes through
but the wire. It prints each plan that reads a whole table of cases, and ends with status 1 if there is one or a page
takes 100 ms or more at the 95th percentile. Never point it at a town that people use: it empties its members.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DOOR"] = "desk"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["LOG_LEVEL"] = "ERROR"

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}  # none collected
django.setup()

import psycopg  # noqa: E402
from allauth.mfa.models import Authenticator  # noqa: E402
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from psycopg import sql  # noqa: E402

from community.identity import acting_as  # noqa: E402
from community.models import Member  # noqa: E402
from config.settings import env  # noqa: E402

PROMISE = 100.0  # milliseconds at the 95th percentile
TIMES = 40
PERIOD = 30  # seconds a code holds
PASSWORD, SECRET = "bench-bench-bench", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
QUEUE = "/verification/case/"
PARTS = {
    "waiting": "",
    "waiting, the longest first": "?order=waiting",
    "waiting, the 40th page": "?after={after}",
    "mine": "?queue=mine",
    "documents": "?queue=documents",
    "second vote wanted": "?queue=second",
    "appeals": "?queue=appeals",
    "answered": "?queue=answered",
    "asked": "?queue=asked",
    "in English, by references": "?language=en&route=community_reference",
    "ended": "?queue=ended",
    "ended, up to a month two years ago": "?queue=ended&month={month}",
    "by a name": "?q=maria%20silv",
    "by a name nobody has": "?q=xyzzy",
}

FILL = """
TRUNCATE community_member CASCADE;
INSERT INTO community_member (id, password, is_superuser, email, language, is_active, is_staff, joined_at,
                              guidelines_version)
SELECT gen_random_uuid(), '', false, 'm' || n || '@example.org', 'pt', true, false, now() - interval '2 years', 0
  FROM generate_series(1, 100000) AS n;
INSERT INTO community_member (id, password, is_superuser, email, language, is_active, is_staff, joined_at,
                              guidelines_version)
VALUES (gen_random_uuid(), %(password)s, true, 'moderator@example.org', 'en', true, true, now(), 0);
CREATE TEMP TABLE numbered AS SELECT id, row_number() OVER () AS n FROM community_member WHERE NOT is_staff;
CREATE UNIQUE INDEX ON numbered (n);
INSERT INTO community_profile (member_id, display_name, visibility, contact)
SELECT id, (ARRAY['Maria', 'João', 'Conceição', 'Rui', 'Ana', 'Zulmira', 'Edmilson', 'Teresa'])[1 + n %% 8] || ' ' ||
           (ARRAY['Silva', 'Prates', 'Évora', 'Lobo', 'Sarrabulho', 'Menezes', 'Tavares'])[1 + n %% 7] || ' ' || n,
       'private', 'nobody' FROM numbered;
INSERT INTO verification_case (id, number, member_id, route, status, language, note, created_at, waiting_since,
                               decided_at, reason, sentence, expires_at)
SELECT gen_random_uuid(), n, (SELECT id FROM numbered WHERE numbered.n = 1 + cases.n %% 100000),
       (ARRAY['document', 'cultural_knowledge', 'community_reference'])[1 + n %% 3],
       (ARRAY['approved', 'rejected', 'withdrawn', 'expired'])[1 + n %% 4], (ARRAY['pt', 'en'])[1 + n %% 2], '',
       now() - n * interval '1 minute' - interval '3 days', NULL, now() - n * interval '1 minute',
       CASE WHEN n %% 4 = 1 THEN 'answers' ELSE '' END, '', CASE WHEN n %% 4 = 0 THEN now() + interval '4 years' END
  FROM generate_series(1, %(ended)s) AS cases (n);
INSERT INTO verification_case (id, number, member_id, route, status, language, note, created_at, waiting_since, reason,
                               sentence, appeal_of_id)
SELECT gen_random_uuid(), %(ended)s + n, (SELECT id FROM numbered WHERE numbered.n = cases.n),
       (ARRAY['document', 'cultural_knowledge', 'community_reference'])[1 + n %% 3],
       CASE WHEN n %% 10 = 0 THEN 'needs_information' ELSE 'pending' END, (ARRAY['pt', 'en'])[1 + n %% 2], '',
       now() - n * interval '2 minutes', CASE WHEN n %% 10 > 0 THEN now() - n * interval '1 minute' END, '', '',
       CASE WHEN n %% 50 = 1 THEN (SELECT id FROM verification_case WHERE number = n) END
  FROM generate_series(1, %(open)s) AS cases (n);
INSERT INTO verification_vote (id, case_id, verdict, reason, sentence, at)
SELECT gen_random_uuid(), id, CASE WHEN number %% 5 = 0 THEN 'ask' ELSE 'approve' END, '',
       CASE WHEN number %% 5 = 0 THEN 'Where?' ELSE '' END, created_at
  FROM verification_case WHERE decided_at IS NOT NULL OR number %% 7 = 0;
INSERT INTO verification_reply (id, case_id, text, at)
SELECT gen_random_uuid(), id, 'There.', created_at FROM verification_case WHERE number %% 11 = 0;
"""
FILLED = ("community_member", "community_profile", "verification_case", "verification_vote", "verification_reply")


def fill(ended: int, waiting: int) -> None:
    """Put invented members and cases in the place of all there were, without a word to the triggers."""
    url = os.environ["DATABASE_URL_OWNER"]
    make_database(urlsplit(url).path[1:])
    prepare = [sys.executable, "manage.py", "prepare"]
    environment = {name: value for name, value in os.environ.items() if name != "DESK_SECRET_KEYS"}  # the desk's alone
    subprocess.run(prepare, cwd=ROOT, env=environment | {"DOOR": "owner"}, check=True)
    values = {"password": make_password(PASSWORD), "ended": ended, "open": waiting}
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as owner:
        for table in FILLED:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(FILL, values)
        for table in FILLED:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def make_database(name: str) -> None:
    """An empty database, unless there is one of this name."""
    with psycopg.connect(env("DATABASE_URL_TEST"), autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            made = "CREATE DATABASE {} OWNER lusotown_owner TEMPLATE lusotown_template"
            server.execute(sql.SQL(made).format(sql.Identifier(name)))


def come_in() -> Client:
    """A moderator at the desk, by password and code."""
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner:
        (key,) = owner.execute("SELECT id FROM community_member WHERE is_staff").fetchone() or ("",)
    member = Member(pk=key)
    with acting_as(member):
        Authenticator.objects.filter(user_id=key).delete()  # of an earlier run
        TOTP.activate(Member.objects.get(pk=key), SECRET)
    client = Client()
    client.post("/account/login/", {"login": "moderator@example.org", "password": PASSWORD})
    left = PERIOD - time.time() % PERIOD
    if left < 10:  # a first request after a long fill is slow, and a code that ends meanwhile lets nobody in
        time.sleep(left)
    code = format_hotp_value(hotp_value(SECRET, int(time.time()) // PERIOD))
    client.post("/account/2fa/authenticate/", {"code": code})
    client.post("/rules/", {"agrees": "on"})
    if (stands_at := client.get(QUEUE)).status_code != 200:
        raise SystemExit(f"The moderator did not come in: sent to {stands_at.get('Location')}.")
    return client


def measure(client: Client) -> tuple[list[str], list[str]]:
    """A line of the table for each part of the queue, and what is wrong."""
    lines, wrong = [], []
    after = page = ""
    for _ in range(40):
        found = re.search(r"after=([^\"&]+)\"", client.get(f"{QUEUE}?after={after}").content.decode())
        after = found[1] if found else ""
    month = f"{time.gmtime().tm_year - 2}-{time.gmtime().tm_mon:02}"
    for _ in range(3):
        client.post(f"{QUEUE}next/")
    for name, query in PARTS.items():
        address = QUEUE + query.format(after=after, month=month)
        client.get(address)
        times, busy = [], busy_for()
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = client.get(address)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (name, answer.status_code)
        busy = (busy_for() - busy) / TIMES * 1000
        with CaptureQueriesContext(connection) as asked:
            page = client.get(address).content.decode()
        inside = sum(float(query["time"]) for query in asked.captured_queries) * 1000
        middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        rows = page.count('<th scope="row">')
        lines.append(f"| {name} | {rows} | {middle:.0f} | {late:.0f} | {busy:.0f} | {inside:.0f} | {len(asked)} |")
        if late >= PROMISE:
            wrong.append(f"{name}: {late:.0f} ms")
        wrong += [f"{name}: {plan}" for plan in scans(asked)]
    return lines, wrong


def busy_for() -> float:
    """Seconds that this process and its connection's server have been on a processor: what others do does not count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (server,) = cursor.fetchone()
    ticks = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def scans(asked: CaptureQueriesContext) -> list[str]:
    """The plans among what was asked that read a whole table of cases, votes, replies or profiles."""
    found = []
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner:
        (moderator,) = owner.execute("SELECT id FROM community_member WHERE is_staff").fetchone() or ("",)
    for query in asked.captured_queries:
        statement = query["sql"]
        if not statement.startswith("SELECT") or "verification_" not in statement:
            continue
        with acting_as(Member(pk=moderator)), connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + statement.replace("%", "%%"))
            plan = "\n".join(row for (row,) in cursor.fetchall())
        found += re.findall(r"Seq Scan on (?:verification_(?:case|vote|reply)|community_(?:member|profile)).*", plan)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ended", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--filled", action="store_true", help="measure what an earlier run has filled")
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    if not asked.filled:
        fill(asked.ended, asked.open)
    lines, wrong = measure(come_in())
    table = "\n".join(
        [
            "| part of the queue | rows | p50 ms | p95 ms | on a processor | in the database | queries |",
            "|---|--:|--:|--:|--:|--:|--:|",
            *lines,
        ]
    )
    print(table)
    for each in wrong:
        print(f"\nToo much: {each}")
    if asked.write:
        text = asked.write.read_text()
        marks = "<!-- queue -->\n", "\n<!-- /queue -->"
        before, _, rest = text.partition(marks[0])
        asked.write.write_text(before + marks[0] + table + marks[1] + rest.partition(marks[1])[2])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
