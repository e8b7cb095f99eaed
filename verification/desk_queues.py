"""The desk's other queues as pages: a list, one thing on a page, and one moderator at a time who looks after it.

Each kind says what it shows and how it is decided (verification/admin.py); the lease is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
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
from verification.desk import me
from verification.models import AlreadyDecided, AlreadyTaken
from verification.queue import age_since, holder_of
from verification.queue_page import Line, QueuePage

TAKEN = _("Someone else looks after this at the moment.")
MOST_FOUND = 50
DECIDED = _("Someone else has decided this already.")


def waiting(rows: QuerySet[Any], me: Member) -> QuerySet[Any]:
    return rows.filter(outcome="")


def mine(rows: QuerySet[Any], me: Member) -> QuerySet[Any]:
    return rows.filter(outcome="", claimed_by=me, claimed_until__gt=now())


def decided(rows: QuerySet[Any], me: Member) -> QuerySet[Any]:
    return rows.exclude(outcome="")


class QueueAdmin(QueuePage):
    """A queue whose things are leased. Subclasses name ``may_decide`` and what stands below."""

    ended = "decided_at"  # the column that says when one was answered
    named_by: tuple[str, ...] = ()  # columns that a search looks in
    page_of_one = ""  # the template

    def get_urls(self) -> list[URLPattern]:
        guarded, kind = self.admin_site.admin_view, self.kind
        acts: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "<uuid:pk>/claim/": ("claim", self.claim),
            "<uuid:pk>/release/": ("release", self.release),
        }
        return [
            *self.urls_of_list(),
            path("<uuid:pk>/change/", guarded(require_safe(self.look(self.one))), name=f"verification_{kind}_change"),
            path("<uuid:pk>/decide/", guarded(self.act(self.decide)), name=f"{kind}_decide"),
            *(
                path(address, guarded(require_POST(self.act(view))), name=f"{kind}_{verb}")
                for address, (verb, view) in acts.items()
            ),
        ]

    # What each kind says.

    def every(self) -> QuerySet[Any]:
        """All there is, each with the language that its member reads."""
        return self.model._default_manager.all()

    def rows(self) -> QuerySet[Any]:
        return self.every().select_related("claimed_by__profile")

    def describe(self, row: Any) -> tuple[Any, Any, list[Any]]:
        """What a list says of one: its name, what it is about, and what there is to know."""
        raise NotImplementedError

    def told(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of one says besides."""
        return {}

    def decide(self, request: HttpRequest, pk: Any) -> HttpResponse:
        raise NotImplementedError

    # The list.

    def named(self, words: str) -> list[Any]:
        met = Q()
        for column in self.named_by:
            met |= Q(**{f"{column}__icontains": words})
        return list(self.rows().filter(met).order_by("-created_at", "pk")[:MOST_FOUND])

    def lines(self, rows: list[Any], *, at: datetime) -> list[Line]:
        return [self._line(row, at=at) for row in rows]

    def _line(self, row: Any, *, at: datetime) -> Line:
        name, about, marks = self.describe(row)
        since = getattr(row, self.ended if row.outcome else self.since)
        age = "" if row.outcome else age_since(since, at=at)
        language = dict(settings.LANGUAGES)[row.language]
        marks = [mark for mark in marks if mark]
        return Line(row, name, (about,), language, marks, since, age, holder_of(row, at=at))

    @transaction.atomic
    def claim_first(self, request: HttpRequest, languages: Sequence[str], asked: dict[str, str]) -> UUID | None:
        at = now()
        rows = self.parts[""].keep(self.every(), me(request)).free(at=at).order_by(self.since, "pk")  # type: ignore[attr-defined]
        for stretch in self.stretches(languages).values():
            row = rows.filter(stretch).select_for_update(skip_locked=True, of=("self",)).first()
            if row is not None:
                row.claim(by=me(request), at=at)
                return row.pk
        return None

    def release_mine(self, request: HttpRequest) -> None:
        for row in mine(self.every(), me(request)):
            row.release(by=me(request))

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
            "queue": self.addresses(),
            "asked": self.asked_last(request),
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
        return redirect(self.addresses()["change"], pk)

    def release(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Let go of one."""
        row = get_object_or_404(self.model, pk=pk)
        self.attempt(request, lambda: row.release(by=me(request)), said=_("You let it go."))
        return redirect(self.addresses()["changelist"])

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
        return redirect(self.addresses()["changelist"]) if "stay" in request.POST else self.to_next(request)
