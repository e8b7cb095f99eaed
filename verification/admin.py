"""The desk's other queues: listing requests, reports, stops. They show, and call actions; they write nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from verification import actions, cases, tasks
from verification.console import RULES, Desk
from verification.forms import AnswerForm, SentenceForm
from verification.models import BY_URGENCY, AlreadyDecided, AlreadyTaken, ListingRequest, Report, Stop

MAY_DECIDE = "verification.change_listingrequest"
MAY_ANSWER = "verification.change_report"
DECIDED_ALREADY = _("Someone else has decided this already.")
Act = Callable[..., None]
DECISIONS: dict[tuple[str, str], tuple[Act, Any]] = {  # the button and the kind of request: what is done, what is said
    ("grant", ListingRequest.Kind.CLAIM): (actions.grant_claim, _("The claim is granted.")),
    ("grant", ListingRequest.Kind.REMOVAL): (actions.remove_listing, _("The listing is removed.")),
    ("refuse", ListingRequest.Kind.CLAIM): (actions.refuse, _("The request is refused.")),
    ("refuse", ListingRequest.Kind.REMOVAL): (actions.refuse, _("The request is refused.")),
}


class Waiting(admin.SimpleListFilter):
    """What still waits, unless one asks for what is done."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("decided", gettext("decided")), ("all", gettext("all"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        every, *others = super().choices(changelist)
        yield every | {"display": gettext("waiting")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "decided":
                return queryset.exclude(outcome="")
            case "all":
                return queryset
            case _:
                return queryset.filter(outcome="")


class Queue(Desk):
    """A queue of Django's own making."""

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context["may_decide"] = bool(obj and not obj.outcome and request.user.has_perm(self.may_decide))
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(ListingRequest)
class ListingRequestAdmin(Queue):
    may_decide = MAY_DECIDE
    list_display = ("business_name", "kind", "name", "role", "created_at", "outcome")
    list_filter = (Waiting, "kind")
    search_fields = ("business_name", "name", "email")
    ordering = ("created_at",)
    fieldsets = (
        (_("The listing"), {"fields": ("business_name", "listing", "verified")}),
        (_("Who asks, and for what"), {"fields": ("kind", "name", "role", "email", "language", "message")}),
        (_("What became of it"), {"fields": ("created_at", "outcome", "sentence", "decided_at", "decided_by")}),
    )
    readonly_fields = ("listing", "verified")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListingRequest]:
        """All but one's own: those are for others to decide, and the database says so too."""
        return super().get_queryset(request).exclude(member=request.user.pk).select_related("business", "decided_by")

    @admin.display(description=_("page"))
    def listing(self, case: ListingRequest) -> str:
        if case.business is None:
            return gettext("taken down")
        page = reverse("admin:businesses_business_change", args=[case.business_id])
        return format_html('<a href="{}">{}</a>', page, case.business.name)

    @admin.display(description=_("verified"))
    def verified(self, case: ListingRequest) -> object:
        return (case.business and case.business.verified_at) or self.get_empty_value_display()

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        return [path("<uuid:pk>/decide/", decide, name="verification_listingrequest_decide"), *super().get_urls()]

    def decide(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show the letter that a decision sends, and then decide, as the button says."""
        if not request.user.is_authenticated or not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        case = get_object_or_404(self.get_queryset(request), pk=pk)
        decision = (request.POST if request.method == "POST" else request.GET).get("decision", "")
        if (decision, case.kind) not in DECISIONS:
            raise PermissionDenied
        form = SentenceForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._decide(request, case, *DECISIONS[decision, case.kind], sentence=form.cleaned_data["sentence"])
        elif not case.outcome:
            return self._confirm(request, case, decision, form)
        else:
            self.message_user(request, DECIDED_ALREADY, messages.WARNING)
        return redirect("admin:verification_listingrequest_changelist")

    def _confirm(self, request: HttpRequest, case: ListingRequest, decision: str, form: SentenceForm) -> HttpResponse:
        outcome = ListingRequest.Outcome.GRANTED if decision == "grant" else ListingRequest.Outcome.REFUSED
        case.outcome = outcome  # to write the letter by; it is not saved
        context = self.admin_site.each_context(request) | {
            "title": str(case),
            "opts": self.opts,
            "case": case,
            "decision": decision,
            "letter": tasks.letter_about(case, "answered"),
            "form": form,
        }
        return TemplateResponse(request, "admin/verification/listingrequest/decide.html", context)

    def _decide(self, request: HttpRequest, case: ListingRequest, act: Act, said: str, *, sentence: str) -> None:
        try:
            act(case, by=request.user, sentence=sentence)
        except AlreadyDecided:
            self.message_user(request, DECIDED_ALREADY, messages.WARNING)
        except actions.ListingGone:
            self.message_user(request, _("This listing has been taken down in the meantime."), messages.WARNING)
        else:
            self.log_change(request, case, str(said))
            self.message_user(request, said, messages.SUCCESS)


@admin.register(Report)
class ReportAdmin(Queue):
    may_decide = MAY_ANSWER
    list_display = ("whom", "about", "kind", "created_at", "taken_by", "outcome")
    list_filter = (Waiting, "kind", "about")
    ordering = BY_URGENCY
    search_fields = ("about_name", "message")
    fieldsets = (
        (_("What is reported"), {"fields": ("about", "whom", "page", "kind", "message")}),
        (_("By whom"), {"fields": ("reporter", "email", "language", "created_at")}),
        (
            _("What became of it"),
            {"fields": ("taken_by", "taken_at", "outcome", "answer", "closed_by", "closed_at")},
        ),
    )
    readonly_fields = ("whom", "page")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return super().get_queryset(request).select_related("reporter", "taken_by", "closed_by")

    @admin.display(description=_("name"), ordering="about_name")
    def whom(self, report: Report) -> str:
        return report.whom

    @admin.display(description=_("page"))
    def page(self, report: Report) -> str:
        names = {
            Report.About.EVENT: "admin:events_event_change",
            Report.About.BUSINESS: "admin:businesses_business_change",
            Report.About.MEMBER: "admin:community_profile_change",
        }
        if (name := names.get(Report.About(report.about))) is None or not report.about_name:
            return self.get_empty_value_display()
        return format_html('<a href="{}">{}</a>', reverse(name, args=[report.about_id]), report.about_name)

    def get_urls(self) -> list[URLPattern]:
        views = {"take": self.take, "answer": self.answer}
        return [
            *(
                path(f"<uuid:pk>/{verb}/", self.admin_site.admin_view(require_POST(view)), name=f"report_{verb}")
                for verb, view in views.items()
            ),
            *super().get_urls(),
        ]

    def take(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Look after one report from now on."""
        self._act(request, pk, actions.take_report, said=_("You look after this report now."))
        return redirect("admin:verification_report_change", pk)

    def answer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Close one report with an answer to whoever handed it in."""
        form = AnswerForm(request.POST)
        if not form.is_valid():
            self.message_user(request, _("Not answered: say what became of it, in 2000 characters."), messages.ERROR)
            return redirect("admin:verification_report_change", pk)
        self._act(request, pk, actions.answer_report, said=_("The report is answered."), **form.cleaned_data)
        return redirect("admin:verification_report_changelist")

    def _act(self, request: HttpRequest, pk: UUID, verb: Any, *, said: Any, **facts: Any) -> None:
        if not request.user.has_perm(self.may_decide):
            raise PermissionDenied
        report = get_object_or_404(Report, pk=pk)
        try:
            verb(report, by=request.user, **facts)
        except AlreadyDecided:
            self.message_user(request, _("Someone else has decided this already."), messages.WARNING)
        except AlreadyTaken:
            self.message_user(request, _("Someone else looks after this report."), messages.WARNING)
        else:
            self.log_change(request, report, str(said))
            self.message_user(request, said, messages.SUCCESS)


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
        context = {
            "title": _("Stopped moderators"),
            "stops": [*stops.filter(lifted_at=None), *stops.exclude(lifted_at=None).order_by("-lifted_at")[:50]],
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
