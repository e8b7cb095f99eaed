"""A queue of the desk as a page: its parts, its order, the views of it that a moderator keeps, and the next in it.

The same for heritage cases (verification/case_queue.py) and for claims, reports and newcomers' events
(verification/desk_queues.py); each says what its lines are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from community.models import Member
from verification import cases, queue
from verification.desk import Desk, me
from verification.forms import FilterForm, QueueForm
from verification.models import MOST_FILTERS, SavedFilter
from verification.queue import Part


class Line(NamedTuple):
    """What a list says of one: its name, what stands under each heading, and what there is to know."""

    row: Any
    name: Any
    cells: Sequence[Any]
    language: Any
    marks: Sequence[Any]
    since: datetime | None
    age: str  # empty where it does not wait
    holder: Member | None


def _languages(own: Collection[str], asked: dict[str, Any]) -> tuple[str, ...]:
    """The languages that are read one after the other."""
    return queue.in_order(own, wanted=asked.get("language") or "", by_waiting=asked.get("order") == "waiting")


class QueuePage(Desk):
    """What waits, in whichever order and part; the views that one keeps; and the way to the next."""

    title: Any = ""
    headings: tuple[Any, ...] = ()  # of the name, and of what stands between how long it waits and its language
    search_label: Any = _("Name or words")
    nothing_found: Any = _("Nothing here.")
    next_label: Any = _("Next")
    besides = ""  # the address of a page that has to do with it
    parts: ClassVar[dict[str, Part]]
    since = "created_at"  # the column that says since when one waits
    list_form: type[QueueForm] = QueueForm
    frame = "admin/verification/queue/_frame.html"

    @property
    def kind(self) -> str:
        return str(self.opts.model_name)

    def urls_of_list(self) -> list[URLPattern]:
        guarded, kind = self.admin_site.admin_view, self.kind
        acts: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "next/": ("next", self.next),
            "release/": ("release_all", self.release_all),
            "keep/": ("keep", self.keep),
            "forget/<uuid:pk>/": ("forget", self.forget),
        }
        return [
            path("", guarded(require_safe(self.look(self.queue))), name=f"verification_{kind}_changelist"),
            *(
                path(address, guarded(require_POST(self.act(view))), name=f"{kind}_{verb}")
                for address, (verb, view) in acts.items()
            ),
        ]

    def addresses(self) -> dict[str, Any]:
        """What the templates of all queues need to know of this one."""
        verbs = ("next", "claim", "release", "release_all", "keep", "forget", "decide")
        return {
            "title": self.title,
            "next_label": self.next_label,
            "besides": self.besides,
            "changelist": f"admin:verification_{self.kind}_changelist",
            "change": f"admin:verification_{self.kind}_change",
            **{verb: f"admin:{self.kind}_{verb}" for verb in verbs},
        }

    # What each kind says.

    def rows(self) -> QuerySet[Any]:
        """All there is, with what a list says of it."""
        raise NotImplementedError

    def named(self, words: str) -> list[Any]:
        """What a search finds, the newest first."""
        raise NotImplementedError

    def lines(self, rows: list[Any], *, at: datetime) -> list[Line]:
        raise NotImplementedError

    def claim_first(self, request: HttpRequest, languages: Sequence[str], asked: dict[str, str]) -> UUID | None:
        """Look after what comes first of what nobody does; its key."""
        raise NotImplementedError

    def release_mine(self, request: HttpRequest) -> None:
        raise NotImplementedError

    def goes_by(self, part: Part, asked: dict[str, Any]) -> dict[str, str]:
        """What the next one is picked by, besides its language and order, where one looks at a part."""
        return {}

    def stretches(self, languages: Sequence[str]) -> dict[str, Q]:
        """What stands before what, before it goes by waiting."""
        return queue.stretches_of(languages)

    # The list.

    def queue(self, request: HttpRequest) -> HttpResponse:
        """What waits, or another part, one page of it."""
        form = self._asked_of(request.GET)
        asked = form.cleaned_data
        which, words, at = asked.get("queue", ""), asked.get("q", ""), now()
        own = cases.languages_i_read()
        rows, after = (self.named(words), "") if words else self._read(request, form, own)
        lines = self.lines(rows, at=at)
        stays = {name: value for name, value in form.kept.items() if name not in ("queue", "month")}
        context = {
            "title": self.title,
            "frame": self.frame,
            "queue": self.addresses(),
            "headings": self.headings,
            "search_label": self.search_label,
            "nothing_found": self.nothing_found if words else _("Nothing here."),
            "form": form,
            "queues": [
                {"name": each.name, "is_here": not words and key == which, "query": urlencode(stays | {"queue": key})}
                for key, each in self.parts.items()
            ],
            "part": self.parts[which],
            "orders": self._orders(which, own, stays) if not words else [],
            "asked": stays | self.goes_by(self.parts[which], asked),
            "filters": (filters := self._kept(request)),
            "query": "" if words else form.query,
            "is_kept": any(each.query == form.query for each in filters),
            "filter_form": FilterForm(auto_id="filter_%s"),
            "which": which,
            "words": words,
            "lines": lines,
            "later": f"{form.query}&{urlencode({'after': after})}".lstrip("&") if after else "",
            "holds": which == "mine" or any(line.holder == request.user for line in lines),
            "may_decide": request.user.has_perm(self.may_decide),
        }
        return self.show(request, "admin/verification/queue/list.html", context)

    def _asked_of(self, data: Any) -> QueueForm:
        form = self.list_form(data, parts=self.parts)
        form.is_valid()
        return form

    def _read(self, request: HttpRequest, form: QueueForm, own: Collection[str]) -> tuple[list[Any], str]:
        asked, part = form.cleaned_data, self.parts[form.cleaned_data.get("queue", "")]
        rows = form.narrow(part.keep(self.rows(), me(request)))
        if part.looks_back and asked.get("month"):
            rows = queue.up_to(rows, part.order.removeprefix("-"), asked["month"])
        if part.order:
            stretches = queue.stretches_of([asked.get("language") or ""])
        else:
            stretches = self.stretches(_languages(own, asked))
        return queue.read(rows, part.order or self.since, stretches, after=asked.get("after"))

    def _orders(self, which: str, own: Collection[str], stays: dict[str, str]) -> list[dict[str, Any]]:
        """The two orders as links, where they differ: not for whoever reads every language."""
        if self.parts[which].order or len(queue.in_order(own, wanted=stays.get("language", ""))) == 1:
            return []
        here, parts = stays.get("order", ""), {"queue": which} | stays
        choices: Any = QueueForm.base_fields["order"]
        return [
            {
                "name": name,
                "is_here": order == here,
                "query": urlencode({key: value for key, value in (parts | {"order": order}).items() if value}),
            }
            for order, name in choices.choices
        ]

    # The views that one keeps.

    def _kept(self, request: HttpRequest) -> QuerySet[SavedFilter]:
        return SavedFilter.objects.filter(member=me(request), of=self.kind)

    def keep(self, request: HttpRequest) -> HttpResponse:
        """Keep what the queue is narrowed to under a name; one that stands already gives way."""
        form, name_form = self._asked_of(request.POST), FilterForm(request.POST)
        if not name_form.is_valid() or not form.query:
            self.message_user(request, _("Not kept: a view needs a name of up to 40 characters."), messages.ERROR)
            return self._to_queue(form.query)
        name, mine = name_form.cleaned_data["name"], self._kept(request)
        if mine.exclude(name=name).count() >= MOST_FILTERS:
            self.message_user(request, _("Not kept: twelve views are the most. Remove one first."), messages.ERROR)
        else:
            with transaction.atomic():
                mine.filter(name=name).delete()
                SavedFilter.objects.create(member=me(request), of=self.kind, name=name, query=form.query)
        return self._to_queue(form.query)

    def forget(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Remove a view that one kept."""
        self._kept(request).filter(pk=pk).delete()
        return self._to_queue(self._asked_of(request.POST).query)

    def _to_queue(self, query: str = "") -> HttpResponse:
        address = reverse(f"admin:verification_{self.kind}_changelist")
        return redirect(f"{address}?{query}" if query else address)

    # The next.

    @property
    def _last(self) -> str:
        return f"queue_filters_{self.kind}"  # in the session: what the next one is picked by

    def asked_last(self, request: HttpRequest) -> dict[str, str]:
        return request.session.get(self._last, {})

    def next(self, request: HttpRequest) -> HttpResponse:
        """Look after what comes first in the queue and one may decide, and show it."""
        form = self._asked_of(request.POST)
        request.session[self._last] = {
            name: value for name, value in form.kept.items() if name not in ("queue", "month")
        }
        return self.to_next(request)

    def to_next(self, request: HttpRequest) -> HttpResponse:
        asked = self.asked_last(request)
        found = self.claim_first(request, _languages(cases.languages_i_read(), asked), asked)
        if found is None:
            self.say_nothing_waits(request)
            return self._to_queue()
        return redirect(f"admin:verification_{self.kind}_change", found)

    def say_nothing_waits(self, request: HttpRequest) -> None:
        self.message_user(request, _("Nothing waits that you could look after."), messages.INFO, fail_silently=True)

    def release_all(self, request: HttpRequest) -> HttpResponse:
        """Let go of everything here that one looks after: the only thing that is done to several."""
        self.release_mine(request)
        self.message_user(request, _("You look after nothing here any more."), messages.SUCCESS)
        return self._to_queue()
