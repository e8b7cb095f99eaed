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


@pytest.mark.parametrize(
    ("before", "verb", "after", "editions"),
    [
        ("draft", "announce", "published", 1),
        ("published", "announce", "published", 0),
        ("published", "cancel", "cancelled", 1),
        ("postponed", "cancel", "cancelled", 1),
        ("cancelled", "announce", "published", 1),
        ("draft", "cancel", "draft", 0),
    ],
)
def test_what_becomes_of_an_event_is_an_edition_too(before, verb, after, editions):
    event = EventFactory(status=before)

    with as_role("owner"):
        getattr(event, verb)()
        event.refresh_from_db()

    assert (event.status, event.sequence) == (after, editions)


@pytest.mark.parametrize("nothing", ["", None])
def test_a_title_in_no_language_is_refused_by_the_database(nothing):
    with pytest.raises(IntegrityError, match="event_has_a_title"), transaction.atomic():
        EventFactory(title_pt=nothing, title_en=None)

    EventFactory(title_pt=nothing, title_en="Night of fado")
