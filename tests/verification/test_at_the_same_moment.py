"""Moderators who decide at the same moment: each in a connection of their own, against the real locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from businesses.models import Business
from community.identity import acting_as
from community.models import Member
from tests.databases import as_role
from tests.factories import BusinessFactory, ListingRequestFactory, MemberFactory
from verification import actions
from verification.models import AlreadyDecided, AlreadyTaken, ListingRequest

ROUNDS = 15
Action = Callable[..., None]


def decide(action: Action, request: ListingRequest, *, by: Member, start: Barrier) -> str:
    """What came of one moderator's decision: done, or the name of what stood in its way."""
    try:
        with as_role("desk"), acting_as(by):
            start.wait()
            action(request, by=by)
        return "done"
    except (AlreadyDecided, AlreadyTaken, actions.ListingGone) as refusal:
        return type(refusal).__name__


def delist(request: ListingRequest, *, by: Member) -> None:
    """What the desk does about a business itself, without any request."""
    Business.objects.get(pk=request.business_id).delist()


@pytest.fixture
def two_desks(committed: str) -> Iterator[ThreadPoolExecutor]:
    """Where two moderators sit, each with a connection that stays open: opening one takes longer than deciding."""
    with ThreadPoolExecutor(2) as desks:
        yield desks
        leaving = Barrier(2, timeout=60)
        for _ in range(2):
            desks.submit(lambda: (leaving.wait(), connection.close()))


def decide_at_once(desks: ThreadPoolExecutor, *decisions: tuple[Action, ListingRequest]) -> tuple[str, ...]:
    """What came of each; a deadlock raises."""
    start = Barrier(len(decisions), timeout=60)
    moderators = [MemberFactory(is_staff=True) for _ in decisions]
    answers = [
        desks.submit(decide, action, request, by=moderator, start=start)
        for (action, request), moderator in zip(decisions, moderators, strict=True)
    ]
    return tuple(answer.result() for answer in answers)


def outcome(request: ListingRequest) -> str:
    with as_role("owner"):
        return ListingRequest.objects.get(pk=request.pk).outcome


@pytest.mark.parametrize(
    ("first", "second", "possible"),
    [
        (actions.grant_claim, actions.remove_listing, {("done", "done"), ("ListingGone", "done")}),
        (actions.remove_listing, actions.remove_listing, {("done", "ListingGone"), ("ListingGone", "done")}),
        (actions.grant_claim, actions.grant_claim, {("done", "done")}),
        (actions.refuse, actions.remove_listing, {("done", "done")}),
        (actions.grant_claim, delist, {("done", "done"), ("ListingGone", "done")}),
    ],
)
def test_two_requests_for_one_listing_can_be_decided_at_the_same_moment(two_desks, first, second, possible):
    for _ in range(ROUNDS):
        business = BusinessFactory()
        requests = [ListingRequestFactory(business=business), ListingRequestFactory(business=business)]

        answers = decide_at_once(two_desks, (first, requests[0]), (second, requests[1]))

        assert answers in possible
        decided = [
            action is not delist and answer == "done" for action, answer in zip((first, second), answers, strict=True)
        ]
        assert [bool(outcome(request)) for request in requests] == decided


def test_one_request_that_two_decide_at_once_is_decided_once_and_answered_once(two_desks):
    for number in range(1, ROUNDS + 1):
        request = ListingRequestFactory()

        answers = decide_at_once(two_desks, (actions.grant_claim, request), (actions.refuse, request))

        assert sorted(answers) == ["AlreadyDecided", "done"]
        assert outcome(request) == ("granted" if answers[0] == "done" else "refused")
        with as_role("owner"):
            assert ProcrastinateJob.objects.count() == number


def reach(request: ListingRequest, *, by: Member) -> None:
    request.claim(by=by, at=now())


def test_of_two_who_reach_for_the_same_one_looks_after_it(two_desks):
    for _ in range(ROUNDS):
        request = ListingRequestFactory()

        assert sorted(decide_at_once(two_desks, (reach, request), (reach, request))) == ["AlreadyTaken", "done"]
