"""What changes an account in several places at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from community.identity import acting_as, identify, signing_up
from community.mail import compose
from community.mailboxes import mailbox_of
from community.models import Member, Profile, Token


class AddressTaken(Exception):
    """Someone else has an account at this address."""


class AlreadyConnected(Exception):
    """That account elsewhere is connected with an account here."""


class Ended(NamedTuple):
    """What opens an account no more: how many keys to the API, and which providers."""

    keys: int
    providers: list[str]


@transaction.atomic
def sign_up(
    email: str,
    *,
    password: str,
    display_name: str,
    language: str,
    guidelines: int,
    at: datetime,
    link: Sequence[str] | None = None,
) -> Member:
    """Add a member who has proved this address, is an adult and accepted the guidelines in that version.

    ``password`` is a hash, or one that nobody can use. ``link`` is the account elsewhere they came by: provider, uid.
    The rest of the transaction runs as the new member.
    Raises AddressTaken or AlreadyConnected if another was faster; then nothing has changed.
    """
    member = Member(
        email=mailbox_of(email),
        password=password,
        language=language,
        adult_confirmed_at=at,
        guidelines_version=guidelines,
        guidelines_accepted_at=at,
        joined_at=at,
    )
    try:
        with signing_up(member.email):
            member.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTaken from error
    identify(member)
    Profile.objects.create(member=member, display_name=display_name)
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    if link:
        connect(member, *link)
    return member


def connect(member: Member, provider: str, uid: str) -> None:
    """Let an account elsewhere open a member's own from now on. Once is enough: again, it changes nothing.

    Raises AlreadyConnected if it opens another's.
    """
    if SocialAccount.objects.filter(user=member, provider=provider, uid=uid).exists():
        return
    try:
        with transaction.atomic():
            SocialAccount.objects.create(user=member, provider=provider, uid=uid, extra_data={})
    except IntegrityError as error:
        raise AlreadyConnected from error


def end_other_ways_in(member: Member, *, at: datetime) -> Ended:
    """End the keys to the API and the connections with accounts elsewhere of a member who forgot their password.

    Passkeys and the app stay: they guard against whoever reads the member's mail, as only that was proved.
    """
    with acting_as(member):
        keys = Token.objects.filter(member=member).live(at=at).update(revoked_at=at)
        connections = SocialAccount.objects.filter(user=member).order_by("provider")
        providers = list(connections.values_list("provider", flat=True))
        connections.delete()
    return Ended(keys, providers)


@transaction.atomic
def change_email(member: Member, email: str) -> None:
    """Move an account to an address its member has proved, and tell the old one.

    Raises AddressTaken if another was faster; then nothing has changed.
    """
    old = member.email
    member.email = mailbox_of(email)
    try:
        with transaction.atomic():
            member.save(update_fields=["email"])
    except IntegrityError as error:
        member.email = old
        raise AddressTaken from error
    EmailAddress.objects.update_or_create(user=member, primary=True, defaults={"email": member.email, "verified": True})
    compose("account/email/email_changed", to=old, language=member.language, context={"email": member.email}).send()
