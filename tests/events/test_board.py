"""The board holds what is announced to anyone, as it is now, and nothing else ever."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from community.models import Region
from events.models import Category, Event, Posting, Tag, Turnout
from tests.databases import as_role
from tests.factories import BusinessFactory, EventFactory

pytestmark = pytest.mark.django_db


def test_a_public_event_is_posted_whole():
    business = BusinessFactory()
    event = EventFactory(
        category=Category.objects.get(slug="fado"), business=business, languages=["pt-PT", "en"],
        price_pence=1250, accessibility=["step_free"],
    )  # fmt: skip
    with as_role("owner"):
        event.regions.set(Region.objects.filter(slug__in=["minho", "luanda"]))
        event.tags.set(Tag.objects.order_by("slug")[:1])
        tag = event.tags.get().slug

    line = Posting.objects.get(pk=event.pk)

    assert {
        "category": line.category, "regions": line.regions, "languages": line.languages, "tags": line.tags,
        "borough": line.borough, "business": line.business, "organizer": line.organizer, "price": line.price_pence,
        "online": line.is_online, "accessible": line.is_accessible, "over": line.is_over, "status": line.status,
        "times": (line.starts_at, line.ends_at), "place": line.location.coords,
    } == {
        "category": "fado", "regions": ["angola", "luanda", "minho", "portugal"], "languages": ["en", "pt-PT"],
        "tags": [tag], "borough": "lambeth", "business": business.pk, "organizer": event.organizer_id, "price": 1250,
        "online": False, "accessible": True, "over": False, "status": "published",
        "times": (event.starts_at, event.ends_at), "place": event.location.coords,
    }  # fmt: skip


def test_renaming_what_an_event_hangs_on_reaches_the_board():
    event = EventFactory()
    with as_role("owner"):
        Category.objects.filter(slug="fado").update(slug="fados")
        assert Posting.objects.get(pk=event.pk).category == "fados"
        event.regions.set(Region.objects.filter(slug="minho"))
        event.regions.clear()
    assert Posting.objects.get(pk=event.pk).regions == []


def test_the_longest_event_there_can_be_is_found_by_its_last_word():
    """Its words, unpacked, are more than a page of the database holds."""
    EventFactory()
    longest = " ".join(f"palavra{number}" for number in range(2000))[:9990]
    event = EventFactory(description_pt=f"{longest} derradeira", description_en=longest.replace("palavra", "word"))

    assert [line.pk for line in Posting.objects.filter(search="derradeira")] == [event.pk]


def test_the_board_knows_by_doublings_how_many_come():
    event = EventFactory()
    found = []
    with as_role("owner"):
        Turnout.objects.create(event=event, attending=0)
        for attending in (0, 1, 3, 4, 5, 100, 2):
            Turnout.objects.filter(pk=event.pk).update(attending=attending)
            found.append(Posting.objects.get(pk=event.pk).popularity)
        Event.objects.filter(pk=event.pk).update(status="draft")
        Event.objects.filter(pk=event.pk).update(status="published")

    assert found == [0, 1, 2, 3, 3, 7, 2]
    assert Posting.objects.get(pk=event.pk).popularity == 2


def test_what_is_over_is_marked_by_the_worker_and_leaves_the_coming_ones():
    over = EventFactory(starts_at=now() + timedelta(hours=1), ends_at=now() + timedelta(hours=2))
    coming = EventFactory(starts_at=now() + timedelta(days=3))
    later = now() + timedelta(days=1)

    with as_role("worker"):
        assert Posting.objects.sweep(at=later) == 1
        assert Posting.objects.sweep(at=later) == 0

    assert list(Posting.objects.upcoming(at=later)) == [Posting(pk=coming.pk)]
    assert list(Posting.objects.past(at=later)) == [Posting(pk=over.pk)]


class TestBoardAgrees(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 3),
                st.sampled_from(Event.Status.values),
                st.sampled_from(Event.Visibility.values),
            ),
            max_size=12,
        )
    )
    def test_after_any_changes_the_board_is_the_public_events(self, changes: list[tuple[int, str, str]]):
        events = [EventFactory(status="draft") for _ in range(4)]
        with as_role("owner"):
            for index, status, visibility in changes:
                Event.objects.filter(pk=events[index].pk).update(status=status, visibility=visibility)

            posted: set[UUID] = set(Posting.objects.values_list("pk", flat=True))
            assert posted == {event.pk for event in Event.objects.all() if event.is_public}
