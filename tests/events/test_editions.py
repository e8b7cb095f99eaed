from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from events.models import Event
from tests.databases import as_role
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changed", "editions"),
    [(["title_pt", "price_pence"], 0), (["starts_at"], 1), (["ends_at", "location"], 1), (["status"], 1), ([], 0)],
)
def test_an_edition_is_counted_once_for_all_that_changed_together(changed, editions):
    event = Event()
    event.revise(changed)

    assert event.sequence == editions


@pytest.mark.parametrize(("before", "editions"), [("draft", 1), ("published", 0), ("cancelled", 1)])
def test_that_an_event_is_published_is_an_edition_too(before, editions):
    event = EventFactory(status=before)

    with as_role("owner"):
        event.announce()
        event.refresh_from_db()

    assert (event.status, event.sequence) == ("published", editions)


@pytest.mark.parametrize("nothing", ["", None])
def test_a_title_in_no_language_is_refused_by_the_database(nothing):
    with pytest.raises(IntegrityError, match="event_has_a_title"), transaction.atomic():
        EventFactory(title_pt=nothing, title_en=None)

    EventFactory(title_pt=nothing, title_en="Night of fado")
