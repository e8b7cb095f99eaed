"""Test databases: built once as the owner, copied for each worker, used as the real run-time roles."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from django.db import connection
from psycopg import sql

from community import identity
from config.settings import BASE_DIR, env

TEST_URL = env("DATABASE_URL_TEST")
_playing = threading.local()
_is_the_desk = identity.is_the_desk
DEMO_PASSWORD = "demo-demo-demo"
DEMO_TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def url_for(database: str, role: str = "test") -> str:
    """The address of a test database for one of the roles."""
    return urlsplit(env(f"DATABASE_URL_{role.upper()}"))._replace(path=f"/{database}").geturl()


@contextmanager
def copy_of(template: str) -> Iterator[str]:
    """A database of this run's own for the length of a block; its name."""
    database = f"test_{uuid4().hex}"
    _create(database, template)
    try:
        yield database
    finally:
        with psycopg.connect(url_for("postgres"), autocommit=True) as server:
            _drop(server, database)


@contextmanager
def own_database() -> Iterator[str]:
    """A fresh database for the length of a block, in place of the one that this worker's tests share; its name."""
    shared = connection.settings_dict["NAME"]
    with copy_of(prepared()) as name:
        connection.close()
        connection.settings_dict["NAME"] = name
        try:
            yield name
        finally:
            connection.close()
            connection.settings_dict["NAME"] = shared


def _create(database: str, template: str) -> None:
    with psycopg.connect(url_for("postgres"), autocommit=True) as server:
        # One at a time: PostgreSQL copies a template only while nobody else does.
        server.execute("SELECT pg_advisory_lock(hashtext('lusotown test databases'))")
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(template))
        )


def prepared(*, demo: bool = False) -> str:
    """The name of a migrated database to copy from, built if what it is made of has changed."""
    name = f"test_{'demo' if demo else 'empty'}_{_fingerprint()}"
    template = prepared() if demo else "lusotown_template"
    with psycopg.connect(url_for("postgres"), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(hashtext('lusotown prepared databases'))")
        if server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount == 0:
            _drop_outdated(server, name.rpartition("_")[0])
            building = f"{name}_building"
            _create(building, template)
            subprocess.run(
                [sys.executable, "manage.py", "prepare", *(["--demo"] if demo else [])],
                cwd=BASE_DIR,
                env=_environment(building),
                check=True,
            )
            server.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name))
            )
    return name


def _environment(database: str) -> dict[str, str]:
    # Without a key, so without papers: their files would lie outside the database that is copied.
    given = {"DEMO": "1", "DEMO_PASSWORD": DEMO_PASSWORD, "DEMO_TOTP_SECRET": DEMO_TOTP_SECRET, "DESK_PUBLIC_KEY": ""}
    return os.environ | given | {"DOOR": "owner", "DATABASE_URL_OWNER": url_for(database, "owner")}


def _fingerprint() -> str:
    """Changes when a migration, the vocabulary, the demo or how passwords are kept does."""
    sources: list[Path] = []
    for pattern in (
        "*/migrations/*.py",
        "*/taxonomy.py",
        "community/gazetteer.py",
        "config/privileges.py",
        "config/erasing.py",
        "community/registry.py",
        "*/privacy.py",
        "config/demo/*.py",
        "*/management/commands/*.py",
        "verification/questions/*.toml",
        "tests/settings.py",
    ):
        sources += BASE_DIR.glob(pattern)
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _drop_outdated(server: psycopg.Connection, prefix: str) -> None:
    rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix + "_"]).fetchall()
    for (outdated,) in rows:
        _drop(server, outdated)


def _drop(server: psycopg.Connection, database: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database))
    try:
        server.execute(statement + sql.SQL(" WITH (FORCE)"))
    except psycopg.errors.InsufficientPrivilege:  # autovacuum is there: only the gentle way may end it
        server.execute(statement)


def plays_the_desk() -> bool:
    """In the place of ``identity.is_the_desk``: whether this thread plays it. Two at the same moment are threads."""
    return getattr(_playing, "desk", False) or _is_the_desk()


@contextmanager
def as_role(door: str) -> Iterator[None]:
    """Run a block as one of the roles (site, desk, worker, owner), within the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user::text, set_config('role', %s, false)", [f"lusotown_{door}"])
        found, _ = cursor.fetchone()
    before = getattr(_playing, "desk", False)
    _playing.desk = before or door == "desk"
    try:
        yield
    finally:
        _playing.desk = before
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {found}")
