"""Telling members things, by the ways they chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from community.mail import compose
from community.models import Channel, Member, Notice, NoticeChoice, Topic


@transaction.atomic
def tell(
    member: Member,
    topic: Topic,
    *,
    template: str = "",
    context: Mapping[str, Any] | None = None,
    about: str = "",
    about_id: UUID | None = None,
    words: str = "",
    carrier: BaseEmailBackend | None = None,
) -> None:
    """Leave a notice for a member and write them a letter, as far as they chose to be told of the topic.

    ``template`` is the letter's; a topic that offers no mail has none. Both go with the transaction of what
    they tell of: the worker, which would send at once, says that the outbox is the letter's ``carrier``.
    """
    channels = NoticeChoice.objects.channels(member, topic)
    in_app, in_digest = Channel.SITE in channels, Channel.DIGEST in channels
    if in_app or in_digest:
        notice = Notice(member=member, topic=topic, about=about, about_id=about_id, words=words)
        notice.in_app, notice.in_digest = in_app, in_digest
        notice.save(force_insert=True)
    if Channel.MAIL in channels:
        letter = compose(
            template, to=member.email, language=member.language, context=context or {}, ends=(member.pk, topic.value)
        )
        letter.connection = carrier
        letter.send()


def write_to(member: Member, words: str) -> None:
    """Send a member a letter from the desk."""
    tell(member, Topic.DESK, template="notices/mail/desk", context={"words": words}, words=words)
