"""The desk's queue of heritage cases: what waits, page by page from where one stopped. Nothing counts a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from community.models import Member
from verification.models import Case, Leased, Reply

PAGE = 25
AGING, OLD = timedelta(days=2), timedelta(days=5)

# What the queue can be looked at as: its name, what stays of all cases, and the order it is read in.
Keep = Callable[[QuerySet[Case], Member], QuerySet[Case]]


class Queue(NamedTuple):
    name: Any
    keep: Keep
    order: str = "waiting_since"

    @property
    def is_by_waiting(self) -> bool:
        return self.order == "waiting_since"

    @property
    def field(self) -> str:
        return self.order.removeprefix("-")


def _waiting(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(waiting_since__isnull=False)


def _voted_on() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_voted_on()")
        return [case for (case,) in cursor.fetchall()]


QUEUES: dict[str, Queue] = {
    "": Queue(_("Waiting"), lambda cases, me: _waiting(cases)),
    "mine": Queue(_("Mine"), lambda cases, me: cases.filter(claimed_by=me, claimed_until__gt=Now())),
    "documents": Queue(_("Documents"), lambda cases, me: _waiting(cases).filter(route=Case.Route.DOCUMENT)),
    "second": Queue(_("Second vote wanted"), lambda cases, me: cases.filter(pk__in=_voted_on())),
    "appeals": Queue(_("Appeals"), lambda cases, me: _waiting(cases).exclude(appeal_of=None)),
    "answered": Queue(
        _("Answered"), lambda cases, me: _waiting(cases).filter(Exists(Reply.objects.filter(case=OuterRef("pk"))))
    ),
    "asked": Queue(
        _("Asked"), lambda cases, me: cases.filter(status=Case.Status.NEEDS_INFORMATION), order="created_at"
    ),
    "ended": Queue(_("Ended"), lambda cases, me: cases.filter(decided_at__isnull=False), order="-decided_at"),
}


class Page(NamedTuple):
    cases: list[Case]
    after: str  # where the next page begins; empty on the last


def in_order(own: Collection[str], *, wanted: str = "", by_waiting: bool = False) -> tuple[str, ...]:
    """The languages that cases are read in, one after the other; an empty one is all of them at once.

    One's own come first, unless one wants a single language, the longest waiting of all, or reads every one.
    """
    known = [code for code, _name in settings.LANGUAGES]
    others = [code for code in known if code not in own]
    if wanted or by_waiting or len(others) in (0, len(known)):
        return (wanted,)
    return (*(code for code in known if code in own), *others)


def read(
    which: str,
    me: Member,
    *,
    at: datetime,
    languages: Sequence[str] = ("",),
    route: str = "",
    month: datetime | None = None,
    after: tuple[datetime, UUID, str] | None = None,
) -> Page:
    """One page of a queue, told for a list: as many questions however long the queue is.

    ``languages`` are read one after the other, each in the queue's order. ``month`` is a moment in a month (aware): of
    what ended, nothing later is shown. ``after`` is of the last row read.
    """
    queue = QUEUES[which]
    cases = queue.keep(_told(), me)
    if route:
        cases = cases.filter(route=route)
    is_backwards = queue.order.startswith("-")
    if month and which == "ended":
        first = month.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        cases = cases.filter(decided_at__lt=(first + timedelta(days=32)).replace(day=1))
    cases = cases.order_by(queue.order, "-pk" if is_backwards else "pk")
    stopped_in = after[2] if after and after[2] in languages else languages[0]
    rows: list[Case] = []
    for language in languages[languages.index(stopped_in) :]:
        part = cases.filter(language=language) if language else cases
        if after and language == stopped_in:
            moment, row, _language = after
            way, beyond = ("lte", "gte") if is_backwards else ("gte", "lte")
            part = part.filter(**{f"{queue.field}__{way}": moment})
            part = part.exclude(**{queue.field: moment, f"pk__{beyond}": row})
        rows += part[: PAGE + 1 - len(rows)]
        if len(rows) > PAGE:
            break
    more, rows = len(rows) > PAGE, rows[:PAGE]
    last = rows[-1] if more else None
    stopped = f"{getattr(last, queue.field).isoformat()}~{last.pk}~{last.language}" if last else ""
    return Page(put_into_words(rows, at=at), stopped)


def named(words: str, *, at: datetime) -> list[Case]:
    """The newest cases of members by a name or its beginning; fifty at most."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_named(%s)", [words])
        found = [case for (case,) in cursor.fetchall()]
    return put_into_words(list(_told().filter(pk__in=found).order_by("-number")), at=at)


def _told() -> QuerySet[Case]:
    return Case.objects.select_related("member__profile", "claimed_by__profile").only(
        *("number", "route", "status", "language", "created_at", "waiting_since", "claimed_until", "decided_at"),
        *("appeal_of", "member__email", "member__profile__display_name"),
        *("claimed_by__email", "claimed_by__profile__display_name"),
    )


def put_into_words(cases: list[Case], *, at: datetime) -> list[Case]:
    """Give each case what a list says of it: how old it is, how many spoke, and who holds it at this moment."""
    spoken = votes_on(cases)
    answered = set(Reply.objects.filter(case__in=cases).values_list("case", flat=True))
    for case in cases:
        said: Any = case
        said.age = age_of(case, at=at)
        said.words_given = spoken.get(case.pk, 0)
        said.is_answered = case.pk in answered
        said.holder = holder_of(case, at=at)
    return cases


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
