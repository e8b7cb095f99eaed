"""The weekly letters: each written as its reader, so that row security decides what stands in it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.timezone import localdate

from community.identity import acting_as
from community.mail import compose
from community.models import Channel, Member, Notice, NoticeChoice, Profile, Topic, Weekly, WeeklyLetter
from community.outbox import OutboxBackend
from events.weekly import WEEK, events_of_the_week

logger = structlog.get_logger(__name__)


def write_weekly_letters(*, at: datetime) -> int:
    """Write to everyone who wants a weekly letter and has none of this week yet; returns how many were written.

    Safe to run twice, at the same time too, and to die in between: what is left is written by the next run.
    """
    week = localdate(at) - timedelta(days=localdate(at).weekday())
    written = WeeklyLetter.objects.filter(week=week)
    asked = NoticeChoice.objects.of_the_weekly_letter().exclude(member__in=written.values("member"))
    count = 0
    for pk in list(asked.order_by("member").values_list("member", flat=True).distinct()):
        try:
            count += write_weekly_letter(pk, week=week, at=at)
        except Exception as error:  # one letter that fails must not keep the others back; nothing is said of whose
            logger.warning("weekly_letter_failed", error=type(error).__name__)
    return count


@transaction.atomic
def write_weekly_letter(pk: UUID, *, week: date, at: datetime) -> bool:
    """Write one member's letter of a week, if there is something to tell and none was written; whether it was.

    The letter, its job and the record of it are of one transaction.
    """
    with acting_as(Member(pk=pk)):
        member = Member.objects.filter(pk=pk, is_active=True).only("email", "language").first()
        if member is None or Profile.objects.filter(pk=pk, withdrawn_at__isnull=False).exists():
            return False
        before = WeeklyLetter.objects.filter(member=member).order_by("-written_at").first()
        untold = Notice.objects.filter(member=member, in_digest=True).unread()
        notices = list(untold.filter(created_at__gt=before.written_at if before else at - WEEK))
        is_asked = Channel.DIGEST in NoticeChoice.objects.channels(member, Topic.WEEK)
        taste = Weekly.objects.filter(member=member).first() or Weekly()
        events = events_of_the_week(taste, at=at) if is_asked else []
        if not notices and not events:
            return False
        record = WeeklyLetter.objects.get_or_create(member=member, week=week, defaults={"written_at": at})
        if not record[1]:
            return False
        letter = compose(
            "events/mail/week",
            to=member.email,
            language=member.language,
            context={"events": events, "notices": notices},
            ends=(member.pk, Topic.WEEK.value),
        )
        OutboxBackend().send_messages([letter])
    return True
