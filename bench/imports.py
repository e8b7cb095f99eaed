"""Measures the import of the whole register of food businesses into a database of its own: seconds, and memory.

    DATABASE_URL_OWNER=postgres://…/bench .venv/bin/python bench/imports.py --boroughs FILE --postcodes FILE --fhrs FILE

It prepares the database, imports boroughs and postcodes, then the register with ``--all``, twice. It ends with status 1
if the register takes 60 seconds or 300 MB, or if the second run changes anything. Never point it at a town that
people use: it empties its businesses.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SECONDS, MEGABYTES = 60, 300
UNCHANGED = re.compile(r"^0 added, 0 changed")


def run(*command: str) -> tuple[float, int, str]:
    """A command of the owner's: the seconds it took, the most memory of any so far in MB, and what it said."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=os.environ | {"DOOR": "owner"},
        check=True,
        capture_output=True,
        text=True,
    )
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return time.perf_counter() - began, most, done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("boroughs", "postcodes", "fhrs"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    run("prepare")
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        owner.execute("TRUNCATE businesses_business CASCADE")
    said = ""
    taken: dict[str, float] = {}
    most = 0
    for name, command in {
        "boroughs": ("import_boroughs", asked.boroughs),
        "postcodes": ("import_postcodes", asked.postcodes),
        "register": ("import_fhrs", asked.fhrs, "--all"),
        "register, again": ("import_fhrs", asked.fhrs, "--all"),
    }.items():
        taken[name], most, said = run(*command)
        print(f"{name}: {taken[name]:.1f} s, {most} MB at most so far; {said.splitlines()[-1] if said else ''}")
    wrong = [
        words
        for words, is_wrong in (
            (f"the register took {taken['register']:.0f} s", taken["register"] >= SECONDS),
            (f"an import took {most} MB", most >= MEGABYTES),
            ("the second run changed something", not UNCHANGED.match(said)),
        )
        if is_wrong
    ]
    print("; ".join(wrong) or "as promised")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
