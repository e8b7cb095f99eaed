"""What the desk decides about listings and reports. Each locks, changes and speaks only after the commit.

``sentence`` is the moderator's own, for the letter.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext, override

from businesses.models import Business
from community.mail import compose
from community.models import Member, Topic
from community.notices import tell, write_to
from events.models import Event
from verification import tasks
from verification.models import AlreadyDecided, FirstPost, ListingRequest, Report


class ListingGone(Exception):
    """The listing was taken down in the meantime."""


@transaction.atomic
def grant_claim(request: ListingRequest, *, by: Member, at: datetime | None = None, sentence: str = "") -> None:
    """Believe someone that a business is theirs: it wears the badge, and its details count as confirmed.

    Raises AlreadyDecided, AlreadyTaken or ListingGone; then nothing has changed.
    """
    at = at or now()
    request, business = _lock(request)
    request.decide(ListingRequest.Outcome.GRANTED, by=by, at=at, sentence=sentence)
    business.verify_ownership(at=at)
    _answer(request)


@transaction.atomic
def remove_listing(request: ListingRequest, *, by: Member, at: datetime | None = None, sentence: str = "") -> None:
    """Take a listing down at its owner's wish; no import brings it back.

    Raises AlreadyDecided, AlreadyTaken or ListingGone; then nothing has changed.
    """
    at = at or now()
    request, business = _lock(request)
    request.decide(ListingRequest.Outcome.GRANTED, by=by, at=at, sentence=sentence)
    business.delist()
    _answer(request)


@transaction.atomic
def refuse(
    request: ListingRequest, *, by: Member, at: datetime | None = None, sentence: str = "", reason: str = ""
) -> None:
    """Leave the listing as it is, for a reason (``ListingRequest.Reason``) where there is one to say.

    Raises AlreadyDecided or AlreadyTaken; then nothing has changed.
    """
    request, _business = _lock_both(request)
    request.decide(ListingRequest.Outcome.REFUSED, by=by, at=at or now(), sentence=sentence, reason=reason)
    _answer(request)


@transaction.atomic
def answer_report(
    report: Report, outcome: Report.Outcome, *, answer: str, by: Member, at: datetime | None = None
) -> None:
    """Close a report, and tell whoever handed it in what became of it; nobody else hears of it.

    Raises AlreadyDecided or AlreadyTaken; then nothing has changed.
    """
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    report.close(outcome, answer=answer, by=by, at=at or now())
    letter: dict[str, Any] = {"template": "verification/mail/report_answered", "context": {"report": report}}
    if report.reporter:
        tell(report.reporter, Topic.REPORTS, about="report", about_id=report.pk, **letter)
    elif report.email:
        compose(to=report.email, language=report.language, **letter).send()


@transaction.atomic
def find_fine(post: FirstPost, *, by: Member, at: datetime | None = None) -> None:
    """Leave a newcomer's event where it is.

    Raises AlreadyDecided or AlreadyTaken; then nothing has changed.
    """
    _lock_post(post).decide(FirstPost.Outcome.FINE, by=by, at=at or now())


@transaction.atomic
def take_back(post: FirstPost, reason: str, *, sentence: str, by: Member, at: datetime | None = None) -> None:
    """Put a newcomer's event back among their drafts, and tell them why.

    Raises AlreadyDecided or AlreadyTaken; then nothing has changed.
    """
    post = _lock_post(post)
    post.decide(FirstPost.Outcome.BACK, by=by, at=at or now(), reason=reason, sentence=sentence)
    if post.organizer:
        write_to(post.organizer, words_of_taking_back(post.event, post.organizer.language, reason, sentence))


def words_of_taking_back(event: Event, language: str, reason: str, sentence: str) -> str:
    """What an organiser reads, in their language."""
    with override(language):
        first = gettext("We have put your event “%(event)s” back among your drafts, where only you see it.")
        why = "" if reason == FirstPost.Reason.OTHER else str(FirstPost.Reason(reason).label)
        last = gettext("You can change it and publish it again; then we look at it once more.")
        lines = (first % {"event": event}, " ".join(part for part in (why, sentence) if part), last)
        return "\n\n".join(line for line in lines if line)


def _lock_post(post: FirstPost) -> FirstPost:
    """The event first, as its organiser's own change of it reaches for it first.

    Raises AlreadyDecided if it is not there any more: its organiser was faster.
    """
    Event.objects.select_for_update(of=("self",)).filter(pk=post.event_id).values("pk").first()
    rows = FirstPost.objects.select_related("event", "organizer").select_for_update(of=("self",))
    if (found := rows.filter(pk=post.pk).first()) is None:
        raise AlreadyDecided
    return found


def _answer(request: ListingRequest) -> None:
    """A letter to the address that was given; a notice too, if a member handed it in."""
    tasks.answer.defer(request_id=str(request.pk))
    if request.member:
        tell(request.member, Topic.LISTINGS, about="listing", about_id=request.pk)


def _lock(request: ListingRequest) -> tuple[ListingRequest, Business]:
    request, business = _lock_both(request)
    if request.outcome:
        raise AlreadyDecided
    if business is None:
        raise ListingGone
    return request, business


def _lock_both(request: ListingRequest) -> tuple[ListingRequest, Business | None]:
    """The business first, then the request: taking a listing down reaches for every request about it."""
    rows = Business.objects.select_for_update()
    business = rows.filter(pk=request.business_id).first() if request.business_id else None
    return ListingRequest.objects.select_for_update().get(pk=request.pk), business
