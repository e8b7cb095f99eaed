"""What waits at the desk, queue by queue: how much, and since when. Nothing counts a table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from community.models import Member
from verification.models import Case, FirstPost, ListingRequest, Report
from verification.queue import age_since

MANY = 99  # beyond, nobody needs to know how many wait


class Waiting(NamedTuple):
    """One queue, as the first page of the desk tells of it."""

    kind: str  # the model of what waits in it
    name: Any
    queue: str  # names of addresses
    next: str
    many: int  # a hundred stands for more
    since: datetime | None  # of what has waited longest
    age: str
    may_decide: bool

    @property
    def is_many(self) -> bool:
        return self.many > MANY


Rows = Callable[[], QuerySet[Any]]

# Each queue: its model, its name, what waits in it, and the column that says since when.
QUEUES: tuple[tuple[Any, Any, Rows, str], ...] = (
    (Case, _("Heritage cases"), lambda: Case.objects.waiting(), "waiting_since"),
    (ListingRequest, _("Owners' claims and wishes"), lambda: ListingRequest.objects.waiting(), "created_at"),
    (FirstPost, _("Newcomers' events"), lambda: FirstPost.objects.open(), "created_at"),
    (Report, _("Reports"), lambda: Report.objects.open(), "created_at"),
)


def what_waits(member: Member, *, at: datetime) -> list[Waiting]:
    """The queues that someone may see, one question each: a hundred rows of one column at most."""
    return [
        _waiting(member, *queue, at=at)
        for queue in QUEUES
        if any(member.has_perm(f"verification.{verb}_{queue[0]._meta.model_name}") for verb in ("view", "change"))
    ]


def every_queue(member: Member, *, at: datetime) -> list[Waiting]:
    """The same of each queue, for whoever may see how the desk is doing."""
    return [_waiting(member, *queue, at=at) for queue in QUEUES]


def _waiting(member: Member, model: Any, name: Any, rows: Rows, column: str, *, at: datetime) -> Waiting:
    kind = model._meta.model_name
    moments = list(rows().order_by(column).values_list(column, flat=True)[: MANY + 1])
    return Waiting(
        kind,
        name,
        f"admin:verification_{kind}_changelist",
        f"admin:{kind}_next",
        len(moments),
        moments[0] if moments else None,
        age_since(moments[0], at=at) if moments else "",
        member.has_perm(f"verification.change_{kind}"),
    )
