"""Every column of every table has its word: what it is, why and how long it is kept, who takes it, how it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from community.models import AuditEntry, Notice, WeeklyLetter
from community.registry import MEMBER, Kind, holdings
from community.tasks import clear_records
from config.privileges import PRIVILEGES
from tests.databases import as_role
from tests.factories import ListingRequestFactory, MemberFactory, ReportFactory
from verification.models import Report
from verification.tasks import clear_listing_requests, clear_reports

pytestmark = pytest.mark.django_db

NOT_OURS = {"geometry_columns", "spatial_ref_sys", "django_migrations"}  # PostGIS's and Django's own
VIEWS = {"community_device"}  # of tables that have their word


def ask(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def columns() -> Iterator[tuple[str, str]]:
    """Of the real database, whoever made the table."""
    yield from ask(
        """
        SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
         WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
        """
    )


def test_every_column_of_the_database_has_its_word_and_every_word_its_column():
    said = Counter((each.table, column) for each in holdings() for column in each.kinds)
    found = {(table, column) for table, column in columns() if table not in NOT_OURS}

    assert set(said) - found == set(), "said of what is not there (any more)"
    assert found - set(said) == set(), "nobody has said what this is"
    assert [each for each, times in said.items() if times > 1] == []
    assert {table for table, _ in found} | NOT_OURS | VIEWS >= set(PRIVILEGES)
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert tables - NOT_OURS - VIEWS <= {each.table for each in holdings()}


def test_whatever_says_something_about_members_says_whose_it_is_and_how_it_goes():
    """A column that points at a member cannot be left out: PostgreSQL knows every one of them."""
    pointing = ask(
        """
        SELECT conrelid::regclass::text, attname FROM pg_constraint
          JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
         WHERE contype = 'f' AND confrelid IN ('community_member'::regclass, 'community_profile'::regclass)
        """
    )
    by_table = {each.table: each for each in holdings()}

    for table, column in pointing:
        said = by_table[table]
        assert said.kinds[column] != Kind.NONE, (table, column)
        reached = " ".join(said.erasure.statements) + said.touched + said.whose
        assert table == "community_erasure" or (column in reached and MEMBER in reached), (table, column)
    for said in by_table.values():
        assert said.why
        assert said.kept
        assert said.erasure.words
        if said.kinds.get("picture") and said.whose:
            assert said.exported, said.table


def test_what_is_a_members_own_is_audited_or_says_why_not():
    audited = {table for (table,) in ask("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audited'")}

    assert audited == {each.table for each in holdings() if not each.unaudited}


def test_the_documents_say_what_the_registry_says():
    call_command("write_privacy", check=True, stdout=StringIO())


def test_what_has_been_kept_long_enough_is_cleared_at_night_and_nothing_else():
    long_ago = now() - timedelta(days=731)
    with as_role("owner"):
        old, recent = (ListingRequestFactory(outcome="granted", decided_at=at) for at in (long_ago, now()))
        waiting = ListingRequestFactory()
        AuditEntry.objects.filter(key=str(old.pk)).update(at=long_ago)
        ask(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('q', 'done', 'succeeded'),"
            " ('q', 'waits', 'todo') RETURNING id"
        )
        ask("UPDATE procrastinate_events SET at = now() - interval '8 days' RETURNING 1")
        ask(
            "INSERT INTO community_erasure (id, asked_at, due_at, pictures, trace, erased_at) SELECT gen_random_uuid(),"
            " t, t, '{}', 'x', t FROM (VALUES (now() - interval '731 days'), (now())) AS v (t) RETURNING 1"
        )
    with as_role("worker"):
        clear_records.func(timestamp=0)
        clear_listing_requests.func(timestamp=0)

    with as_role("owner"):
        assert set(type(old).objects.values_list("pk", flat=True)) == {recent.pk, waiting.pk}
        assert not AuditEntry.objects.filter(key=str(old.pk), verb="insert").exists()
        assert AuditEntry.objects.filter(key=str(recent.pk)).exists()
        assert ask("SELECT task_name FROM procrastinate_jobs") == [("waits",)]
        assert ask("SELECT count(*) FROM community_erasure") == [(1,)]


def test_reports_notices_and_records_of_letters_go_when_their_time_is_over():
    ana, days = MemberFactory(), lambda count: now() - timedelta(days=count)
    with as_role("owner"):
        kept = [ReportFactory(outcome="left", closed_at=days(360)).pk, ReportFactory().pk]
        Report.objects.update(created_at=days(800))
        ReportFactory(outcome="acted", closed_at=days(367))
        facts = {"member": ana, "topic": "desk", "words": "Bom dia."}
        for created, read in ((400, 89), (400, 91), (360, None), (367, None)):
            Notice.objects.create(created_at=days(created), read_at=read and days(read), **facts)
        for age in (59, 61):
            WeeklyLetter.objects.create(member=ana, week=days(age).date(), written_at=days(age))
    with as_role("worker"):
        clear_records.func(timestamp=0)
        clear_reports.func(timestamp=0)

    with as_role("owner"):
        assert set(Report.objects.values_list("pk", flat=True)) == set(kept)
        assert [(now() - notice.created_at).days for notice in Notice.objects.order_by("created_at")] == [400, 360]
        assert [(now() - letter.written_at).days for letter in WeeklyLetter.objects.all()] == [59]


def test_the_worker_is_no_way_to_clear_what_is_not_due():
    with as_role("worker"):
        for table in ("verification_report", "community_notice", "community_weeklyletter"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                ask(f"DELETE FROM {table} RETURNING 1")
