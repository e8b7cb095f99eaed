"""One moderator at a time, half an hour, and never one's own: held by the database, asked with the desk's own SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from community.models import Member
from tests.databases import as_role
from tests.doors import come_in, log_in_fully, said, staff
from tests.factories import (
    BusinessFactory,
    CaseFactory,
    EventFactory,
    ListingRequestFactory,
    ReportFactory,
)
from tests.verification.desks import ask, at_the_desk, moderator, told
from verification.models import AlreadyDecided, AlreadyTaken, ListingRequest, Report
from verification.waiting import what_waits

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
KINDS = [
    (ReportFactory, "verification_report", "outcome = 'left', closed_at = now(), closed_by_id = %s"),
    (
        ListingRequestFactory,
        "verification_listingrequest",
        "outcome = 'refused', decided_at = now(), decided_by_id = %s",
    ),
]
CLAIM = "UPDATE {} SET claimed_by_id = %s, claimed_until = now() + interval '9 days' WHERE id = %s"


def held(row: Any) -> Any:
    """Who looks after a row, and for how long."""
    with as_role("owner"):
        row.refresh_from_db()
        return row.claimed_by, row.claimed_until and row.claimed_until - now()


@pytest.mark.parametrize(("make", "table", "decision"), KINDS)
def test_a_lease_is_half_an_hour_whatever_is_written_and_nobody_takes_it_from_its_holder(make, table, decision):
    row, first, second = make(), moderator(), moderator()

    with at_the_desk(first):
        assert told(CLAIM.format(table), first.pk, row.pk) == "done"
    holder, left = held(row)
    assert holder == first
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    with at_the_desk(second):
        assert told(CLAIM.format(table), second.pk, row.pk) == "claimed_by_another"
        assert told(f"UPDATE {table} SET claimed_by_id = NULL WHERE id = %s", row.pk) == "claimed_by_another"
        assert told(f"UPDATE {table} SET {decision} WHERE id = %s", second.pk, row.pk) == "claimed_by_another"
        assert told(CLAIM.format(table), first.pk, row.pk) == "claimed_by_another"
        with pytest.raises(AlreadyTaken):
            row.claim(by=second, at=now())


@pytest.mark.parametrize(("make", "table", "decision"), KINDS)
def test_a_lease_frees_itself_and_a_decision_ends_it_for_good(make, table, decision):
    first, second = moderator(), moderator()
    row = make(claimed_by=first, claimed_until=now() - timedelta(seconds=1))

    with at_the_desk(second):
        row.claim(by=second, at=now())
        assert told(f"UPDATE {table} SET {decision} WHERE id = %s", first.pk, row.pk) == "decided_as_another"
        assert told(f"UPDATE {table} SET {decision} WHERE id = %s", second.pk, row.pk) == "done"
    assert held(row) == (None, None)
    with at_the_desk(first):
        assert told(f"UPDATE {table} SET outcome = '' WHERE id = %s", row.pk) == "a_decision_stands"
        assert told(CLAIM.format(table), first.pk, row.pk) == "a_decision_stands"
        with pytest.raises(AlreadyDecided):
            row.claim(by=first, at=now())


@pytest.mark.parametrize(("make", "table", "decision"), KINDS)
def test_nobody_looks_after_anything_in_anothers_name(make, table, decision):
    row, first, second = make(), moderator(), moderator()

    with at_the_desk(second):
        assert told(CLAIM.format(table), first.pk, row.pk) == "claimed_as_another"


def own_claims(me: Member) -> list[ListingRequest]:
    """Claims that are one's own in each way there is."""
    other = BusinessFactory()
    ListingRequestFactory(business=other, member=me, outcome="granted", decided_at=now())
    with as_role("owner"):
        EmailAddress.objects.create(user=me, email="loja@example.org", verified=True)
    return [
        ListingRequestFactory(member=me),
        ListingRequestFactory(email=me.email.upper()),
        ListingRequestFactory(email="Loja@example.org"),
        ListingRequestFactory(business=other),  # a rival's
    ]


def test_a_moderator_decides_no_claim_of_their_own_and_none_to_what_they_say_is_theirs():
    me, other = moderator(), moderator()
    rows = own_claims(me)
    decision = f"UPDATE verification_listingrequest SET {KINDS[1][2]} WHERE id = %s"

    with at_the_desk(me):
        assert ask("SELECT id FROM verification_listingrequest") == []
        assert [told(decision, me.pk, row.pk) for row in rows] == ["nothing"] * 4
    with at_the_desk(other):
        assert [told(decision, other.pk, row.pk) for row in rows] == ["done"] * 4


def test_a_moderator_answers_no_report_about_themselves_or_by_themselves():
    me, other = moderator(), moderator()
    claim = ListingRequestFactory(member=me)
    rows = [
        ReportFactory(reporter=me),
        ReportFactory(email=me.email),
        ReportFactory(about="member", about_id=me.pk),
        ReportFactory(about="event", about_id=EventFactory(organizer=me).pk),
        ReportFactory(about="business", about_id=claim.business_id),
    ]
    decision = f"UPDATE verification_report SET {KINDS[0][2]} WHERE id = %s"

    with at_the_desk(me):
        assert ask("SELECT id FROM verification_report") == []
        assert [told(decision, me.pk, row.pk) for row in rows] == ["nothing"] * 5
    with at_the_desk(other):
        assert [told(decision, other.pk, row.pk) for row in rows] == ["done"] * 5


def test_a_listing_can_be_taken_down_by_whoever_may_not_see_what_was_asked_about_it():
    me = moderator()
    claim = ListingRequestFactory(member=me)

    with at_the_desk(me):
        claim.business.delist()

    with as_role("owner"):
        assert list(ListingRequest.objects.values_list("business", flat=True)) == [None]


def test_the_next_is_what_has_waited_longest_and_nobody_looks_after(desk):
    me = staff("change_report")
    held_by_another = ReportFactory(claimed_by=moderator(), claimed_until=now() + timedelta(minutes=5))
    longest, young = ReportFactory(about_name="Feira"), ReportFactory(about_name="Festa", kind="minor")
    log_in_fully(desk, me)

    assert [desk.post("/verification/report/next/")["Location"] for _ in range(3)] == [
        f"/verification/report/{young.pk}/change/",
        f"/verification/report/{longest.pk}/change/",
        "/verification/report/",
    ]
    assert held(held_by_another)[0] != me
    assert "you until" in said(desk.get("/verification/report/?queue=mine"))
    desk.post("/verification/report/release/")
    assert [held(row)[0] for row in (longest, young)] == [None, None]


def test_what_another_looks_after_has_no_buttons_and_says_who(desk):
    row = ReportFactory(claimed_by=moderator(), claimed_until=now() + timedelta(minutes=5))
    come_in(desk, "change_report")

    page = said(desk.get(f"/verification/report/{row.pk}/change/"))

    assert f"{row.claimed_by.profile} holds it until" in page
    assert "we acted on it" not in page
    answer = desk.post(f"/verification/report/{row.pk}/decide/", {"outcome": "left"}, follow=True)
    assert "Someone else looks after this at the moment." in said(answer)


def test_a_search_finds_by_name_whatever_became_of_it(desk):
    ReportFactory(about_name="Feira de rua", outcome="left", closed_at=now())
    ReportFactory(about_name="Festa")
    come_in(desk, "view_report")

    page = said(desk.get("/verification/report/", {"q": "feira"}))

    assert "Feira de rua" in page
    assert "Festa" not in page
    assert desk.get("/verification/report/", {"page": "x", "queue": "?"}).status_code == 200


def test_the_first_page_says_what_waits_and_since_when_in_one_question_each(desk):
    me = staff("change_report", "view_listingrequest", "change_case")
    for _ in range(3):
        ReportFactory()
    with as_role("owner"):
        Report.objects.update(created_at=now() - 3 * DAY)
        me = Member.objects.get(pk=me.pk)
    CaseFactory(waiting_since=now() - 6 * DAY)
    with at_the_desk(me):
        me.get_all_permissions()
        with CaptureQueriesContext(connection) as queries:
            queues = what_waits(me, at=now())
        assert len(queries) == 3
    log_in_fully(desk, me)
    page = said(desk.get("/"))

    assert [(each.many, each.age, each.may_decide) for each in queues] == [
        (1, "old", True), (0, "", False), (3, "aging", True),
    ]  # fmt: skip
    assert "Reports 3 wait" in page
    assert "over 2 days the oldest for 3 days" in page
    assert desk.get("/").content.count(b"/next/") == 2


def test_beyond_ninety_nine_nobody_counts(desk):
    with as_role("owner"):
        Report.objects.bulk_create([Report(kind="spam", about="town", language="en") for _ in range(101)])
    come_in(desk, "view_report")

    assert "Reports 99+ wait" in said(desk.get("/"))
