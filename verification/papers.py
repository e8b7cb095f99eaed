"""Papers people hand in: what a stranger sent is opened in a process of its own, and copies of its pages come back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path, PurePath
from threading import Timer
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

MAX_BYTES = 10 * 1024 * 1024
MAX_ANSWER = 64 * 1024 * 1024  # bytes of all pages together
SECONDS = 30
PHOTOCOPIER = Path(__file__).with_name("photocopier.py")

PROMISES = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "jpeg"),
    **dict.fromkeys((".heic", ".heif", ".hif"), "heif"),
    ".png": "png",
    ".pdf": "pdf",
    "": "",  # a name that promises nothing does not lie
}
ACCEPT = ",".join(filter(None, PROMISES))  # for <input type="file">

REASONS = {
    "empty": _("This file is empty. Open it on your device, then send it again."),
    "too_large": _("This file is larger than 10 MB. Save a smaller copy, or take a photo of the page."),
    "not_accepted": _("We read JPEG, PNG, HEIC and PDF files. Save it as one of these, or take a photo of the page."),
    "wrong_name": _(
        "What is in this file is not what its name says. "
        "Save it again under its right name, or take a photo of the page."
    ),
    "two_in_one": _("There is something else hidden in this file. Take a photo of the page and send that."),
    "needs_password": _("This PDF asks for a password. Save a copy without one, or take a photo of the page."),
    "too_many_pages": _("This PDF has more than 20 pages. Send only the pages that matter."),
    "too_many_pixels": _("This picture has more than 50 million pixels. Make it smaller and try again."),
    "too_narrow": _("This page is too long and narrow to be read. Send it in parts."),
    "damaged": _("This file is damaged, or not all of it arrived. Send it again, or take a photo of the page."),
    "too_heavy": _("This file takes too long to open. Take a photo of the page and send that."),
}


class Refusal(ValidationError):
    """A paper we do not take; its code is a key of ``REASONS``, whose words say what to do instead."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code], code=code)


class Copies(NamedTuple):
    """What is left of an upload: what it was ("jpeg", "png", "heif", "pdf") and its pages, each a JPEG of our own."""

    kind: str
    pages: list[bytes]


def copied(upload: UploadedFile) -> Copies:
    """Copy the pages of what was handed in, so that nothing but their pixels is left.

    Takes a second or two for most papers, 30 at the very most. Raises Refusal with a reason for its sender, and
    TypeError for an upload that lies on a disk: only views that say ``@never_on_disk`` may take papers.
    """
    if hasattr(upload, "temporary_file_path"):
        raise TypeError("This upload was written to a disk in the clear: its view must say @never_on_disk.")
    if not upload.size:
        raise Refusal("empty")
    if upload.size > MAX_BYTES:
        raise Refusal("too_large")
    promise = PROMISES.get(PurePath(upload.name or "").suffix.lower())
    if promise is None:
        raise Refusal("not_accepted")
    upload.seek(0)
    return _read(_photocopy(upload.read(), promise))


def _photocopy(data: bytes, promise: str) -> bytes:
    """Everything the photocopier says, or what it said until it was stopped."""
    process = subprocess.Popen(  # noqa: S603 (nothing of it is a stranger's: the promise is one of ours)
        [sys.executable, "-I", "-B", str(PHOTOCOPIER), promise],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what decoders complain of may quote the document
        cwd="/",
        env={},
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 (for the type checker)
    assert process.stdout is not None  # noqa: S101
    watchdog = Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    try:
        with suppress(BrokenPipeError):  # it died; what it said, if anything, is read below
            process.stdin.write(data)
            process.stdin.flush()
        with suppress(BrokenPipeError):
            process.stdin.close()
        return process.stdout.read(MAX_ANSWER + 1)
    finally:
        watchdog.cancel()
        watchdog.join()  # from here on nobody else kills, so the number is still this process's
        os.killpg(process.pid, signal.SIGKILL)  # with whomever it may have started
        process.wait()
        process.stdout.close()


def _read(answer: bytes) -> Copies:
    """Take the answer apart; whatever is not whole was cut short by a limit."""
    line, _newline, rest = answer.partition(b"\n")
    try:
        said = json.loads(line)
        if "refused" in said:
            raise Refusal(said["refused"])
        lengths = [int(length) for length in said["pages"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("too_heavy") from error
    if not lengths or min(lengths) < 1 or sum(lengths) != len(rest):
        raise Refusal("too_heavy")
    ends = [sum(lengths[: number + 1]) for number in range(len(lengths))]
    return Copies(said["kind"], [rest[end - length : end] for end, length in zip(ends, lengths, strict=True)])
