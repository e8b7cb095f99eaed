"""Who of those who wish it shares something with the reader, best first, and how often what is compared may change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from community.models import MatchingChoice, Profile

LONDON = ZoneInfo("Europe/London")
BEST = 20
CHANGES_A_DAY = 5  # the database holds to it: community/migrations/0031
LIMIT = "five_matching_changes_a_day"


class TooManyChanges(Exception):
    """What others are matched with has changed five times today. ``frees_at`` is when it may again."""

    explanation = _(
        "You have changed what matching compares five times today. Hiding things is always possible; anything else "
        "is again from midnight, London time."
    )

    def __init__(self, frees_at: datetime) -> None:
        super().__init__(str(self.explanation))
        self.frees_at = frees_at


@dataclass(frozen=True, slots=True)
class Common:
    """What two members share and each shows the other: slugs of regions and of interests, in order."""

    regions: list[str]
    interests: list[str]

    @property
    def score(self) -> float:
        """The founders' formula, 0 to 1."""
        return round(min(1, 0.3 + 0.3 * len(self.regions) + 0.4 * len(self.interests)), 2)

    @property
    def percent(self) -> int:
        """The score in hundredths."""
        return round(self.score * 100)


@dataclass(frozen=True, slots=True)
class Match:
    """Another member, and what they share with the reader."""

    profile: Profile
    common: Common


def best_matches() -> list[Match]:
    """The reader's best matches, at most 20; none unless they opted in.

    The order is by score, then by how much is shared in all, then by who was here more recently.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT member_id, regions, interests FROM best_matches(%s)", [BEST])
        found = {member: Common(regions, interests) for member, regions, interests in cursor.fetchall()}
    profiles = Profile.objects.with_sections().in_bulk(list(found))  # row security is asked once more
    return [Match(profiles[member], common) for member, common in found.items() if member in profiles]


def compatibility_with(member: UUID) -> Common | None:
    """What the reader and another member share; None unless both opted in and each may see the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT regions, interests FROM compatibility_with(%s)", [member])
        row = cursor.fetchone()
    return Common(*row) if row else None


def changes_left(choice: MatchingChoice) -> int:
    """How often what others are matched with may still change today."""
    spent = choice.changes if choice.changed_on == localdate(timezone=LONDON) else 0
    return max(0, CHANGES_A_DAY - spent)


def is_too_many(error: IntegrityError) -> bool:
    """Whether the database refused a sixth change."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) == LIMIT


def frees_at() -> datetime:
    """When the next change may be made: London's midnight."""
    return datetime.combine(localdate(timezone=LONDON) + timedelta(days=1), time(), tzinfo=LONDON)


@contextmanager
def changes_counted() -> Iterator[None]:
    """Save what matching compares.

    Raises TooManyChanges if it is the sixth change of the day; then nothing of the block has been saved.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if is_too_many(error):
            raise TooManyChanges(frees_at()) from error
        raise


def was_here() -> None:
    """Remember that whoever is asking was here today, for the order among equals. Others never see when."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT active_today()")
