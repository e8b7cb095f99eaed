"""The end of an account: asked for, taken back within a day, or carried out by the worker."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.timezone import now

from community import exports, mailed_codes
from community.identity import acting_as
from community.mail import compose
from community.models import Erasure, Member
from community.pictures import WIDTHS, name_at
from community.sessions import presenting


@transaction.atomic
def ask(member: Member, *, session_key: str | None) -> datetime:
    """Ask for the member of this moment to be erased; the time until which they can change their mind.

    From now on nobody sees them, and every browser but this one is logged out. They are told by mail, once.
    """
    is_new = not Erasure.objects.filter(member=member).exists()
    with presenting(session_key), connection.cursor() as cursor:
        cursor.execute("SELECT ask_erasure()")
        (due_at,) = cursor.fetchone()
    if is_new:
        compose("my_data/mail/erasing", to=member.email, language=member.language, context={"until": due_at}).send()
    return due_at


@transaction.atomic
def take_back(member: Member) -> bool:
    """Stay after all; whether there was still time. Whoever was visible is so again, in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT take_back_erasure()")
        (in_time,) = cursor.fetchone()
    if in_time:
        compose("my_data/mail/staying", to=member.email, language=member.language, context={}).send()
    return in_time


def carry_out(wish: Erasure) -> None:
    """Erase one member whose day is over. Killed at any point, the next run goes on from there.

    Rows go in one transaction, in the database (config/erasing.py); what is not rows, before and after it.
    """
    if wish.member_id:
        _forget_in_cache(wish.member_id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT erase_member(%s, %s)", [wish.pk, trace_of(wish.member_id)])
        wish.refresh_from_db(fields=["pictures", "member"])
    for name in wish.pictures:
        for file in (name, *(name_at(name, width) for width in WIDTHS)):
            default_storage.delete(file)
    exports.sweep(at=now())
    Erasure.objects.filter(pk=wish.pk).update(pictures=[], erased_at=now())


def trace_of(member_id: UUID) -> str:
    """What stays of a member: a hash that only the town's key makes, and that leads back to nobody."""
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"erasures").digest()
    return hashlib.blake2b(member_id.bytes, key=key, digest_size=32).hexdigest()


def _forget_in_cache(member_id: UUID) -> None:
    """Drop what the cache has under their id or address."""
    with acting_as(Member(pk=member_id)):
        email = Member.objects.values_list("email", flat=True).get(pk=member_id)
    mailed_codes.forget(email)
    for name in (str(member_id), member_id.hex, email):
        cache.delete_pattern(f"*{name}*")  # type: ignore[attr-defined]  # of django-redis
