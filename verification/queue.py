"""The desk's queues: what waits, page by page from where one stopped. Nothing counts a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from community.models import Member
from verification.models import Case, Leased, Reply

PAGE = 25
AGING, OLD = timedelta(days=2), timedelta(days=5)

Keep = Callable[[QuerySet[Any], Member], QuerySet[Any]]


class Part(NamedTuple):
    """What a queue can be looked at as: its name, what stays of all there is, and the column it goes by.

    Without a column it goes by waiting, in the languages that one reads first; one with a minus looks back from the
    newest.
    """

    name: Any
    keep: Keep
    order: str = ""

    @property
    def looks_back(self) -> bool:
        return self.order.startswith("-")


def _waiting(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(waiting_since__isnull=False)


def _voted_on() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_voted_on()")
        return [case for (case,) in cursor.fetchall()]


CASES: dict[str, Part] = {
    "": Part(_("Waiting"), lambda cases, me: _waiting(cases)),
    "mine": Part(_("Mine"), lambda cases, me: cases.filter(claimed_by=me, claimed_until__gt=Now())),
    "documents": Part(_("Documents"), lambda cases, me: _waiting(cases).filter(route=Case.Route.DOCUMENT)),
    "second": Part(_("Second vote wanted"), lambda cases, me: cases.filter(pk__in=_voted_on())),
    "appeals": Part(_("Appeals"), lambda cases, me: _waiting(cases).exclude(appeal_of=None)),
    "answered": Part(
        _("Answered"), lambda cases, me: _waiting(cases).filter(Exists(Reply.objects.filter(case=OuterRef("pk"))))
    ),
    "asked": Part(_("Asked"), lambda cases, me: cases.filter(status=Case.Status.NEEDS_INFORMATION), order="created_at"),
    "ended": Part(_("Ended"), lambda cases, me: cases.filter(decided_at__isnull=False), order="-decided_at"),
}


def in_order(own: Collection[str], *, wanted: str = "", by_waiting: bool = False) -> tuple[str, ...]:
    """The languages that a queue is read in, one after the other; an empty one is all of them at once.

    One's own come first, unless one wants a single language, the longest waiting of all, or reads every one.
    """
    known = [code for code, _name in settings.LANGUAGES]
    others = [code for code in known if code not in own]
    if wanted or by_waiting or len(others) in (0, len(known)):
        return (wanted,)
    return (*(code for code in known if code in own), *others)


def stretches_of(languages: Sequence[str]) -> dict[str, Q]:
    """What is read one after the other, each in the queue's order: a name for the stretch, and what is in it."""
    return {language: Q(language=language) if language else Q() for language in languages}


def read(
    rows: QuerySet[Any], order: str, stretches: Mapping[str, Q], *, after: tuple[datetime, UUID, str] | None = None
) -> tuple[list[Any], str]:
    """One page of a queue, and where the next begins (empty after the last): at most one question a stretch.

    ``order`` is a column, with a minus from its newest. ``after`` is of the last row read: its moment in that column,
    its key and its stretch.
    """
    looks_back, field = order.startswith("-"), order.removeprefix("-")
    rows = rows.order_by(order, "-pk" if looks_back else "pk")
    names = list(stretches)
    stopped_in = after[2] if after and after[2] in stretches else names[0]
    found: list[tuple[str, Any]] = []
    for name in names[names.index(stopped_in) :]:
        part = rows.filter(stretches[name])
        if after and name == stopped_in:
            moment, row, _name = after
            way, beyond = ("lte", "gte") if looks_back else ("gte", "lte")
            part = part.filter(**{f"{field}__{way}": moment})
            part = part.exclude(**{field: moment, f"pk__{beyond}": row})
        found += [(name, row) for row in part[: PAGE + 1 - len(found)]]
        if len(found) > PAGE:
            break
    page = [row for _name, row in found[:PAGE]]
    if len(found) <= PAGE:
        return page, ""
    return page, f"{getattr(page[-1], field).isoformat()}~{page[-1].pk}~{found[PAGE - 1][0]}"


def up_to(rows: QuerySet[Any], column: str, month: datetime) -> QuerySet[Any]:
    """Keep what a column dates no later than in a month; ``month`` is a moment in it (aware)."""
    first = month.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return rows.filter(**{f"{column}__lt": (first + timedelta(days=32)).replace(day=1)})


def named(words: str) -> list[Case]:
    """The newest cases of members by a name or its beginning; fifty at most."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_named(%s)", [words])
        found = [case for (case,) in cursor.fetchall()]
    return list(told().filter(pk__in=found).order_by("-number"))


def told() -> QuerySet[Case]:
    """The cases with what a list says of them."""
    return Case.objects.select_related("member__profile", "claimed_by__profile").only(
        *("number", "route", "status", "language", "created_at", "waiting_since", "claimed_until", "decided_at"),
        *("appeal_of", "member__email", "member__profile__display_name"),
        *("claimed_by__email", "claimed_by__profile__display_name"),
    )


def votes_on(cases: list[Case]) -> dict[UUID, int]:
    """How many gave their word on each open case; not who, and not which."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT its_case, votes FROM votes_on(%s)", [[case.pk for case in cases]])
        return dict(cursor.fetchall())


class Proposal(NamedTuple):
    """That a badge should be taken back: of which case, by which vote, and why whoever asks may not be the second."""

    case: UUID
    number: int
    vote: UUID
    bar: str | None


def proposals() -> list[Proposal]:
    """The badges that another administrator's word would take back, the first proposed first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT its_case, its_number, vote, bar FROM proposals()")
        return [Proposal(*row) for row in cursor.fetchall()]


def age_of(case: Case, *, at: datetime) -> str:
    """How long it has waited for the desk: ``new``, ``aging`` or ``old``; empty if it does not."""
    return age_since(case.waiting_since, at=at) if case.waiting_since else ""


def age_since(since: datetime, *, at: datetime) -> str:
    """How long something has waited: ``new``, ``aging`` or ``old``."""
    waited = at - since
    return "old" if waited > OLD else "aging" if waited > AGING else "new"


def holder_of(case: Case | Leased, *, at: datetime) -> Member | None:
    """Who looks after it at this moment."""
    if case.claimed_by is None or case.claimed_until is None or case.claimed_until <= at:
        return None
    return case.claimed_by
