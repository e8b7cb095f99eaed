from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test import client as browsing
from django.test.client import store_rendered_templates
from pytest_django import DjangoDbBlocker

from community import identity, limits
from community.templatetags.asking import forget_options
from tests.databases import TEST_URL, as_role, copy_of, own_database, plays_the_desk, prepared
from tests.doors import THE_DESKS


def pytest_configure() -> None:
    """Static files by their plain names, so that none need be collected; a cache of one's own."""
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # Every Client sets the middleware up anew, and WhiteNoise would read all files each time: 40 ms.
    settings.WHITENOISE_AUTOREFRESH = True
    # Playwright's loop goes on in a worker after its browser tests; ours are synchronous all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    settings.CACHES["default"]["KEY_PREFIX"] = f"test-{os.getpid()}"
    identity.is_the_desk = plays_the_desk
    browsing.store_rendered_templates = only_of_the_page


def only_of_the_page(store: dict[str, Any], *args: Any, **kwargs: Any) -> None:
    """Keep what the page was made of, and not what each of its parts was: to copy that took a twentieth of the time."""
    if not store:
        store_rendered_templates(store, *args, **kwargs)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A migrated database of this worker's own, asked as ``lusotown_site`` unless a test says otherwise."""
    login = urlsplit(TEST_URL)
    with copy_of(prepared()) as name, django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(NAME=name, USER=login.username, PASSWORD=unquote(login.password or ""))
        connection.settings_dict["OPTIONS"]["assume_role"] = "lusotown_site"
        yield
        connection.close()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a database of this test's own, where what it does is committed: for threads and other processes."""
    with django_db_blocker.unblock(), own_database() as name:
        yield name


@pytest.fixture(scope="module")
def committed_together(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The same for all tests of a module, each of which asks after nobody but its own people: a copy takes a second."""
    with django_db_blocker.unblock(), own_database() as name:
        yield name


@pytest.fixture
def desk(client: Client, settings: Any) -> Iterator[Client]:
    """A browser at the desk's door."""
    for name, value in THE_DESKS.items():
        setattr(settings, name, value)
    with as_role("desk"):
        yield client


@pytest.fixture
def no_redis(settings: Any) -> Iterator[None]:
    """Redis does not answer."""
    away = {"LOCATION": "redis://127.0.0.1:1/0", "KEY_PREFIX": "away"}
    settings.CACHES = {"default": settings.CACHES["default"] | away}
    limits._script.cache_clear()
    with patch.object(limits.ClientLimit, "_away_until", 0.0):
        yield
    limits._script.cache_clear()


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """No test meets another's throttles or cached answers; browser tests keep the servers' own."""
    if "browser" not in request.node.path.parts:
        cache.delete_pattern("*")
        forget_options()
