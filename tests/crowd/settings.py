"""The town's settings, with psycopg's pool if asked for, room for a crowd, and addresses at which things break."""

import os

from config.settings import CACHES, DATABASES, LOGGING, ROOT_URLCONF, SITE_URLCONF
from tests.settings import *  # noqa: F403

if os.environ["CROWD_KEPT_BY"] == "a pool":  # of fewer connections than threads, so that they wait for each other
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 3, "timeout": 20}

ORDINARY_URLCONF = ROOT_URLCONF
SITE_URLCONF = ROOT_URLCONF = "tests.crowd.urls" if ROOT_URLCONF == SITE_URLCONF else ROOT_URLCONF
API_LIMITS = {"anonymous": (1_000_000, 10), "member": (1_000_000, 10), "token": (1_000_000, 10)}
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = 1  # each person comes from an address of their own
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES["default"]["KEY_PREFIX"] = os.environ["CROWD"]
# What breaks here breaks on purpose: nothing is told of it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": LOGGING["formatters"],
    "handlers": {"nowhere": {"class": "logging.NullHandler", "formatter": "line"}},
    "root": {"handlers": ["nowhere"], "level": "CRITICAL"},
    "loggers": {name: {"handlers": [], "level": "CRITICAL"} for name in ("django", "psycopg.pool")},
}
