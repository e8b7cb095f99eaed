"""Pictures at their addresses: seen by whom row security shows what they belong to, and kept accordingly."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from community.models import Member
from community.pictures import Pictured
from config.privileges import PUBLIC
from tests.databases import as_role
from tests.doors import PASSWORD, log_in, log_in_fully, staff
from tests.factories import BusinessFactory, EventFactory, MemberFactory

# Where people come in, the transactions are real (``committed``): an identity ends with its own.

FOR_ANYONE = (200, "public, max-age=300")
SECRET = (200, "private, no-store")
HIDDEN = (404, "private, no-store")


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def drawn(factory: Any, **facts: Any) -> Any:
    """Something with a picture in two sizes."""
    data = BytesIO()
    Image.new("RGB", (800, 600), "teal").save(data, "WEBP")
    row = factory(picture_alt_pt="Azul", **facts)
    with as_role("owner"):
        row.picture.save("x.webp", ContentFile(data.getvalue()))
    return row


def reader(member: Member | None = None) -> Client:
    client = Client()
    if member:
        log_in(client, member, path="/en/account/login/")
    return client


def answers(client: Client, row: Pictured) -> tuple[int, str]:
    """What is answered about every size of a picture, which must be the same."""
    found = [client.get(source.url) for source in row.sources]
    assert len(found) == 2
    ((status, keep),) = {(answer.status_code, answer["Cache-Control"]) for answer in found}
    for answer in found:
        assert bool(b"".join(answer)) == (status == 200)
        assert "Cookie" not in answer.get("Vary", "") or keep == SECRET[1]
    return status, keep


def test_a_picture_is_seen_by_whom_it_belongs_to_is_for(committed):
    host, other = MemberFactory(password=PASSWORD), MemberFactory(password=PASSWORD)
    readers = [reader(), reader(other), reader(host)]

    def seen(factory: Any, **facts: Any) -> list[tuple[int, str]]:
        row = drawn(factory, **facts)
        return [answers(client, row) for client in readers]

    assert seen(BusinessFactory) == [FOR_ANYONE] * 3
    assert seen(EventFactory, organizer=host) == [FOR_ANYONE] * 3
    assert seen(EventFactory, organizer=host, status="cancelled") == [FOR_ANYONE] * 3
    assert seen(EventFactory, organizer=host, visibility="community") == [HIDDEN, SECRET, SECRET]
    assert seen(EventFactory, organizer=host, visibility="private") == [HIDDEN, HIDDEN, SECRET]
    assert seen(EventFactory, organizer=host, status="draft") == [HIDDEN, HIDDEN, SECRET]
    assert seen(EventFactory, organizer=host, status="draft", visibility="community") == [HIDDEN, HIDDEN, SECRET]


def test_the_desk_sees_the_picture_of_a_draft_and_only_who_came_in_there(committed, desk):
    draft = drawn(EventFactory, status="draft")

    assert answers(desk, draft) == HIDDEN
    log_in_fully(desk, staff("view_event"))
    assert answers(desk, draft) == SECRET


@pytest.mark.django_db
def test_an_event_that_is_withdrawn_takes_its_picture_along():
    event = drawn(EventFactory)
    assert answers(reader(), event) == FOR_ANYONE

    with as_role("owner"):
        type(event).objects.filter(pk=event.pk).update(visibility="private")

    assert answers(reader(), event) == HIDDEN


@pytest.mark.django_db
def test_a_file_that_belongs_to_nothing_is_not_there_and_a_row_without_its_file_is_no_error(tmp_path):
    event = drawn(EventFactory)
    (tmp_path / "pictures" / "left-behind.webp").write_bytes(b"RIFF")
    assert reader().get("/media/pictures/left-behind.webp").status_code == 404

    event.picture.discard()

    assert answers(reader(), event) == HIDDEN


def test_a_public_picture_costs_one_query_whoever_asks(committed):
    business = drawn(BusinessFactory)

    for client in (reader(), reader(MemberFactory(password=PASSWORD))):
        with CaptureQueriesContext(connection) as asked:
            client.get(business.picture.url)
        assert len(asked) == 1


@pytest.mark.django_db
def test_a_picture_is_sent_as_it_is_kept_and_says_how_long_it_is():
    business = drawn(BusinessFactory)

    answer = reader().get(business.picture.url, headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in answer
    assert (answer["Content-Type"], answer["Content-Length"]) == ("image/webp", str(business.picture.size))


@pytest.mark.django_db
def test_a_name_that_ends_like_a_size_is_still_found():
    business = drawn(BusinessFactory)
    name = "pictures/aaaaaaaaaaaaaaaaa-480.webp"
    with as_role("owner"):
        business.picture.storage.save(name, business.picture.file)
        type(business).objects.filter(pk=business.pk).update(picture=name)

    assert reader().get(f"/media/{name}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("model", Pictured.__subclasses__(), ids=lambda model: model.__name__)
def test_whatever_has_pictures_is_under_row_security_or_public_and_finds_them_by_an_index(model):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
        assert cursor.fetchone() == (table not in PUBLIC,)
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT picture FROM {table} WHERE picture IN ('pictures/a.webp', 'pictures/b.webp')")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"{model.__name__.lower()}_by_picture" in plan
