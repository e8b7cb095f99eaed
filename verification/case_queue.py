"""The queue of heritage cases as a page: its order, the views of it that a moderator keeps, and the next case."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from verification import cases, queue
from verification.desk import RULES, Desk, me
from verification.forms import FilterForm, QueueForm
from verification.models import MOST_FILTERS, Case, SavedFilter, Stop

LAST = "queue_filters"  # in the session: what the next case is picked by


class CaseQueue(Desk):
    """What waits, in whichever order and part; and the way to the next."""

    def queue(self, request: HttpRequest) -> HttpResponse:
        """What waits, or another part of the cases, one page of it."""
        form = QueueForm(request.GET)
        form.is_valid()
        asked = form.cleaned_data
        which, words = asked.get("queue", ""), asked.get("q", "")
        languages = queue.in_order(
            own := cases.languages_i_read(),
            wanted=asked.get("language") or "",
            by_waiting=asked.get("order") == "waiting" or not queue.QUEUES[which].is_by_waiting,
        )
        if (number := words.removeprefix("#")).isdecimal():
            found = Case.objects.filter(number=int(number)).first() if len(number) < 10 else None
            if found:
                return redirect("admin:verification_case_change", found.pk)
        if words:
            page = queue.Page(queue.named(words, at=now()), "")
        else:
            page = queue.read(
                which,
                me(request),
                at=now(),
                languages=languages,
                route=asked.get("route") or "",
                month=asked.get("month"),
                after=asked.get("after"),
            )
        stays = {name: asked[name] for name in ("language", "route", "order") if asked.get(name)}
        next_asks = stays | ({"route": Case.Route.DOCUMENT} if which == "documents" else {})
        context = {
            "title": _("Heritage cases"),
            "form": form,
            "queues": [
                {"name": each.name, "is_here": not words and key == which, "query": urlencode(stays | {"queue": key})}
                for key, each in queue.QUEUES.items()
            ],
            "orders": self._orders(which, own, stays) if not words else [],
            "next_asks": next_asks,
            "filters": (filters := SavedFilter.objects.filter(member=me(request))),
            "query": "" if words else form.query,
            "is_kept": any(each.query == form.query for each in filters),
            "filter_form": FilterForm(auto_id="filter_%s"),
            "which": which,
            "words": words,
            "page": page,
            "later": f"{form.query}&{urlencode({'after': page.after})}".lstrip("&") if page.after else "",
            "holds": any(case.claimed_by_id == request.user.pk for case in page.cases) or which == "mine",
            "may_decide": request.user.has_perm(self.may_decide),
        }
        return self.show(request, "admin/verification/case/queue.html", context)

    def _orders(self, which: str, own: set[str], stays: dict[str, str]) -> list[dict[str, Any]]:
        """The two orders as links, where they differ: not for whoever reads every language."""
        if not queue.QUEUES[which].is_by_waiting or len(queue.in_order(own, wanted=stays.get("language", ""))) == 1:
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

    def keep(self, request: HttpRequest) -> HttpResponse:
        """Keep what the queue is narrowed to under a name; one that stands already gives way."""
        form = FilterForm(request.POST)
        if not form.is_valid() or not form.query:
            self.message_user(request, _("Not kept: a view needs a name of up to 40 characters."), messages.ERROR)
            return self._to_queue(form.query)
        name, mine = form.cleaned_data["name"], SavedFilter.objects.filter(member=me(request))
        if mine.exclude(name=name).count() >= MOST_FILTERS:
            self.message_user(request, _("Not kept: twelve views are the most. Remove one first."), messages.ERROR)
        else:
            with transaction.atomic():
                mine.filter(name=name).delete()
                SavedFilter.objects.create(member=me(request), name=name, query=form.query)
        return self._to_queue(form.query)

    def forget(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Remove a view that one kept."""
        SavedFilter.objects.filter(member=me(request), pk=pk).delete()
        form = QueueForm(request.POST)
        form.is_valid()
        return self._to_queue(form.query)

    def _to_queue(self, query: str) -> HttpResponse:
        address = reverse("admin:verification_case_changelist")
        return redirect(f"{address}?{query}" if query else address)

    def next(self, request: HttpRequest) -> HttpResponse:
        """Claim the case that comes first in the queue and that one may decide, and show it."""
        form = QueueForm(request.POST)
        form.is_valid()
        request.session[LAST] = {name: form.cleaned_data.get(name) or "" for name in ("language", "route", "order")}
        return self._to_next(request)

    def _to_next(self, request: HttpRequest) -> HttpResponse:
        asked = request.session.get(LAST, {})
        by_waiting = asked.get("order") == "waiting"
        languages = queue.in_order(cases.languages_i_read(), wanted=asked.get("language", ""), by_waiting=by_waiting)
        found = cases.claim_next(languages=languages, route=asked.get("route", ""))
        if found is None:
            is_stopped = Stop.objects.standing().filter(moderator=me(request)).exists()
            words = RULES["stopped"] if is_stopped else _("Nothing waits that you could look after.")
            self.message_user(request, words, messages.WARNING if is_stopped else messages.INFO, fail_silently=True)
            return redirect("admin:verification_case_changelist")
        return redirect("admin:verification_case_change", found)

    def release_all(self, request: HttpRequest) -> HttpResponse:
        """Let go of every case one holds: the only thing here that is done to several."""
        for case in Case.objects.filter(claimed_by=me(request)):
            cases.release(case)
        self.message_user(request, _("You hold no case any more."), messages.SUCCESS)
        return redirect("admin:verification_case_changelist")
