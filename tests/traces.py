"""Looking for bytes wherever a running town may have left them: what lies on its disks, in its tables, in Redis."""

from __future__ import annotations

import os
import tempfile
import time
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.cache import cache
from psycopg import sql

from config.settings import env
from tests.databases import TEST_URL

SUPERUSER_PASSWORD = env("POSTGRES_PASSWORD", default="")  # of the private cluster: only its disk can be looked at


def forms_of(mark: bytes) -> list[bytes]:
    """The bytes as they are and as programs commonly write them: hexadecimal, base64 wherever they begin, UTF-16."""
    shifted = [mark[start : start + (len(mark) - start) // 3 * 3] for start in range(3)]
    return [
        mark,
        mark.hex().encode(),
        mark.hex().upper().encode(),
        *(encode(piece) for piece in shifted for encode in (b64encode, urlsafe_b64encode)),
        *([mark.decode().encode("utf-16-le")] if mark.isascii() else []),
    ]


class Search:
    """A search for some marks in all that was written since it was made. ``folders`` are the town's own besides."""

    def __init__(self, database: str, *folders: Path) -> None:
        self.database = database
        self.folders = folders
        self.since = time.time() - 2

    def places(self, *marks: bytes, said: str = "") -> set[str]:
        """Where any of them stands, in words; ``said`` is what was written to the logs."""
        wanted = [form for mark in marks for form in forms_of(mark)]
        found = {place for place, text in self._texts() if any(form in text for form in wanted)}
        if any(form in said.encode() for form in wanted):
            found.add("log")
        return found

    def _texts(self) -> Iterator[tuple[str, bytes]]:
        yield from self._database()
        yield from self._redis()
        for folder in self.folders:
            yield from (("file", text) for text in self._files(folder))
        for folder in {Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")}:
            yield from (("temporary file", text) for text in self._files(folder, deep=False))

    def _database(self) -> Iterator[tuple[str, bytes]]:
        """Every value of every table, as only reading unpacks what is stored packed; then the cluster's own files."""
        address = urlsplit(TEST_URL)
        login = {"host": address.hostname, "port": address.port, "user": "postgres", "password": SUPERUSER_PASSWORD}
        with psycopg.connect(dbname=self.database, autocommit=True, **login) as server:
            for (table,) in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
                rows = server.execute(sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table))).fetchall()
                yield "table", "\n".join(row or "" for (row,) in rows).encode()
            asked = server.execute("SELECT query FROM pg_stat_activity").fetchall()
            yield "question", "\n".join(query or "" for (query,) in asked).encode()
            server.execute("CHECKPOINT")  # whatever is held in memory is in the files now
            (home,) = server.execute("SHOW data_directory").fetchone() or ("",)
        for file in self._written_since(Path(home), deep=True):
            yield ("WAL" if "pg_wal" in file.parts else "data file"), self._read(file)

    def _redis(self) -> Iterator[tuple[str, bytes]]:
        client = cache.client.get_client()  # type: ignore[attr-defined]  # of django-redis
        readers = {
            b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
            b"list": lambda key: client.lrange(key, 0, -1), b"zset": lambda key: client.zrange(key, 0, -1),
        }  # fmt: skip
        for key in client.scan_iter(count=1000):
            value = readers[client.type(key)](key) if client.type(key) in readers else b""
            yield "Redis", key + b" " + (value if isinstance(value, bytes) else repr(value).encode())
            if isinstance(value, bytes) and value[:1] == b"\x78":
                yield "Redis", zlib.decompressobj().decompress(value, 10_000_000)

    def _files(self, folder: Path, *, deep: bool = True) -> Iterator[bytes]:
        for file in self._written_since(folder, deep=deep):
            yield file.name.encode() + b"\n" + self._read(file)

    def _written_since(self, folder: Path, *, deep: bool) -> Iterator[Path]:
        # os.walk passes over a folder that goes away while it looks: another test's database.
        inside = os.walk(folder) if deep else [next(os.walk(folder), (folder, [], []))]
        for file in (Path(where, name) for where, _folders, names in inside for name in names):
            try:
                if file.is_file() and not file.is_symlink() and file.stat().st_mtime >= self.since:
                    yield file
            except OSError:  # gone meanwhile
                continue

    @staticmethod
    def _read(file: Path) -> bytes:
        try:
            return file.read_bytes()
        except OSError:
            return b""


def can_search() -> bool:
    """Whether the cluster is this clone's own, so that its files can be read."""
    return bool(SUPERUSER_PASSWORD) and settings.DATABASES["default"]["HOST"] == "127.0.0.1"
