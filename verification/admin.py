"""The desk's other queues: listing requests, reports, stops. They show, and call actions; they write nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from community.once_more import ask_second_step, showed_second_step
from verification import actions, cases, claims, console, tasks, viewer  # noqa: F401 (the console registers itself)
from verification.checklists import claim_checklist
from verification.desk import RULES, Desk, me
from verification.desk_queues import DECIDED, QueueAdmin, decided, mine, waiting
from verification.forms import AnswerForm, ConflictForm, RefusalForm, SentenceForm, TakeBackForm
from verification.models import (
    CODE_GOOD,
    ClaimCode,
    Conflict,
    Evidence,
    FirstPost,
    ListingRequest,
    Opening,
    Report,
    Stop,
)
from verification.queue import Part, holder_of

MAY_DECIDE = "verification.change_listingrequest"
MAY_ANSWER = "verification.change_report"
Act = Callable[..., None]
DECISIONS: dict[tuple[str, str], tuple[Act, Any]] = {  # the button and the kind of request: what is done, what is said
    ("grant", ListingRequest.Kind.CLAIM): (actions.grant_claim, _("The claim is granted.")),
    ("grant", ListingRequest.Kind.REMOVAL): (actions.remove_listing, _("The listing is removed.")),
    ("refuse", ListingRequest.Kind.CLAIM): (actions.refuse, _("The request is refused.")),
    ("refuse", ListingRequest.Kind.REMOVAL): (actions.refuse, _("The request is refused.")),
}
CLAIM_RULES: dict[str, Any] = RULES | {  # the database's rules in the words of whoever met one here
    "own_case": _("You cannot decide a claim of your own."),
    "conflict": _("You stand too near to this claim to decide it."),
    "not_claimed": _("You do not look after this claim any more: half an hour passed, or it was let go."),
    "consent_taken_back": _("Its owner took back their consent: nobody opens what they sent any more."),
    "refused_for_a_reason": _("They sent documents: say why the claim is not granted."),
}


@admin.register(ListingRequest)
class ListingRequestAdmin(QueueAdmin):
    may_decide = MAY_DECIDE
    title = _("Owners' claims and wishes")
    headings = (_("Business"), _("Who asks"))
    named_by = ("business_name", "name", "email")
    page_of_one = "admin/verification/listingrequest/one.html"
    parts: ClassVar[dict[str, Part]] = {
        "": Part(_("Waiting"), lambda rows, me: rows.waiting()),  # type: ignore[attr-defined]
        "proved": Part(_("Proved"), lambda rows, me: waiting(rows, me).exclude(proved_at=None)),
        "papers": Part(_("With documents"), lambda rows, me: rows.with_papers()),  # type: ignore[attr-defined]
        "letters": Part(_("Letter on its way"), lambda rows, me: rows.with_letter_out()),  # type: ignore[attr-defined]
        "mine": Part(_("Mine"), mine),
        "decided": Part(_("Decided"), decided, "-decided_at"),
    }

    def rows(self) -> QuerySet[ListingRequest]:
        return super().rows().select_related("business", "decided_by__profile")

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        acts: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "<uuid:pk>/letter/": ("letter", self.letter),
            "<uuid:pk>/conflict/": ("conflict", self.conflict),
            "<uuid:pk>/papers/<uuid:evidence>/": ("open", self.open),
        }
        return [
            *(
                path(address, guarded(require_POST(self.act(view))), name=f"listingrequest_{verb}")
                for address, (verb, view) in acts.items()
            ),
            path(
                "opening/<uuid:opening>/<int:number>/",
                guarded(self.act(viewer.page), cacheable=True),
                name="listingrequest_page",
            ),
            *super().get_urls(),
        ]

    def describe(self, row: ListingRequest) -> tuple[Any, Any, list[Any]]:
        proved = _("proved") if row.proved_at and not row.outcome else ""
        by_paper = _("document") if row.way == ListingRequest.Way.PAPER and not row.outcome else ""
        marks = [row.get_kind_display(), by_paper, proved, row.get_outcome_display()]
        return row.business_name, f"{row.name}, {row.role}", marks

    def told(self, request: HttpRequest, row: ListingRequest) -> dict[str, Any]:
        evidence = Evidence.objects.told().filter(claim=row)
        papers = list(evidence)
        here = reverse("admin:verification_listingrequest_change", args=[row.pk])
        is_mine = holder_of(row, at=now()) == request.user
        looks = viewer.looks_at(papers, by=me(request))
        opened = viewer.opened(request, evidence, here=here, picture="admin:listingrequest_page") if is_mine else None
        return {
            "code": ClaimCode.objects.told().filter(request=row).first(),
            "letter_to": claims.address_of(row.business) if row.business else [],
            "domain": claims.own_domain(row.business.website) if row.business else "",
            "papers": papers,
            "checklist": claim_checklist([paper.kind for paper in papers if paper.destroyed_at is None]),
            "may_open": is_mine and request.user.has_perm(self.may_decide) and not row.outcome,
            "looks": looks,
            "opened": opened,
            "following": looks.following(opened, papers),
            "conflict_form": ConflictForm(),
        }

    def attempt(self, request: HttpRequest, act: Callable[[], Any], *, said: Any) -> bool:
        def by_the_rules() -> None:
            with cases.the_rules():
                act()

        try:
            return super().attempt(request, by_the_rules, said=said)
        except cases.Refused as error:
            self._say_no(request, error)
            return False

    def to_next(self, request: HttpRequest) -> HttpResponse:
        try:
            with cases.the_rules():
                return super().to_next(request)
        except cases.Refused as error:
            self._say_no(request, error)
            return redirect("admin:verification_listingrequest_changelist")

    def _say_no(self, request: HttpRequest, error: cases.Refused) -> None:
        self.message_user(request, CLAIM_RULES.get(error.rule, error.rule), messages.WARNING, fail_silently=True)

    def conflict(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Stand aside from a claim for good: from now on one does not see it."""
        row, form = get_object_or_404(self.rows(), pk=pk), ConflictForm(request.POST)
        if not form.is_valid():
            return redirect("admin:verification_listingrequest_change", pk)
        self.attempt(
            request,
            lambda: Conflict.objects.create(claim=row, moderator=me(request), kind=form.cleaned_data["kind"]),
            said=_("You stand aside from this claim for good. Someone else looks after it."),
        )
        return redirect("admin:verification_listingrequest_changelist")

    def open(self, request: HttpRequest, pk: UUID, evidence: UUID) -> HttpResponse:
        """Write down that one opens a document; its pages come afterwards, once that is certain."""
        if not showed_second_step(request, within=viewer.FRESH):
            return ask_second_step(request)
        paper = get_object_or_404(Evidence.objects.told(), pk=evidence, claim=pk)
        page = reverse("admin:verification_listingrequest_change", args=[pk])
        try:
            opening = cases.open_evidence(paper)
        except cases.Stopped:
            context = {"title": _("You are stopped")}
            return self.show(request, "admin/verification/case/stopped.html", context, status=403)
        except cases.Refused as error:
            self._say_no(request, error)
            return redirect(page)
        return redirect(f"{page}?{urlencode({'opening': opening})}#papers")

    def letter(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Print the letter to a business, with a new code that nobody sees again."""
        row = get_object_or_404(self.rows(), pk=pk)
        lines = claims.address_of(row.business) if row.business else []
        is_mine = holder_of(row, at=now()) == request.user
        if not (lines and is_mine and row.kind == ListingRequest.Kind.CLAIM and not row.outcome and not row.proved_at):
            self.message_user(request, _("No letter can be printed for it now."), messages.WARNING)
            return redirect("admin:verification_listingrequest_change", pk)
        context = {
            "business": row.business,
            "lines": lines,
            "code": claims.print_code(row),
            "day": now(),
            "until": now() + CODE_GOOD,
            "site": settings.SITE_URL,
            "row": row,
        }
        response = self.show(request, "admin/verification/listingrequest/letter.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def decide(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show the letter that a decision sends, and then decide, as the button says."""
        row = get_object_or_404(self.rows(), pk=pk)
        decision = (request.POST if request.method == "POST" else request.GET).get("decision", "")
        if (decision, row.kind) not in DECISIONS:
            raise PermissionDenied
        form = self._form_of(request, row, decision)
        is_read = form.is_bound and form.is_valid()
        if is_read and "look" not in request.POST:
            return self._decide(request, row, *DECISIONS[decision, row.kind], **form.cleaned_data)
        if row.outcome:
            self.message_user(request, DECIDED, messages.WARNING)
            return redirect("admin:verification_listingrequest_changelist")
        Outcome = ListingRequest.Outcome
        row.outcome = Outcome.GRANTED if decision == "grant" else Outcome.REFUSED  # to write the letter by, not saved
        if is_read:
            row.reason, row.sentence = form.cleaned_data.get("reason", ""), form.cleaned_data["sentence"]
        context = self.context_of(request, row) | {
            "decision": decision,
            "letter": tasks.letter_about(row, "answered"),
            "form": form,
        }
        return self.show(request, "admin/verification/listingrequest/decide.html", context)

    def _form_of(self, request: HttpRequest, row: ListingRequest, decision: str) -> SentenceForm:
        """What a moderator says with a decision: of a claim that is refused, why."""
        data = request.POST if request.method == "POST" else None
        if decision == "grant" or row.kind != ListingRequest.Kind.CLAIM:
            return SentenceForm(data)
        return RefusalForm(data, language=row.language, has_papers=row.papers.exists())

    def _decide(self, request: HttpRequest, row: ListingRequest, act: Act, said: str, **words: str) -> HttpResponse:
        try:
            is_done = self.attempt(request, lambda: act(row, by=request.user, **words), said=said)
        except actions.ListingGone:
            self.message_user(request, _("This listing has been taken down in the meantime."), messages.WARNING)
            is_done = False
        if not is_done:
            return redirect("admin:verification_listingrequest_changelist")
        self.log_change(request, row, str(said))
        return self.on(request)


@admin.register(Report)
class ReportAdmin(QueueAdmin):
    may_decide = MAY_ANSWER
    title = _("Reports")
    headings = (_("What is reported"), _("What is not right"))
    ended = "closed_at"
    named_by = ("about_name", "message")
    page_of_one = "admin/verification/report/one.html"
    parts: ClassVar[dict[str, Part]] = {
        "": Part(_("Waiting"), waiting),
        "young": Part(_("Someone under 18"), lambda rows, me: waiting(rows, me).filter(kind=Report.Kind.MINOR)),
        "mine": Part(_("Mine"), mine),
        "decided": Part(_("Answered"), decided, "-closed_at"),
    }
    pages: ClassVar = {
        Report.About.EVENT: "admin:events_event_change",
        Report.About.BUSINESS: "admin:businesses_business_change",
        Report.About.MEMBER: "admin:community_profile_change",
    }

    def stretches(self, languages: Sequence[str]) -> dict[str, Q]:
        """Someone young at risk stands before all else."""
        plain, young = super().stretches(languages), Q(kind=Report.Kind.MINOR)
        return {f"young{name}": part & young for name, part in plain.items()} | {
            name: part & ~young for name, part in plain.items()
        }

    def rows(self) -> QuerySet[Report]:
        return super().rows().select_related("reporter__profile", "closed_by__profile")

    def describe(self, row: Report) -> tuple[Any, Any, list[Any]]:
        return row.whom, row.get_kind_display(), [row.get_about_display(), row.get_outcome_display()]

    def told(self, request: HttpRequest, row: Report) -> dict[str, Any]:
        name = self.pages.get(Report.About(row.about))
        return {"page": reverse(name, args=[row.about_id]) if name and row.about_name else ""}

    def decide(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Say what became of it and what whoever reported it reads, and then close it."""
        row = get_object_or_404(self.rows(), pk=pk)
        form = AnswerForm(request.POST or request.GET)
        is_read = form.is_valid()
        if "outcome" not in form.cleaned_data:
            raise PermissionDenied
        if request.method == "POST" and is_read:
            if self.attempt(
                request,
                lambda: actions.answer_report(row, by=me(request), **form.cleaned_data),
                said=_("The report is answered."),
            ):
                self.log_change(request, row, gettext("The report is answered."))
                return self.on(request)
            return redirect("admin:verification_report_changelist")
        if row.outcome:
            self.message_user(request, DECIDED, messages.WARNING)
            return redirect("admin:verification_report_changelist")
        context = self.context_of(request, row) | {"form": form, "decision": form.cleaned_data["outcome"]}
        return self.show(request, "admin/verification/report/decide.html", context)


@admin.register(FirstPost)
class FirstPostAdmin(QueueAdmin):
    may_decide = "verification.change_firstpost"
    title = _("Newcomers' events")
    headings = (_("Event"), _("Organiser"))
    named_by = ("event__title_pt", "event__title_en", "organizer__profile__display_name")
    page_of_one = "admin/verification/firstpost/one.html"
    parts: ClassVar[dict[str, Part]] = {
        "": Part(_("Waiting"), waiting),
        "mine": Part(_("Mine"), mine),
        "decided": Part(_("Looked at"), decided, "-decided_at"),
    }

    def every(self) -> QuerySet[FirstPost]:
        its_organizers = Coalesce("organizer__language", Value(settings.LANGUAGE_CODE))
        return super().every().annotate(language=its_organizers)

    def rows(self) -> QuerySet[FirstPost]:
        told = super().rows().select_related("event__category", "event__borough", "event__business")
        return told.select_related("organizer__profile", "decided_by__profile").defer(
            "event__borough__outline", "event__borough__centre", "event__business__search"
        )

    def describe(self, row: FirstPost) -> tuple[Any, Any, list[Any]]:
        visibility = row.event.get_visibility_display()
        return row.event, getattr(row.organizer, "profile", _("former member")), [visibility, row.get_outcome_display()]

    def told(self, request: HttpRequest, row: FirstPost) -> dict[str, Any]:
        return {"event": row.event, "earlier": FirstPost.objects.filter(organizer=row.organizer).exclude(pk=row.pk)[:5]}

    def decide(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Leave it, at once; or take it back, with what its organiser reads."""
        row: Any = get_object_or_404(self.rows(), pk=pk)
        if request.method == "POST" and request.POST.get("decision") == FirstPost.Outcome.FINE:
            return self._do(request, row, lambda: actions.find_fine(row, by=me(request)), said=_("It stays."))
        form = TakeBackForm(request.POST if request.method == "POST" else None, language=row.language)
        is_read = form.is_bound and form.is_valid()
        if is_read and "look" not in request.POST:
            return self._do(
                request,
                row,
                lambda: actions.take_back(row, **form.cleaned_data, by=me(request)),
                said=_("It is back among the drafts of its organiser, who is told."),
            )
        if row.outcome:
            self.message_user(request, DECIDED, messages.WARNING)
            return redirect("admin:verification_firstpost_changelist")
        letter = actions.words_of_taking_back(row.event, row.language, **form.cleaned_data) if is_read else ""
        context = self.context_of(request, row) | {"form": form, "letter": letter, "language": row.language}
        return self.show(request, "admin/verification/firstpost/back.html", context)

    def _do(self, request: HttpRequest, row: FirstPost, act: Callable[[], None], *, said: Any) -> HttpResponse:
        if not self.attempt(request, act, said=said):
            return redirect("admin:verification_firstpost_changelist")
        self.log_change(request, row, str(said))
        return self.on(request)


@admin.register(Stop)
class StopAdmin(Desk):
    """Moderators who opened too many documents in an hour. An administrator lifts it, after a word with them."""

    may_decide = "verification.change_case"

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("", guarded(require_safe(self.stops)), name="verification_stop_changelist"),
            path("<uuid:pk>/lift/", guarded(require_POST(self.lift)), name="stop_lift"),
        ]

    def stops(self, request: HttpRequest) -> HttpResponse:
        """Those that stand, and the last that were lifted."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        stops = Stop.objects.select_related("moderator__profile", "lifted_by__profile")
        standing = [(stop, Opening.objects.before(stop).by_case()) for stop in stops.standing()]
        lifted: list[tuple[Stop, Any]] = [
            (stop, ()) for stop in stops.exclude(lifted_at=None).order_by("-lifted_at")[:50]
        ]
        context = {
            "title": _("Stopped moderators"),
            "stops": [*standing, *lifted],
            "may_lift": request.user.is_superuser,
        }
        return self.show(request, "admin/verification/stop/list.html", context)

    def lift(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Let a stopped moderator go on."""
        if not request.user.is_superuser:
            raise PermissionDenied
        try:
            cases.lift(get_object_or_404(Stop, pk=pk))
        except cases.NotYours as error:
            self.message_user(request, RULES.get(error.rule, error.rule), messages.WARNING)
        else:
            self.message_user(request, _("The stop is lifted."), messages.SUCCESS)
        return redirect("admin:verification_stop_changelist")
