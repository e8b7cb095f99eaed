"""What the desk decides about listings. Each locks, changes and speaks only after the commit.

``sentence`` is the moderator's own, for the letter.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from businesses.models import Business
from community.models import Member
from verification import tasks
from verification.models import AlreadyDecided, ListingRequest


class ListingGone(Exception):
    """The listing was taken down in the meantime."""


@transaction.atomic
def grant_claim(request: ListingRequest, *, by: Member, at: datetime | None = None, sentence: str = "") -> None:
    """Believe someone that a business is theirs: it wears the badge, and its details count as confirmed.

    Raises AlreadyDecided or ListingGone; then nothing has changed.
    """
    at = at or now()
    request, business = _lock(request)
    request.decide(ListingRequest.Outcome.GRANTED, by=by, at=at, sentence=sentence)
    business.verify_ownership(at=at)
    tasks.answer.defer(request_id=str(request.pk))


@transaction.atomic
def remove_listing(request: ListingRequest, *, by: Member, at: datetime | None = None, sentence: str = "") -> None:
    """Take a listing down at its owner's wish; no import brings it back.

    Raises AlreadyDecided or ListingGone; then nothing has changed.
    """
    at = at or now()
    request, business = _lock(request)
    request.decide(ListingRequest.Outcome.GRANTED, by=by, at=at, sentence=sentence)
    business.delist()
    tasks.answer.defer(request_id=str(request.pk))


@transaction.atomic
def refuse(request: ListingRequest, *, by: Member, at: datetime | None = None, sentence: str = "") -> None:
    """Leave the listing as it is.

    Raises AlreadyDecided; then nothing has changed.
    """
    request = ListingRequest.objects.select_for_update().get(pk=request.pk)
    request.decide(ListingRequest.Outcome.REFUSED, by=by, at=at or now(), sentence=sentence)
    tasks.answer.defer(request_id=str(request.pk))


def _lock(request: ListingRequest) -> tuple[ListingRequest, Business]:
    """The business first, then the request: taking a listing down reaches for every request about it."""
    rows = Business.objects.select_for_update()
    business = rows.filter(pk=request.business_id).first() if request.business_id else None
    request = ListingRequest.objects.select_for_update().get(pk=request.pk)
    if request.outcome:
        raise AlreadyDecided
    if business is None:
        raise ListingGone
    return request, business
