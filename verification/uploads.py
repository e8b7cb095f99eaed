"""How papers come in: held in memory, never on a disk in the clear."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from verification.papers import MAX_BYTES

MAX_FILES = 5
MAX_REQUEST = MAX_FILES * MAX_BYTES + 1024 * 1024  # bytes, with the form around them

View = Callable[..., HttpResponseBase]


class InMemory(FileUploadHandler):
    """Holds each file in memory up to ``papers.MAX_BYTES``. Of a larger one only its size is kept, to be told.

    Raises RequestDataTooBig, a 400, where the whole request is larger than its files may be.
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        if content_length > MAX_REQUEST:
            raise RequestDataTooBig(f"The request is larger than {MAX_REQUEST} bytes.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.held = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= MAX_BYTES:
            self.held.write(raw_data)
        else:
            self.held = BytesIO()

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.held.seek(0)
        return InMemoryUploadedFile(
            self.held,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )


def hold_in_memory(request: HttpRequest) -> None:
    """Have this request's files held in memory.

    To be called before anything reads its body: in the API, at the beginning of ``dispatch``.
    """
    request.upload_handlers = [InMemory(request)]


def never_on_disk(view: View) -> View:
    """For a page that takes papers: their bytes touch no disk.

    The CSRF token lies in the body, so the middleware would read the body, files and all, before the view could say
    where they go. It is checked here instead, right after that is said.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def held(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        hold_in_memory(request)
        return protected(request, *args, **kwargs)

    return held
