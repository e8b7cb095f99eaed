"""The desk's other queues as pages: a list, one thing on a page, and one moderator at a time who looks after it.

Each kind says what it shows and how it is decided (verification/admin.py); the lease is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from community.models import Member
from community.paging import LookAhead
from verification.desk import Desk, me
from verification.models import AlreadyDecided, AlreadyTaken
from verification.queue import PAGE, age_since, holder_of

TAKEN = _("Someone else looks after this at the moment.")
DECIDED = _("Someone else has decided this already.")


class Part(NamedTuple):
    """A part of a queue: its name, what stays of all there is, and the order it is read in."""

    name: Any
    keep: Callable[[QuerySet[Any], Member], QuerySet[Any]]
    order: tuple[Any, ...] = ()


def waiting(rows: QuerySet[Any], me: Member) -> QuerySet[Any]:
    return rows.filter(outcome="")


def mine(rows: QuerySet[Any], me: Member) -> QuerySet[Any]:
    return rows.filter(outcome="", claimed_by=me, claimed_until__gt=now())


def decided(rows: QuerySet[Any], me: Member) -> QuerySet[Any]:
    return rows.exclude(outcome="")


class QueueAdmin(Desk):
    """A queue whose things are leased. Subclasses name ``may_decide`` and what stands below."""

    title: Any = ""
    headings: tuple[Any, Any] = ("", "")  # of the first two columns
    parts: ClassVar[dict[str, Part]]
    order: tuple[Any, ...] = ("created_at", "pk")
    since = "created_at"
    named: tuple[str, ...] = ()  # columns that a search looks in
    page_of_one = ""  # the template

    @property
    def kind(self) -> str:
        return str(self.opts.model_name)

    def get_urls(self) -> list[URLPattern]:
        guarded, kind = self.admin_site.admin_view, self.kind
        acts: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "next/": ("next", self.next),
            "release/": ("release_all", self.release_all),
            "<uuid:pk>/claim/": ("claim", self.claim),
            "<uuid:pk>/release/": ("release", self.release),
        }
        return [
            path("", guarded(require_safe(self.look(self.queue))), name=f"verification_{kind}_changelist"),
            path("<uuid:pk>/change/", guarded(require_safe(self.look(self.one))), name=f"verification_{kind}_change"),
            path("<uuid:pk>/decide/", guarded(self.act(self.decide)), name=f"{kind}_decide"),
            *(
                path(address, guarded(require_POST(self.act(view))), name=f"{kind}_{verb}")
                for address, (verb, view) in acts.items()
            ),
        ]

    # What each kind says.

    def rows(self) -> QuerySet[Any]:
        """All there is, with what a list says of it."""
        return self.model._default_manager.select_related("claimed_by__profile")

    def describe(self, row: Any) -> tuple[Any, Any, list[Any]]:
        """What a list says of one: its name, what it is about, and what there is to know."""
        raise NotImplementedError

    def told(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of one says besides."""
        return {}

    def decide(self, request: HttpRequest, pk: Any) -> HttpResponse:
        raise NotImplementedError

    # The list.

    def queue(self, request: HttpRequest) -> HttpResponse:
        """What waits, or another part, one page of it."""
        which = request.GET.get("queue", "")
        which = which if which in self.parts else ""
        words = request.GET.get("q", "")[:80].strip()
        part, rows, at = self.parts[which], self.rows(), now()
        if words:
            met = Q()
            for column in self.named:
                met |= Q(**{f"{column}__icontains": words})
            rows = rows.filter(met).order_by("-created_at", "pk")
        else:
            rows = part.keep(rows, me(request)).order_by(*(part.order or self.order))
        page = LookAhead(rows, PAGE).get_page(request.GET.get("page"))
        query = {"q": words} if words else {"queue": which}
        context = {
            "title": self.title,
            "queue": self._addresses(),
            "headings": self.headings,
            "queues": [
                {"name": each.name, "is_here": not words and key == which, "query": urlencode({"queue": key})}
                for key, each in self.parts.items()
            ],
            "words": words,
            "is_first": which == "" and not words,
            "lines": [self._line(row, at=at) for row in page],
            "later": urlencode(query | {"page": page.next_page_number()}) if page.has_next() else "",
            "holds": mine(self.model._default_manager.all(), me(request)).exists(),
            "may_decide": request.user.has_perm(self.may_decide),
        }
        return self.show(request, "admin/verification/queue/list.html", context)

    def _line(self, row: Any, *, at: Any) -> dict[str, Any]:
        name, about, marks = self.describe(row)
        since = getattr(row, self.since)
        return {
            "row": row,
            "name": name,
            "about": about,
            "marks": [mark for mark in marks if mark],
            "since": since,
            "age": "" if row.outcome else age_since(since, at=at),
            "holder": holder_of(row, at=at),
        }

    def _addresses(self) -> dict[str, str]:
        return {
            "title": self.title,
            "changelist": f"admin:verification_{self.kind}_changelist",
            "change": f"admin:verification_{self.kind}_change",
            **{verb: f"admin:{self.kind}_{verb}" for verb in ("next", "claim", "release", "release_all", "decide")},
        }

    def next(self, request: HttpRequest) -> HttpResponse:
        """Look after what has waited longest of all that nobody does, and show it."""
        return self.to_next(request)

    @transaction.atomic
    def to_next(self, request: HttpRequest) -> HttpResponse:
        at = now()
        first = self.parts[""]
        rows: Any = first.keep(self.model._default_manager.all(), me(request))
        rows = rows.free(at=at).order_by(*(first.order or self.order))
        row = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            self.message_user(request, _("Nothing waits that you could look after."), messages.INFO, fail_silently=True)
            return redirect(self._addresses()["changelist"])
        row.claim(by=me(request), at=at)
        return redirect(self._addresses()["change"], row.pk)

    def release_all(self, request: HttpRequest) -> HttpResponse:
        """Let go of everything here that one looks after."""
        for row in mine(self.model._default_manager.all(), me(request)):
            row.release(by=me(request))
        self.message_user(request, _("You look after nothing here any more."), messages.SUCCESS)
        return redirect(self._addresses()["changelist"])

    # One of them.

    def one(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Everything there is to know about one, and what can be done."""
        return self.show(request, self.page_of_one, self.context_of(request, get_object_or_404(self.rows(), pk=pk)))

    def context_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        at = now()
        holder = holder_of(row, at=at)
        may_decide = request.user.has_perm(self.may_decide) and not row.outcome
        return {
            "title": capfirst(str(row)),
            "row": row,
            "queue": self._addresses(),
            "since": getattr(row, self.since),
            "age": "" if row.outcome else age_since(getattr(row, self.since), at=at),
            "holder": holder,
            "is_mine": holder == request.user,
            "may_decide": may_decide and holder in (None, request.user),
            "may_act": request.user.has_perm(self.may_decide),
        } | self.told(request, row)

    def claim(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Look after one for half an hour."""
        row = get_object_or_404(self.model, pk=pk)
        self.attempt(
            request, lambda: row.claim(by=me(request), at=now()), said=_("You look after it for half an hour.")
        )
        return redirect(self._addresses()["change"], pk)

    def release(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Let go of one."""
        row = get_object_or_404(self.model, pk=pk)
        self.attempt(request, lambda: row.release(by=me(request)), said=_("You let it go."))
        return redirect(self._addresses()["changelist"])

    def attempt(self, request: HttpRequest, act: Callable[[], Any], *, said: Any) -> bool:
        """Do it and say so; or say why not, whether someone else was faster."""
        try:
            act()
        except AlreadyDecided:
            self.message_user(request, DECIDED, messages.WARNING)
        except AlreadyTaken:
            self.message_user(request, TAKEN, messages.WARNING)
        else:
            self.message_user(request, said, messages.SUCCESS)
            return True
        return False

    def on(self, request: HttpRequest) -> HttpResponse:
        """Where one goes after a decision: to the next, or back to the list."""
        return redirect(self._addresses()["changelist"]) if "stay" in request.POST else self.to_next(request)
