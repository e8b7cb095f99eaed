"""Newcomers' events come before the desk by themselves, and can be taken back: asked with each door's own SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils.timezone import now

from community.identity import acting_as
from community.models import Member, Notice
from events.models import Event, Posting
from tests.databases import as_role
from tests.doors import log_in_fully, said, staff
from tests.factories import EventFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, moderator, told
from verification import actions
from verification.models import AlreadyDecided, AlreadyTaken, FirstPost
from verification.tasks import clear_reports

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BACK = (
    "UPDATE verification_firstpost SET outcome = 'back', reason = 'unsafe', decided_at = now(), decided_by_id = %s"
    " WHERE id = %s"
)


def posts() -> list[FirstPost]:
    with as_role("owner"):
        return list(FirstPost.objects.select_related("event__organizer", "organizer").order_by("created_at"))


def old_hand(**fields: Any) -> Member:
    """Someone who came long ago and has had an event already."""
    member = MemberFactory(**fields)
    with as_role("owner"):
        Member.objects.filter(pk=member.pk).update(joined_at=now() - 400 * DAY)
    EventFactory(organizer=member)
    return member


def changed(event: Event, **fields: Any) -> None:
    """What its organiser does to an event at the site."""
    with as_role("site"), acting_as(event.organizer):
        assert Event.objects.filter(pk=event.pk).update(**fields) == 1


def published(organizer: Member | None = None, **fields: Any) -> FirstPost:
    """A newcomer's event that was just published at the site."""
    event = EventFactory(organizer=organizer or MemberFactory(), status="draft", **fields)
    changed(event, status="published")
    return next(post for post in posts() if post.event_id == event.pk)


@pytest.mark.parametrize("visibility", ["public", "community"])
@pytest.mark.parametrize("status", ["published", "postponed"])
def test_a_newcomers_event_comes_before_the_desk_as_it_is_published_and_is_public_at_once(visibility, status):
    event = EventFactory(organizer=MemberFactory(), status="draft", visibility=visibility)
    assert posts() == []

    changed(event, status=status)

    (post,) = posts()
    assert (post.event_id, post.organizer_id, post.outcome) == (event.pk, event.organizer_id, "")
    with acting_as(MemberFactory()):
        assert Event.objects.filter(pk=event.pk).exists()


def test_so_does_one_that_is_published_as_it_is_made():
    event = EventFactory(status="draft")
    with acting_as(event.organizer):
        event.pk, event.slug, event.status = uuid4(), "nova", "published"
        event.save(force_insert=True)

    assert [post.event_id for post in posts()] == [event.pk]


def test_an_old_hands_first_event_is_looked_at_and_their_second_is_not():
    member = MemberFactory()
    with as_role("owner"):
        Member.objects.filter(pk=member.pk).update(joined_at=now() - 31 * DAY)
    first = published(member)
    second = EventFactory(organizer=member, status="draft")
    changed(second, status="published")

    assert [post.event_id for post in posts()] == [first.event_id]


def test_in_the_first_thirty_days_each_event_is_looked_at():
    member = MemberFactory()
    published(member)
    published(member)

    assert len(posts()) == 2


@pytest.mark.parametrize("door", ["owner", "desk"])
def test_what_the_desk_or_an_import_publishes_is_not(door):
    event = EventFactory(organizer=MemberFactory(), status="draft")
    with as_role(door), acting_as(moderator()):
        Event.objects.filter(pk=event.pk).update(status="published")

    assert posts() == []


@pytest.mark.parametrize("hidden", [{"status": "draft"}, {"visibility": "private"}])
def test_what_its_organiser_hides_again_waits_no_more_and_waits_anew_when_it_comes_back(hidden):
    post = published()

    changed(post.event, **hidden)
    assert posts() == []
    changed(post.event, status="published", visibility="public")
    assert len(posts()) == 1
    changed(post.event, title_pt="Outra")
    assert len(posts()) == 1


def test_what_is_fine_stays_and_is_not_looked_at_again():
    post, by = published(), moderator()

    with at_the_desk(by):
        actions.find_fine(post, by=by)
    changed(post.event, status="draft")
    changed(post.event, status="published")

    (found,) = posts()
    assert (found.outcome, found.decided_by_id, found.event.status) == ("fine", by.pk, "published")
    assert mail.outbox == []


def test_what_is_taken_back_is_a_draft_again_and_its_organiser_is_told_in_their_language():
    organizer, by = MemberFactory(language="pt", email="ana@example.org"), moderator()
    post = published(organizer, title_pt="Noite de fado")
    before = post.event

    with at_the_desk(by):
        actions.take_back(post, "advertising", sentence="Diga quando começa.", by=by)

    (found,) = posts()
    assert (found.outcome, found.reason, found.event.status) == ("back", "advertising", "draft")
    assert (found.event.sequence, found.event.title_pt) == (before.sequence + 1, "Noite de fado")
    with as_role("owner"):
        assert not Posting.objects.exists()
        (notice,) = Notice.objects.all()
    (letter,) = mail.outbox
    for words in (notice.words, letter.body):
        assert "Noite de fado" in words
        assert "Diga quando começa." in words
        assert "advertises" not in words
    assert letter.to == ["ana@example.org"]


def test_what_was_taken_back_is_looked_at_again_however_old_its_organiser_is():
    organizer, by = old_hand(), moderator()
    event = EventFactory(organizer=organizer, status="draft")
    with as_role("owner"):
        post = FirstPost.objects.create(event=event, organizer=organizer, outcome="back", reason="unclear",
                                        decided_at=now(), decided_by=by)  # fmt: skip

    changed(event, status="published")

    assert [each.outcome for each in posts() if each.pk != post.pk] == [""]


def test_a_moderator_decides_on_no_event_of_their_own_with_sql_either():
    me, other = moderator(), moderator()
    post = published(me)

    with at_the_desk(me):
        assert ask("SELECT id FROM verification_firstpost") == []
        assert told(BACK, me.pk, post.pk) == "nothing"
    with at_the_desk(other):
        assert told(BACK, me.pk, post.pk) == "decided_as_another"
        assert told(BACK, other.pk, post.pk) == "done"
        assert told("UPDATE verification_firstpost SET outcome = 'fine' WHERE id = %s", post.pk) == "a_decision_stands"
    assert posts()[0].event.status == "draft"


def test_two_never_look_after_the_same():
    post, first, second = published(), moderator(), moderator()
    with at_the_desk(first):
        post.claim(by=first, at=now())

    with at_the_desk(second):
        with pytest.raises(AlreadyTaken):
            actions.find_fine(post, by=second)
        assert told(BACK, second.pk, post.pk) == "claimed_by_another"


def test_where_its_organiser_was_faster_nothing_is_decided():
    post, by = published(), moderator()
    changed(post.event, status="draft")

    with at_the_desk(by), pytest.raises(AlreadyDecided):
        actions.take_back(post, "unsafe", sentence="", by=by)
    assert mail.outbox == []


@pytest.mark.parametrize(("door", "statement"), [
    ("site", "SELECT id FROM verification_firstpost"),
    ("worker", "SELECT id FROM verification_firstpost"),
    ("site", "DELETE FROM verification_firstpost"),
    ("desk", "DELETE FROM verification_firstpost"),
    ("desk", "UPDATE verification_firstpost SET organizer_id = NULL"),
])  # fmt: skip
def test_nobody_takes_an_event_out_of_the_queue(door, statement):
    published()
    with as_role(door), acting_as(moderator()):
        assert told(statement) == "permission denied for table verification_firstpost"


def test_the_desk_works_them_by_buttons(desk):
    one, two = published(title_pt="Feira", title_en="Fair"), published(title_pt="Festa", title_en="Party")
    log_in_fully(desk, staff("change_firstpost"))
    path = "/verification/firstpost/"

    assert "Newcomers&#x27; events 2 wait" in said(desk.get("/"))
    assert "Fair" in said(desk.post(f"{path}next/", follow=True))
    after = said(desk.post(f"{path}{one.pk}/decide/", {"decision": "fine"}, follow=True))
    assert "It stays." in after
    assert "Party" in after
    assert desk.get(f"{path}{two.pk}/decide/").status_code == 200
    assert "Say in a sentence" in said(desk.post(f"{path}{two.pk}/decide/", {"reason": "other"}))
    look = desk.post(f"{path}{two.pk}/decide/", {"reason": "unclear", "sentence": "Onde?", "look": "1"})
    assert "Onde?" in said(look)
    assert posts()[1].outcome == ""
    assert "who is told" in said(desk.post(f"{path}{two.pk}/decide/", {"reason": "unclear"}, follow=True))
    assert [post.outcome for post in posts()] == ["fine", "back"]


def test_who_may_only_look_decides_nothing(desk):
    post = published()
    log_in_fully(desk, staff("view_firstpost"))

    assert desk.get(f"/verification/firstpost/{post.pk}/change/").status_code == 200
    assert desk.post(f"/verification/firstpost/{post.pk}/decide/", {"decision": "fine"}).status_code == 403


def test_what_was_looked_at_is_forgotten_after_twelve_months():
    post = published()
    with as_role("owner"):
        FirstPost.objects.update(outcome="fine", decided_at=now() - 366 * DAY)
        waits = FirstPost.objects.create(event=post.event, organizer=post.organizer)

    with as_role("worker"):
        clear_reports.func(timestamp=0)

    assert [each.pk for each in posts()] == [waits.pk]
