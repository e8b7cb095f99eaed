"""What every queue of the desk has in common."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models import Member

SENTENCE = 500  # characters, of a moderator's own in a letter
LEASE = timedelta(minutes=30)


class AlreadyDecided(Exception):
    """The case has an outcome, and an outcome stands."""


class AlreadyTaken(Exception):
    """Someone else at the desk looks after the case."""


class LeasedQuerySet(models.QuerySet[Any]):
    def open(self) -> Self:
        """Keep what waits for an answer of the desk."""
        return self.filter(outcome="")

    def held_by(self, moderator: Member, *, at: datetime) -> Self:
        """Keep what someone looks after at this moment."""
        return self.filter(outcome="", claimed_by=moderator, claimed_until__gt=at)

    def free(self, *, at: datetime) -> Self:
        """Keep what nobody looks after at this moment."""
        return self.filter(Q(claimed_by=None) | Q(claimed_until__lte=at))


class Leased(models.Model):
    """Something that one moderator at a time looks after, for half an hour; then it is free again.

    The database holds it (verification/migrations/0052): what someone else holds nobody changes, and what has an
    outcome keeps it.
    """

    claimed_by = models.ForeignKey(
        Member,
        verbose_name=_("looked after by"),
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    claimed_until = models.DateTimeField(_("until"), null=True, editable=False)

    class Meta:
        abstract = True

    def claim(self, *, by: Member, at: datetime) -> None:
        """Look after it for half an hour, from now on.

        Raises AlreadyDecided if it has an outcome, AlreadyTaken if someone else does.
        """
        every: Any = type(self)._default_manager
        rows = every.filter(pk=self.pk)
        mine_or_free = Q(claimed_by=None) | Q(claimed_by=by) | Q(claimed_until__lte=at)
        if rows.filter(mine_or_free, outcome="").update(claimed_by=by, claimed_until=at + LEASE):
            self.claimed_by, self.claimed_until = by, at + LEASE
            return
        raise AlreadyTaken if rows.filter(outcome="").exists() else AlreadyDecided

    def release(self, *, by: Member) -> None:
        """Let go of it; nothing happens if one does not look after it."""
        rows: Any = type(self)._default_manager
        rows.filter(pk=self.pk, outcome="", claimed_by=by).update(claimed_by=None, claimed_until=None)
