"""What tests of pages share: addresses in a language, and how often a page asks the database."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation


def address(name: str, language: str, **kwargs: str) -> str:
    """Where a page stands in one language."""
    with translation.override(language):
        return reverse(name, kwargs=kwargs)


def count_queries(client: Client, path: str) -> int:
    """How many questions a page asks the database."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
