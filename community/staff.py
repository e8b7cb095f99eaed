"""Who works at the desk, and how that changes: the rules are the database's (community/migrations/0086).

Each of these asks it, as whoever acts at this moment (``acting_as``), and turns its no into ``NotSo``.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.mail import get_connection
from django.db import Error, connection, transaction
from django.utils.translation import gettext_lazy as _

from community.exports import OUTBOX
from community.identity import acting_as
from community.mail import compose
from community.models import Invitation, Member, Rank, StaffChange

WORDS = {
    "administrators_only": _("Only an administrator may do this."),
    "member_not_found": _("No open account has this address. Whoever is to work here joins at the site first."),
    "not_of_oneself": _("Not of oneself: ask another administrator."),
    "has_that_rank": _("They have that rank already."),
    "invited_already": _("There is an invitation for them already. Take it back first, or confirm it."),
    "another_second_word": _("You said the first word. The second is for another administrator."),
    "first_word_is_void": _("Whoever said the first word is no administrator any more. Take it back and invite anew."),
    "not_standing": _("This invitation does not hold any more."),
    "for_someone_else": _("This link is for someone else."),
    "others_turn": _("Someone else is doing this at this moment. Try again in a minute."),
    "not_a_lower_rank": _("They have no higher rank than that."),
}


class NotSo(Exception):
    """The rules of ranks do not allow it; ``rule`` names the one, and nothing has changed."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule

    @property
    def words(self) -> Any:
        """The reason, for whoever tried."""
        return WORDS.get(self.rule, WORDS["not_standing"])


class Presented(NamedTuple):
    """What a link from an invitation says: whose it is, and what they are to be."""

    member: Member
    rank: Rank


@contextmanager
def the_rules() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except Error as error:
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if rule is None:
            raise
        raise NotSo(rule) from error


def _ask(function: str, *values: Any) -> Any:
    places = ", ".join("%s" for _value in values)
    with the_rules(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({places})", values)
        return cursor.fetchone()[0]


def invite(member: Member, rank: str, *, anew: bool = False) -> Invitation:
    """Say the first word for a member's rank; ``anew`` for a colleague who lost their keys.

    Raises NotSo, by the rule that was hurt.
    """
    return Invitation.objects.told().get(pk=_ask("invite_to_desk", member.pk, rank, anew))


def second(invitation: Invitation) -> None:
    """Say the second word. The worker sends whoever starts anew their link; a colleague has their rank at once.

    Raises NotSo.
    """
    _ask("second_invitation", invitation.pk)


def withdraw(invitation: Invitation) -> None:
    """Take an invitation back. Raises NotSo."""
    _ask("withdraw_invitation", invitation.pk)


def take_rank(member: Member, *, leaving: str = "") -> None:
    """Take a colleague's rank away, or leave them a lower one, at once. Raises NotSo."""
    _ask("take_rank", member.pk, leaving)


def presented(secret: str) -> Presented | None:
    """Whom a link is for; nothing if it is not good for anything any more, or never was."""
    if "\x00" in secret:  # which the database takes for no text at all
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT member_id, rank FROM invitation_presented(%s)", [secret])
        row = cursor.fetchone()
    if row is None:
        return None
    with acting_as(Member(pk=row[0])):
        return Presented(Member.objects.get(pk=row[0]), Rank(row[1]))


def accept(secret: str, member: Member, *, password: str) -> None:
    """Come to work at the desk, with a password of one's own; all that opened the account before is gone.

    Raises NotSo.
    """
    with acting_as(member):
        _ask("accept_invitation", secret, make_password(password))


def send_links() -> int:
    """As the worker, send everyone a link whom two have spoken for and who has none; returns how many were sent."""
    sent = 0
    while send_link():
        sent += 1
    return sent


@transaction.atomic
def send_link() -> bool:
    """Make one link, keep its hash and mail it, all or nothing; whether there was anyone to send it to."""
    secret = secrets.token_urlsafe(32)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM link_invitation(%s)", [hashlib.sha256(secret.encode()).hexdigest()])
        row = cursor.fetchone()
    if row is None:
        return False
    _member, rank, address, language, works_here = row
    facts = {"rank": Rank(rank).label, "works_here": works_here, "secret": secret, "desk_url": settings.DESK_URL}
    get_connection(OUTBOX).send_messages(
        [compose("staff/mail/invitation", to=address, language=language, context=facts)]
    )
    return True


def tell_of_changes() -> int:
    """Write of every change of staff that was not told to the other administrators, and whose rank it is; how many."""
    changes = list(StaffChange.objects.filter(told_at=None).order_by("id"))
    return sum(_tell(change) for change in changes)


@transaction.atomic
def _tell(change: StaffChange) -> bool:
    """Write of one change: the letters, their jobs and that it was told are of one transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT email, language, member_name, by_name, is_ones_own FROM staff_change_told(%s)", [change.pk]
        )
        readers = cursor.fetchall()
    for email, language, member_name, by_name, is_ones_own in readers:
        facts = {"change": change, "who": member_name, "by": by_name, "desk_url": settings.DESK_URL}
        facts["contact"] = settings.CONTACT_EMAIL
        template = "staff/mail/own_rank" if is_ones_own else "staff/mail/told"
        get_connection(OUTBOX).send_messages([compose(template, to=email, language=language, context=facts)])
    return bool(readers)
