"""Telling what happened around cases: members of their own, and the desk of a colleague who was stopped.

Each in one transaction with the record that it was told, the letter in the outbox: a run may die, and begin again.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection, transaction

from community.identity import acting_as
from community.mail import compose
from community.models import Member, Profile, Topic
from community.notices import tell
from community.outbox import OutboxBackend
from verification.models import News

logger = structlog.get_logger(__name__)


class NotTold(Exception):
    """Some news wait for the next run."""


def tell_members(*, at: datetime) -> None:
    """Tell every member what is new in their case. Raises NotTold after the others were told, if some could not be."""
    failed = 0
    for news in News.objects.untold():
        try:
            tell_member(news, at=at)
        except Exception as error:  # one that fails holds up no other; nothing is said of whose
            failed += 1
            logger.error("case_news_failed", error=type(error).__name__)
    if failed:
        raise NotTold(f"{failed} not told yet")


@transaction.atomic
def tell_member(news: News, *, at: datetime) -> None:
    """Leave a notice and a letter, once, by the ways its member chose; whoever is closed or leaving hears nothing."""
    with acting_as(Member(pk=news.member_id)):
        if not News.objects.filter(pk=news.pk, told_at=None).update(told_at=at):
            return
        member = Member.objects.filter(pk=news.member_id, is_active=True).only("email", "language").first()
        if member is None or Profile.objects.filter(pk=member.pk, withdrawn_at__isnull=False).exists():
            return
        outbox = OutboxBackend()
        tell(member, Topic.CASES, template="verification/mail/news", about="news", about_id=news.pk, carrier=outbox)


@transaction.atomic
def tell_the_desk_of_stops() -> None:
    """Write to the others at the desk, once, that a colleague opened too many documents and was stopped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, language FROM tell_of_stops()")
        others = cursor.fetchall()
    letters = [
        compose("verification/mail/stopped", to=email, language=language, context={"desk_url": settings.DESK_URL})
        for email, language in others
    ]
    OutboxBackend().send_messages(letters)
