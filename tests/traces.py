"""Looking for bytes wherever a running town may have left them: what lies on its disks, in its tables, in Redis."""

from __future__ import annotations

import os
import tempfile
import time
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from stat import S_ISREG

import psycopg
from django.conf import settings
from django.core.cache import cache
from psycopg import sql
from redis import Redis

from config.settings import env
from tests.databases import url_for

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
    """A search for some marks in all that was written since it was made.

    ``folders`` are the town's own besides, with the temporary ones of its servers; ``redis`` is theirs, if it is not
    the tests' own. A ``deep`` one looks through everything below the machine's temporary folders, which takes time
    where others left much; any other looks at what lies in them.
    """

    def __init__(self, database: str, *folders: Path, redis: Redis | None = None, deep: bool = False) -> None:
        self.database = database
        self.folders = folders
        self.redis = redis
        self.deep = deep
        self.since = time.time() - 2

    def places(self, *marks: bytes, said: str = "") -> set[str]:
        """Where any of them stands, in words; ``said`` is what was written to the logs."""
        return set().union(*self.each(*marks, said=said))

    def each(self, *marks: bytes, said: str = "") -> list[set[str]]:
        """The same of each mark, in one search."""
        forms = [forms_of(mark) for mark in marks]
        found: list[set[str]] = [set() for _ in marks]
        for place, text in chain(self._texts(), [("log", said.encode())]):
            for places, wanted in zip(found, forms, strict=True):
                if any(form in text for form in wanted):
                    places.add(place)
        return found

    def superuser(self) -> psycopg.Connection:
        """Whoever may look at the cluster's own files."""
        login = {"user": "postgres", "password": SUPERUSER_PASSWORD}
        return psycopg.connect(url_for(self.database), autocommit=True, **login)

    def _texts(self) -> Iterator[tuple[str, bytes]]:
        yield from self._database()
        yield from self._redis()
        for folder in self.folders:
            yield from (("file", text) for text in self._files(folder))
        for folder in {Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")}:
            yield from (("temporary file", text) for text in self._temporary(folder))

    def _database(self) -> Iterator[tuple[str, bytes]]:
        """Every value of every table, as only reading unpacks what is stored packed; then the cluster's own files."""
        with self.superuser() as server:
            for (table,) in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
                rows = server.execute(sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table))).fetchall()
                yield "table", "\n".join(row or "" for (row,) in rows).encode()
            asked = server.execute("SELECT query FROM pg_stat_activity").fetchall()
            yield "question", "\n".join(query or "" for (query,) in asked).encode()
            server.execute("CHECKPOINT")  # whatever is held in memory is in the files now
            (home,) = server.execute("SHOW data_directory").fetchone() or ("",)
        for file in self._written_since(Path(home)):
            yield ("WAL" if "pg_wal" in file.parts else "data file"), self._read(file)

    def _redis(self) -> Iterator[tuple[str, bytes]]:
        client: Redis = self.redis or cache.client.get_client()  # type: ignore[attr-defined]  # of django-redis
        readers = {
            b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
            b"list": lambda key: client.lrange(key, 0, -1), b"zset": lambda key: client.zrange(key, 0, -1),
        }  # fmt: skip
        for key in client.scan_iter(count=1000):
            value = readers[client.type(key)](key) if client.type(key) in readers else b""
            yield "Redis", key + b" " + (value if isinstance(value, bytes) else repr(value).encode())
            if isinstance(value, bytes) and value[:1] == b"\x78":
                yield "Redis", zlib.decompressobj().decompress(value, 10_000_000)

    def _files(self, folder: Path) -> Iterator[bytes]:
        for file in self._written_since(folder):
            yield file.name.encode() + b"\n" + self._read(file)

    def _written_since(self, folder: Path) -> Iterator[Path]:
        # os.walk passes over a folder that goes away while it looks: another test's database.
        for where, _below, names in os.walk(folder):
            yield from self._new_among(where, names)

    def _temporary(self, folder: Path) -> Iterator[bytes]:
        """What was put below a temporary folder: that changes the folder it is in, so others are passed over.

        So are the folders that are searched as such, and others' work beside it: checkouts, and clusters.
        """
        for where, below, names in os.walk(folder):
            below[:] = [name for name in below if Path(where, name) not in self.folders]
            if not self.deep or ".git" in below or "PG_VERSION" in names:
                below.clear()
            if Path(where).exists() and os.stat(where).st_mtime >= self.since:
                yield from (file.name.encode() + b"\n" + self._read(file) for file in self._new_among(where, names))

    def _new_among(self, where: str, names: list[str]) -> Iterator[Path]:
        for file in (Path(where, name) for name in names):
            try:
                found = file.lstat()
            except OSError:  # gone meanwhile
                continue
            if S_ISREG(found.st_mode) and found.st_mtime >= self.since:
                yield file

    @staticmethod
    def _read(file: Path) -> bytes:
        try:
            return file.read_bytes()
        except OSError:
            return b""


def can_search() -> bool:
    """Whether the cluster is this clone's own, so that its files can be read."""
    return bool(SUPERUSER_PASSWORD) and settings.DATABASES["default"]["HOST"] in ("", "127.0.0.1")
