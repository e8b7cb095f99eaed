"""Changes to a profile that touch more than one row, or a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from community.models import Block, Consent, Heritage, Member, Portrait, Profile

HERITAGE_WORDING = "1"  # the version of the sentence in templates/profile/_consent.html: raise it with every change


@transaction.atomic
def tell_heritage(heritage: Heritage, *, consents: bool, at: datetime) -> None:
    """Keep where a member's family is from, and their consent to it if they gave it just now."""
    member = Member(pk=heritage.pk)
    if consents and not standing_consent(member):
        Consent.objects.create(member=member, purpose=Consent.Purpose.HERITAGE, version=HERITAGE_WORDING, given_at=at)
    heritage.save()


@transaction.atomic
def withdraw_heritage(member: Member, *, at: datetime) -> None:
    """Take the consent back: what it covered is erased with it (community/migrations/0005)."""
    if consent := standing_consent(member):
        consent.withdraw(at=at)


def standing_consent(member: Member) -> Consent | None:
    """The consent to show heritage, if one stands."""
    return Consent.objects.standing().filter(member=member, purpose=Consent.Purpose.HERITAGE).first()


@transaction.atomic
def keep_portrait(portrait: Portrait) -> None:
    """Keep a portrait; the files it replaces go once the change is certain."""
    before = Portrait.objects.select_for_update().filter(pk=portrait.pk).first()
    portrait.save()
    if before and before.picture.name != portrait.picture.name:
        _discard(before)


@transaction.atomic
def remove_portrait(portrait: Portrait) -> None:
    """Take a portrait away, and its files once that is certain."""
    portrait.delete()
    _discard(portrait)


def _discard(portrait: Portrait) -> None:
    files: Any = portrait.picture  # a PictureFile
    if files:
        transaction.on_commit(files.discard)


@transaction.atomic
def block(profile: Profile, *, by: Member) -> None:
    """Put two members out of each other's sight. The other is not told."""
    Block.objects.get_or_create(blocker=by, blocked_id=profile.pk, defaults={"name": profile.display_name})
