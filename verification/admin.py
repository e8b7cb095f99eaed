"""The desk's queue of what owners say about their listings. It shows, and it calls actions; it writes nothing."""

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

from verification import actions, tasks
from verification.forms import SentenceForm
from verification.models import AlreadyDecided, ListingRequest

MAY_DECIDE = "verification.change_listingrequest"
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

    def queryset(self, request: HttpRequest, queryset: QuerySet[ListingRequest]) -> QuerySet[ListingRequest]:
        match self.value():
            case "decided":
                return queryset.exclude(outcome="")
            case "all":
                return queryset
            case _:
                return queryset.filter(outcome="")


@admin.register(ListingRequest)
class ListingRequestAdmin(admin.ModelAdmin):
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
        return super().get_queryset(request).select_related("business", "decided_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ListingRequest | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: ListingRequest | None = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(MAY_DECIDE)

    def has_delete_permission(self, request: HttpRequest, obj: ListingRequest | None = None) -> bool:
        return False

    @admin.display(description=_("page"))
    def listing(self, case: ListingRequest) -> str:
        if case.business is None:
            return gettext("taken down")
        page = reverse("admin:businesses_business_change", args=[case.business_id])
        return format_html('<a href="{}">{}</a>', page, case.business.name)

    @admin.display(description=_("verified"))
    def verified(self, case: ListingRequest) -> object:
        return (case.business and case.business.verified_at) or self.get_empty_value_display()

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: ListingRequest | None = None,
    ) -> HttpResponse:
        context["may_decide"] = bool(obj and not obj.outcome and request.user.has_perm(MAY_DECIDE))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        return [path("<uuid:pk>/decide/", decide, name="verification_listingrequest_decide"), *super().get_urls()]

    def decide(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show the letter that a decision sends, and then decide, as the button says."""
        if not request.user.is_authenticated or not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        case = get_object_or_404(ListingRequest.objects.select_related("business"), pk=pk)
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
