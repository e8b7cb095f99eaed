"""Reading open data that an operator names: a file or an http(s) address, plain or gzip.

Everything an importer can meet from outside ends here in ``Unreadable``, one line for the operator:
a web page instead of data, a truncated archive, broken UTF-8, a line without end, a bomb of zeros.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import tempfile
import zipfile
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Self
from urllib.error import URLError
from urllib.parse import unquote, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from django.core.management import CommandError
from tqdm import tqdm

MAX_DOWNLOAD = 300 * 1024**2
MAX_UNPACKED = 2 * 1024**3  # streamed, never held
MAX_HELD = 64 * 1024**2
MAX_LINE = 1024**2
GZIP = b"\x1f\x8b"
PATIENCE = 30  # seconds without a byte


class Unreadable(CommandError):
    """The source is not what it should be. The message is the one line an operator reads."""


class Text:
    """The text of a source, piece by piece. What cannot be read raises Unreadable."""

    def __init__(self, stream: IO[bytes], head: bytes = b"") -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        self.head = head  # its first bytes, from the first that is not white space
        self.line_number = 0

    def __iter__(self) -> Iterator[str]:
        """The lines, each with its end."""
        while line := self._read(self._text.readline, MAX_LINE + 1):
            self.line_number += 1
            if len(line) > MAX_LINE:
                raise Unreadable(
                    f"Line {self.line_number} is longer than {MAX_LINE:,} characters: this is not a table."
                )
            yield line

    def read(self, size: int) -> str:
        """At most so many characters; an empty string at the end."""
        return self._read(self._text.read, size)

    def read_all(self) -> str:
        """The whole, when it is small enough to hold."""
        whole = self.read(MAX_HELD)
        if self.read(1):
            raise Unreadable(f"The source is larger than {MAX_HELD // 1024**2} MB.")
        return whole

    def _read(self, read, size: int) -> str:
        try:
            piece = read(size)
        except UnicodeDecodeError as error:
            raise Unreadable(f"The source is not UTF-8 text (after line {self.line_number:,}).") from error
        if "\0" in piece:
            raise Unreadable(f"The source is not text (after line {self.line_number:,}).")
        return piece


@contextmanager
def open_source(where: str, *, progress: bool = False) -> Iterator[Text]:
    """Open a path or an http(s) address as text, unpacking gzip. Refuses a web page."""
    with open_binary(where, progress=progress) as binary, open_text(binary) as text:
        yield text


@contextmanager
def open_binary(where: str, *, progress: bool = False) -> Iterator[IO[bytes]]:
    """Open a path or an http(s) address as a seekable file, as it stands.

    An address is fetched to a temporary file first, so that nothing is held open far away
    while the database works. ``progress`` shows on a terminal how much of it was read.
    """
    with ExitStack() as stack:
        try:
            if urlsplit(where).scheme in {"http", "https"}:
                file: IO[bytes] = stack.enter_context(tempfile.TemporaryFile())
                _fetch(where, file)
            else:
                file = stack.enter_context(Path(where).open("rb"))
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
        except (OSError, ValueError) as error:
            raise Unreadable(f"{_without_login(where)[0]}: {getattr(error, 'strerror', None) or error}") from error
        bar = stack.enter_context(tqdm(total=size, unit="B", unit_scale=True, disable=None if progress else True))
        yield _Watched(file, bar)


@contextmanager
def open_text(binary: IO[bytes]) -> Iterator[Text]:
    """Read an open file as text, unpacking gzip. Refuses a web page."""
    start = _Guarded(binary).read(2) or b""
    binary.seek(-len(start), io.SEEK_CUR)
    with ExitStack() as stack:
        plain = stack.enter_context(gzip.GzipFile(fileobj=binary)) if start == GZIP else binary
        stream = io.BufferedReader(_Guarded(plain), 1024**2)
        head = stream.peek(512)[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
        _refuse_web_page(head)
        yield Text(stream, head)


def _refuse_web_page(head: bytes) -> None:
    if not head:
        raise Unreadable("The source is empty.")
    if head.lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--")):
        raise Unreadable("The source is a web page or XML, not the data itself.")


def _fetch(address: str, file: IO[bytes]) -> None:
    opener = OpenerDirector()
    for handler in (
        ProxyHandler, HTTPHandler, HTTPSHandler, _SafeRedirects, HTTPDefaultErrorHandler, HTTPErrorProcessor,
    ):  # fmt: skip
        opener.add_handler(handler())
    address, login = _without_login(address)
    request = Request(address, headers={"User-Agent": "LusoTown"})  # noqa: S310 (http(s) alone)
    if login:
        request.add_unredirected_header("Authorization", f"Basic {b64encode(unquote(login).encode()).decode()}")
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            shutil.copyfileobj(_Capped(answer), file, 1024**2)
            expected = answer.headers.get("Content-Length")
    except (URLError, HTTPException, TimeoutError) as error:
        raise Unreadable(f"{address}: {getattr(error, 'reason', None) or error}") from error
    if expected is not None and expected.isdigit() and file.tell() != int(expected):
        raise Unreadable(f"{address}: only {file.tell():,} of {int(expected):,} bytes arrived.")


def _without_login(address: str) -> tuple[str, str]:
    """An address as it may be shown, and the ``user:password`` that stood in it."""
    parts = urlsplit(address)
    login, sign, host = parts.netloc.rpartition("@")
    return (parts._replace(netloc=host).geturl(), login) if sign else (address, "")


class _SafeRedirects(HTTPRedirectHandler):
    """Follows redirects, never from https down to anything less."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in {"https", urlsplit(req.full_url).scheme}:
            raise URLError(f"it redirects to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Capped:
    """A download that ends in Unreadable beyond MAX_DOWNLOAD."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left = stream, MAX_DOWNLOAD

    def read(self, size: int = -1, /) -> bytes:
        piece = self._stream.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise Unreadable(f"The source is larger than {MAX_DOWNLOAD // 1024**2} MB.")
        return piece


class _Watched(io.BufferedReader):
    """A file whose reading moves a progress bar."""

    def __init__(self, file: IO[bytes], bar: tqdm) -> None:
        super().__init__(file)  # type: ignore[arg-type]  # read, never written
        self._bar = bar

    def _moved(self) -> None:
        self._bar.update(self.tell() - self._bar.n)

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._moved()
        return piece

    def read1(self, size: int = -1, /) -> bytes:
        piece = super().read1(size)
        self._moved()
        return piece

    def readinto(self, buffer, /) -> int:
        count = super().readinto(buffer)
        self._moved()
        return count


class _Guarded(io.RawIOBase):
    """Unpacked bytes, counted; a broken archive ends in Unreadable."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self._stream, self._left = stream, MAX_UNPACKED

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            piece = self._stream.read(len(buffer))
        except EOFError as error:
            raise Unreadable("The archive is cut short.") from error
        except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
            raise Unreadable("The archive is damaged.") from error
        self._left -= len(piece)
        if self._left < 0:
            raise Unreadable(f"The source unpacks to more than {MAX_UNPACKED // 1024**3} GB.")
        buffer[: len(piece)] = piece
        return len(piece)


class Refusals:
    """The rows an import did not take, counted by reason and, if wanted, written down one by one."""

    def __init__(self, report: Path | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._report = report

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._writer = None
        if self._report is not None:
            try:
                file = self._stack.enter_context(self._report.open("w", newline="", encoding="utf-8"))
            except OSError as error:
                raise CommandError(f"{self._report}: {error.strerror}") from error
            self._writer = csv.writer(file)
            self._writer.writerow(("row", "what", "reason"))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, row: int, what: str, reason: str) -> None:
        """Write down one refused row: its number, what it was about, and why."""
        self.counts[reason] += 1
        if self._writer:
            self._writer.writerow((row, what, reason))

    def summary(self) -> list[str]:
        """One line for each reason, the commonest first."""
        return [f"{count:>9,}  {reason}" for reason, count in self.counts.most_common()]
