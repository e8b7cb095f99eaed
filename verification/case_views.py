"""A member's own verification: what it asks of them, what happens to it, and every way out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import get_language
from django.views.generic import FormView, TemplateView

from community.models import Member, Profile
from verification import cases
from verification.case_forms import BeginForm
from verification.models import Case, Evidence
from verification.progress import steps_of


def me(request: HttpRequest) -> Member:
    """Whoever is logged in; the views below are for nobody else."""
    assert isinstance(request.user, Member)  # noqa: S101 (login_required says so, but not to the type checker)
    return request.user


class Mine(LoginRequiredMixin, TemplateView):
    """What the badge is, whether one has it, and one's cases: the open one, and those before."""

    template_name = "verification/mine/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member = me(self.request)
        mine = list(Case.objects.of(member))
        valid = next((case for case in mine if case.status == Case.Status.APPROVED), None)
        return super().get_context_data(
            verified_at=Profile.objects.filter(pk=member.pk).values_list("heritage_verified_at", flat=True).first(),
            valid=valid,
            open_case=next((case for case in mine if case.is_open), None),
            earlier=[case for case in mine if not case.is_open],
            is_to_be_renewed=valid is not None and valid.may_be_renewed(at=now()),
            **kwargs,
        )


class Begin(LoginRequiredMixin, FormView):
    """One route, told plainly before anything is given: what it asks, what becomes of it, and the consent to that."""

    form_class = BeginForm
    route: Case.Route = Case.Route.DOCUMENT

    def get_template_names(self) -> list[str]:
        return [f"verification/mine/begin_{self.route}.html"]

    @cached_property
    def has_consented(self) -> bool:
        return cases.has_consented(me(self.request))

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"has_consented": self.has_consented}

    def form_valid(self, form: BeginForm) -> HttpResponse:
        member, note = me(self.request), form.cleaned_data["note"]
        try:
            case = cases.begin(member, self.route, language=get_language() or "en", note=note)
        except (cases.OpenAlready, cases.Refused):
            return redirect("my_verification")  # which says what there is already
        return redirect("my_case", pk=case.pk)


class CaseMixin(LoginRequiredMixin):
    """A page of one case of the reader's own; another's is a 404, as if it were not."""

    kwargs: dict[str, Any]
    request: HttpRequest

    @cached_property
    def case(self) -> Case:
        return get_object_or_404(Case.objects.of(me(self.request)), pk=self.kwargs["pk"])


class One(CaseMixin, TemplateView):
    """Where a case stands: what happens now, what its member can do, and everything that happened so far."""

    template_name = "verification/mine/case.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case, at = self.case, now()
        appeal = Case.objects.of(me(self.request)).filter(appeal_of=case).first()
        return super().get_context_data(
            case=case,
            appeal=appeal,
            may_be_appealed=appeal is None and case.may_be_appealed(at=at),
            papers=Evidence.objects.told().filter(case=case.pk),
            steps=steps_of(case),
            **kwargs,
        )
