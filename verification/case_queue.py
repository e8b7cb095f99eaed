"""The queue of heritage cases: their lines, whom a search finds, and which comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from verification import cases, queue
from verification.desk import RULES, me
from verification.forms import CaseQueueForm
from verification.models import Case, Reply, Stop
from verification.queue import Part
from verification.queue_page import Line, QueuePage

SHORT_NAMES: dict[str, Any] = {  # of routes, as there is room for in a list and below a bar
    Case.Route.DOCUMENT: _("document"),
    Case.Route.CULTURAL_KNOWLEDGE: pgettext_lazy("route", "questions"),
    Case.Route.COMMUNITY_REFERENCE: _("references"),
}


class CaseQueue(QueuePage):
    title = _("Heritage cases")
    headings = (_("Case"), _("Who asks"), _("Route"))
    search_label = _("Case number or name")
    nothing_found = _("No case has this number or name.")
    next_label = _("Next case")
    besides = "admin:verification_stop_changelist"
    parts = queue.CASES
    since = "waiting_since"
    list_form = CaseQueueForm
    frame = "admin/verification/case/_frame.html"

    def queue(self, request: HttpRequest) -> HttpResponse:
        """The list, or at once the case whose number was typed."""
        number = request.GET.get("q", "").strip().removeprefix("#")
        if number.isdecimal() and len(number) < 10 and (found := Case.objects.filter(number=int(number)).first()):
            return redirect("admin:verification_case_change", found.pk)
        return super().queue(request)

    def rows(self) -> QuerySet[Case]:
        return queue.told()

    def named(self, words: str) -> list[Case]:
        return queue.named(words)

    def lines(self, rows: list[Case], *, at: datetime) -> list[Line]:
        spoken = queue.votes_on(rows)
        answered = set(Reply.objects.filter(case__in=rows).values_list("case", flat=True))
        return [
            Line(
                case,
                case,
                (getattr(case.member, "profile", _("former member")), SHORT_NAMES[case.route]),
                case.get_language_display(),
                _marks(case, votes=spoken.get(case.pk, 0), is_answered=case.pk in answered),
                case.decided_at or case.waiting_since,
                queue.age_of(case, at=at),
                queue.holder_of(case, at=at),
            )
            for case in rows
        ]

    def goes_by(self, part: Part, asked: dict[str, Any]) -> dict[str, str]:
        return {"route": str(Case.Route.DOCUMENT)} if part is queue.CASES["documents"] else {}

    def claim_first(self, request: HttpRequest, languages: Sequence[str], asked: dict[str, str]) -> UUID | None:
        return cases.claim_next(languages=languages, route=asked.get("route", ""))

    def say_nothing_waits(self, request: HttpRequest) -> None:
        if Stop.objects.standing().filter(moderator=me(request)).exists():
            self.message_user(request, RULES["stopped"], messages.WARNING, fail_silently=True)
        else:
            super().say_nothing_waits(request)

    def release_mine(self, request: HttpRequest) -> None:
        for case in Case.objects.filter(claimed_by=me(request)):
            cases.release(case)


def _marks(case: Case, *, votes: int, is_answered: bool) -> list[Any]:
    """What there is to know of a case besides."""
    is_new = case.is_open and case.status != Case.Status.NEEDS_INFORMATION
    return [
        *([] if is_new else [case.get_status_display()]),
        *([_("appeal")] if case.appeal_of_id else []),
        *([ngettext("%(votes)s vote", "%(votes)s votes", votes) % {"votes": votes}] if votes else []),
        *([_("with an answer")] if is_answered else []),
    ]
