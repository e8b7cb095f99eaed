"""Measures every list, search and map request of a town that bench/load.py filled, and every page's weight.

    DATABASE_URL_SITE=postgres://…/bench .venv/bin/python bench/measure.py [--write docs/performance.md]

It starts the site itself, as lusotown_site, with granian as in production but one worker, and asks as
one client, every kind of request many times with different places, words and days. It ends with
status 1 if any kind breaks its promise: 50 ms in the database, 100 ms in all, at the 95th percentile.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DOOR"] = "site"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import translation  # noqa: E402
from django.utils.timezone import now  # noqa: E402

from bench.kinds import Kind, kinds  # noqa: E402
from businesses.models import Business  # noqa: E402
from events.models import Posting  # noqa: E402

IN_DATABASE, IN_ALL = 50.0, 100.0  # milliseconds at the 95th percentile
PAGE, MAP_PAGE = 150.0, 250.0  # kB, compressed


class Answer(NamedTuple):
    """What one request took."""

    all_ms: float
    db_ms: float
    queries: int
    size: int


# The site ------------------------------------------------------------------------------------------


@contextmanager
def site() -> Iterator[str]:
    """The site on a free port of this machine; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as collected:
        environment = os.environ | {
            "DOOR": "site", "SITE_URL": f"http://localhost:{port}", "STATIC_ROOT": collected, "LOG_LEVEL": "ERROR",
            "TRUSTED_PROXIES": "1",  # so that each request can come from an address of its own
        }  # fmt: skip
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"],
            cwd=ROOT,
            env=environment,
            check=True,
        )
        granian = Path(sys.executable).with_name("granian")
        process = subprocess.Popen(
            [granian, "--interface", "wsgi", "--no-ws", "--log-level", "warning", "--port", str(port),
             "--workers", "1", "--blocking-threads", "1", "bench.timed:application"],
            cwd=ROOT, env=environment,
        )  # fmt: skip
        try:
            _wait(port, process)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            sys.exit("The site ended at once; see above.")
        try:
            with socket.create_connection(("localhost", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("The site did not come up.")


class Client:
    """One client on one connection, from a new address each time, so that no limit is met."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._asked = 0

    def get(self, path: str, encoding: str = "gzip") -> tuple[Answer, bytes, http.client.HTTPMessage]:
        """What a path answers; stops everything if it is not 200."""
        self._asked += 1
        client = f"10.{self._asked >> 16 & 255}.{self._asked >> 8 & 255}.{self._asked & 255}"
        began = time.perf_counter()
        self._connection.request("GET", path, headers={"Accept-Encoding": encoding, "X-Forwarded-For": client})
        response = self._connection.getresponse()
        body = response.read()
        all_ms = (time.perf_counter() - began) * 1000
        if response.status != 200:
            sys.exit(f"{response.status} for {path}: {body[:300]!r}")
        timing = re.match(r'db;dur=([\d.]+);desc="(\d+)"', response.headers.get("Server-Timing", 'db;dur=0;desc="0"'))
        return Answer(all_ms, float(timing[1]), int(timing[2]), len(body)), body, response.headers  # type: ignore[index]


def measure(client: Client, kind: Kind, times: int) -> list[Answer]:
    rng = random.Random(kind.name)
    for _ in range(5):
        client.get(kind.path(rng))
    return [client.get(kind.path(rng))[0] for _ in range(times)]


def speed() -> float:
    """How fast this machine is just now, beside whatever else runs on its host: millions of squares a second."""
    began = time.perf_counter()
    sum(number * number for number in range(1_000_000))
    return 1 / (time.perf_counter() - began)


def p(answers: list[float], percent: int) -> float:
    return statistics.quantiles(answers, n=100, method="inclusive")[percent - 1]


# Weights -------------------------------------------------------------------------------------------


def weights(client: Client, shown: dict[str, str]) -> list[tuple[str, float, float]]:
    """Each page with its style, scripts and fonts, as a browser loads them the first time: kB, and its promise."""
    rows = []
    for name, path in shown.items():
        _, body, headers = client.get(path, "br, gzip")
        html = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        total = len(body) + _parts(client, path, html.decode(), set())
        rows.append((name, total / 1000, MAP_PAGE if name.endswith("map") else PAGE))
    return rows


def _parts(client: Client, base: str, text: str, seen: set[str]) -> int:
    named = re.findall(
        r'<script[^>]*\ssrc="([^"]+)"|<link[^>]*rel="(?:stylesheet|modulepreload)"[^>]*href="([^"]+)"', text
    )
    named += re.findall(r'<link[^>]*href="([^"]+)"[^>]*rel="(?:stylesheet|modulepreload)"()', text)
    named += re.findall(r"""(?:@import\s+(?:url\()?|url\()["']?([^"')]+\.(?:css|woff2))()""", text)
    named += re.findall(r"""(?:from|import)\s*\(?["']([^"']+\.js)["']()""", text)
    total = 0
    for found in named:
        path = urljoin(base, found[0] or found[1])
        if path in seen or not path.startswith("/"):
            continue
        seen.add(path)
        answer, _body, _headers = client.get(path, "br, gzip")
        total += answer.size
        if path.endswith((".css", ".js")):
            _, plain, _ = client.get(path, "identity")
            total += _parts(client, path, plain.decode(), seen)
    return total


# The report ----------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100, help="how often each kind is asked")
    parser.add_argument("--only", default="", help="only the kinds whose name has this in it")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this file, between its markers")
    given = parser.parse_args()
    lines, broken, speeds = [], [], [speed()]
    with site() as address:
        client = Client(address)
        lines += [f"One client, {given.times} requests of each kind. {_town()}", ""]
        lines += ["| request | p50 ms | p95 ms | p95 in the database | queries | kB |", "|---|--:|--:|--:|--:|--:|"]
        for kind in kinds():
            if given.only not in kind.name:
                continue
            answers = measure(client, kind, given.times)
            speeds.append(speed())
            all_ms, db_ms = [a.all_ms for a in answers], [a.db_ms for a in answers]
            queries = sorted({a.queries for a in answers})
            counted = f"{queries[0]}–{queries[-1]}" if len(queries) > 1 else str(queries[0])
            size = statistics.median(a.size for a in answers) / 1000
            facts = (f"{p(all_ms, 50):.0f}", f"{p(all_ms, 95):.0f}", f"{p(db_ms, 95):.0f}", counted, f"{size:.0f}")
            lines.append(f"| {kind.name} | {' | '.join(facts)} |")
            print(lines[-1], flush=True)
            if p(all_ms, 95) > IN_ALL or p(db_ms, 95) > IN_DATABASE:
                broken.append(kind.name)
        lines[0] += f" Between kinds it squared {min(speeds):.0f} to {max(speeds):.0f} million numbers a second."
        lines += ["", "A page's own weight, compressed: HTML, CSS, JavaScript and fonts.", ""]
        lines += ["| page | kB | promised |", "|---|--:|--:|"]
        for name, kilobytes, promised in weights(client, _shown()):
            lines.append(f"| {name} | {kilobytes:.0f} | {promised:.0f} |")
            print(lines[-1], flush=True)
            if kilobytes > promised:
                broken.append(f"weight of {name}")
    if given.write:
        _put(given.write, "\n".join(lines))
    if broken:
        sys.exit("Too slow or too heavy: " + ", ".join(broken))


def _town() -> str:
    with connection.cursor() as cursor:
        tables = ("businesses_business", "community_postcode", "events_posting")
        cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))
        businesses, postcodes, postings = cursor.fetchone()
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
    return (
        f"The town holds {businesses:,} businesses, {postcodes:,} postcodes and {postings:,} public events; "
        f"PostgreSQL {version}, {os.cpu_count()} cores, client, site and database on one machine."
    )


def _shown() -> dict[str, str]:
    names = (
        "home",
        "events:list",
        "events:calendar",
        "events:map",
        "businesses:list",
        "businesses:map",
        "places:list",
        "about",
    )
    with translation.override("pt"):
        shown = {name.replace(":", " "): reverse(name) for name in names}
        event = Posting.objects.upcoming(at=now()).values_list("event__slug", flat=True)[0]
        shop = Business.objects.order_by("id").values_list("slug", flat=True)[0]
        return shown | {
            "event": reverse("events:detail", kwargs={"slug": event}),
            "business": reverse("businesses:detail", kwargs={"slug": shop}),
        }


def _put(file: Path, tables: str) -> None:
    start, end = "<!-- measured -->", "<!-- end -->"
    before, _, rest = file.read_text(encoding="utf-8").partition(start)
    _, _, after = rest.partition(end)
    file.write_text(f"{before}{start}\n{tables}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
