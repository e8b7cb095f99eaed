"""Personal API tokens: a member's own keys to the API, as narrow and as short-lived as they choose."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from community.models.people import Member

LONGEST = timedelta(days=366)
MOST = 20  # that one member has at a time
SIGN = "lt_"
SHOWN = len(SIGN) + 8  # characters by which its member knows it again; 208 bits stay secret


def digests(secret: str) -> list[bytes]:
    """What the database may know of a token: under today's key first, then under those it replaces.

    A token is 256 bits of chance, so nobody can guess their way back and a slow hash would only slow every
    request. The hash is keyed, so that whoever can write into the database cannot make a token.
    """
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [
        hashlib.blake2b(
            secret.encode(), key=hashlib.sha256(key.encode()).digest(), digest_size=32, person=b"api tokens"
        ).digest()
        for key in keys
    ]


class Scope(models.TextChoices):
    """What a token may be let do, as the API's contract names it. Reading what is public needs none."""

    PROFILE_READ = "profile:read", _("read my profile and my matches")
    PROFILE_WRITE = "profile:write", _("change my profile")
    EVENTS_WRITE = "events:write", _("add and change my events")
    ATTENDANCE_WRITE = "attendance:write", _("say that I am going to an event")
    BUSINESSES_WRITE = "businesses:write", _("add and change my businesses")
    VERIFICATION_READ = "verification:read", _("see how my verification stands")
    VERIFICATION_WRITE = "verification:write", _("begin or withdraw my verification, and send documents for it")


# What no endpoint asks for yet. The contract names it, so a key may hold it; but nobody is offered what does nothing.
NOT_YET = frozenset({Scope.EVENTS_WRITE, Scope.ATTENDANCE_WRITE, Scope.BUSINESSES_WRITE})
OFFERED = [(scope.value, scope.label) for scope in Scope if scope not in NOT_YET]


class TokenQuerySet(models.QuerySet["Token"]):
    def live(self, *, at: datetime) -> Self:
        """Keep those that still open something."""
        return self.filter(revoked_at=None, expires_at__gt=at)

    def issue(self, member: Member, *, name: str, scopes: list[str], days: int, at: datetime) -> tuple[Token, str]:
        """Make a token; its text is returned beside it, once, and kept nowhere."""
        secret = SIGN + secrets.token_urlsafe(32)
        token = self.create(
            member=member,
            name=name,
            scopes=sorted(set(scopes)),
            prefix=secret[:SHOWN],
            digest=digests(secret)[0],
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
        return token, secret


class Token(models.Model):
    """A key to the API in a member's name, for some purposes and for some time.

    It is found by its hash alone (``token_presented()``, community/migrations/0033), which also knows when it is
    of no use any more: expired, revoked, or its member gone.
    """

    member = models.ForeignKey(Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope.choices),
        verbose_name=pgettext_lazy("a token", "may"),
        default=list,
        blank=True,
    )
    prefix = models.CharField(_("begins with"), max_length=SHOWN, editable=False)
    digest = models.BinaryField(unique=True, editable=False)
    created_at = models.DateTimeField(_("made"), editable=False)
    expires_at = models.DateTimeField(_("good until"))
    last_used_on = models.DateField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                name="token_is_good_for_a_year_at_most",
                condition=Q(expires_at__gt=F("created_at"), expires_at__lte=F("created_at") + LONGEST),
            ),
            models.CheckConstraint(
                name="token_opens_what_the_contract_names", condition=Q(scopes__contained_by=Scope.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @property
    def scope_names(self) -> list[str]:
        """What it may do, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]

    def revoke(self, *, at: datetime) -> None:
        """Make it useless from the next request on."""
        self.revoked_at = at
        self.save(update_fields=["revoked_at"])


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who presented a token, and what it lets them do. ``member`` is None if it is good for nothing."""

    token: int = 0
    member: Member | None = None
    scopes: frozenset[str] = frozenset()
