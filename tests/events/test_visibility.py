"""Who sees which event: the whole matrix, asked of the database as each role."""

from __future__ import annotations

import itertools

import pytest
from django.db import DatabaseError, transaction

from community.identity import acting_as
from community.models import Member
from events.models import Event, Posting, Turnout
from tests.databases import as_role
from tests.factories import EventFactory, MemberFactory, TurnoutFactory

pytestmark = pytest.mark.django_db

STATUSES = ["draft", "published", "cancelled", "postponed"]
VISIBILITIES = ["public", "community", "private"]


@pytest.fixture
def organizer() -> Member:
    return MemberFactory()


@pytest.fixture
def town(organizer: Member) -> None:
    """One event of every status and visibility."""
    for status, visibility in itertools.product(STATUSES, VISIBILITIES):
        EventFactory(organizer=organizer, status=status, visibility=visibility, title_pt=f"{status} {visibility}")


def titles() -> set[str]:
    return set(Event.objects.values_list("title_pt", flat=True))


PUBLIC = {"published public", "cancelled public", "postponed public"}
COMMUNITY = {"published community", "cancelled community", "postponed community"}
ALL = {" ".join(pair) for pair in itertools.product(STATUSES, VISIBILITIES)}


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
def test_a_stranger_sees_what_was_announced_to_anyone_at_every_door(town: None, door: str):
    with as_role(door):
        assert titles() == PUBLIC


def test_a_member_also_sees_what_was_announced_to_members(town: None):
    with acting_as(MemberFactory()):
        assert titles() == PUBLIC | COMMUNITY


def test_an_organizer_sees_all_of_their_own(town: None, organizer: Member):
    with acting_as(organizer):
        assert titles() == ALL


def test_staff_see_everything_at_the_desk_and_no_more_than_a_member_on_the_site(town: None):
    staff = MemberFactory(is_staff=True)

    with acting_as(staff):
        assert titles() == PUBLIC | COMMUNITY
    with as_role("desk"), acting_as(staff):
        assert titles() == ALL


def test_former_staff_see_nothing_special_at_the_desk(town: None):
    with as_role("desk"), acting_as(MemberFactory(is_staff=True, is_active=False)):
        assert titles() == PUBLIC


def test_what_hangs_on_a_hidden_event_is_hidden_with_it():
    hidden = EventFactory(visibility="private", languages=["kea"])
    TurnoutFactory(event=hidden, attending=7)
    shown = EventFactory(languages=["kea"])

    assert list(Event.languages.through.objects.values_list("event_id", flat=True)) == [shown.pk]
    assert not Turnout.objects.exists()


def test_nobody_changes_or_invents_an_event_of_someone_else(town: None, organizer: Member):
    visitor = MemberFactory()

    with acting_as(visitor):
        assert Event.objects.update(title_pt="Mine now") == 0
        event = EventFactory.build(organizer=organizer, languages=None)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            event.save(force_insert=True)


def test_nobody_but_its_triggers_writes_the_board(town: None):
    for door in ("site", "desk", "worker"):
        with as_role(door), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Posting.objects.all().delete()
