"""The migration that unpacks the board's words, beside the version before, which goes on reading it."""

from __future__ import annotations

from importlib import import_module

import psycopg
from django.apps import apps
from django.db import connection, transaction

from events.models import Posting
from tests.databases import as_role, url_for
from tests.factories import EventFactory

MIGRATION = import_module("events.migrations.0011_words_of_what_is_coming")


def test_the_board_is_read_while_its_words_are_unpacked_and_words_count_again_after(committed: str):
    event = EventFactory(title_pt="Vindima", title_en="")

    with as_role("owner"), transaction.atomic():
        with connection.schema_editor() as editor:
            MIGRATION.unpack(apps, editor)
        with psycopg.connect(url_for(committed)) as other:
            other.execute("SET lock_timeout = '1s'")
            other.execute("SET ROLE lusotown_site")
            assert other.execute("SELECT event_id FROM events_posting").fetchall() == [(event.pk,)]
    with as_role("owner"):
        event.title_pt = "Desfolhada"
        event.save()
        with connection.cursor() as cursor:
            cursor.execute("SELECT word FROM community_word WHERE word IN ('vindima', 'desfolhada')")
            assert cursor.fetchall() == [("desfolhada",)]

    assert not MIGRATION.Migration.atomic  # what stands before it keeps everyone out until its transaction ends
    assert Posting.objects.filter(search="desfolhada").count() == 1
