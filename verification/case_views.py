"""A member's own verification: what it asks of them, what happens to it, and every way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView

from community.identity import if_undone
from community.models import Member, Profile
from verification import cases, sealing
from verification.case_forms import AppealForm, BeginForm, PaperForm, ReplyForm
from verification.models import MOST_FILES, AlreadyDecided, Case, Evidence
from verification.progress import steps_of
from verification.uploads import never_on_disk


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
        except cases.Refused as error:
            messages.warning(self.request, cases.in_words(error))
            return redirect("my_verification")
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
        return super().get_context_data(**page_of(self.case), **kwargs)


def page_of(case: Case, **forms: Form) -> dict[str, Any]:
    """What the page of a case shows; ``forms`` are those that did not go through."""
    appeal = Case.objects.filter(appeal_of=case).as_its_member().first()
    papers = list(Evidence.objects.told().filter(case=case))
    shown: dict[str, Any] = {
        "case": case,
        "appeal": appeal,
        "may_be_appealed": appeal is None and case.may_be_appealed(at=now()),
        "papers": papers,
        "steps": steps_of(case),
    }
    if case.is_with_its_member:
        standing = [paper for paper in papers if not paper.destroyed_at]
        shown |= {"reply_form": ReplyForm(), "is_complete": False}
        if case.route == Case.Route.DOCUMENT:
            shown |= {"standing": standing, "most_files": MOST_FILES, "is_complete": bool(standing)}
            shown |= {"can_seal": sealing.can_seal(), "paper_form": PaperForm()}
    return shown | forms


def own_case(request: HttpRequest, pk: UUID) -> Case:
    return get_object_or_404(Case.objects.of(me(request)), pk=pk)


def _not_sent(request: HttpRequest, case: Case, **forms: Form) -> HttpResponse:
    return render(request, "verification/mine/case.html", page_of(case, **forms), status=422)


def _to(case: Case) -> HttpResponse:
    return redirect("my_case", pk=case.pk)


@login_required
@require_POST
@never_on_disk
def hand_in_paper(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take one document: copied before anything is locked, sealed, and nothing else of it kept."""
    case = own_case(request, pk)
    if not case.is_with_its_member or case.route != Case.Route.DOCUMENT or not sealing.can_seal():
        return _to(case)  # which says what is so now
    form = PaperForm(request.POST, request.FILES)
    if not form.is_valid():
        return _not_sent(request, case, paper_form=form)
    try:
        paper = cases.hand_in_paper(case, form.cleaned_data["kind"], form.cleaned_data["file"], document=form.document)
    except cases.Refused as error:
        form.add_error("file", cases.in_words(error))
        return _not_sent(request, case, paper_form=form)
    if_undone(request, partial(sealing.discard, paper.pk))
    messages.success(request, _("We have it, sealed. Add another page or document, or hand it in."))
    return _to(case)


@login_required
@require_POST
def remove_paper(request: HttpRequest, pk: UUID, paper: UUID) -> HttpResponse:
    """Destroy one document, for good."""
    case = own_case(request, pk)
    found = get_object_or_404(Evidence.objects.told().standing(), pk=paper, case=case)
    with told(request):
        _destroy(found)
        messages.success(request, _("It is destroyed, and nobody can open it any more."))
    return _to(case)


def _destroy(paper: Evidence) -> None:
    if cases.destroy(paper):
        transaction.on_commit(partial(sealing.discard, paper.pk), robust=True)  # without its key it is noise already


@login_required
@require_POST
def hand_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a case to the desk."""
    case = own_case(request, pk)
    with told(request):
        cases.hand_in(case)
        messages.success(request, _("Handed in. You need not do anything now; the answer comes here."))
    return _to(case)


@login_required
@require_POST
def reply(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer what the desk asked."""
    case, form = own_case(request, pk), ReplyForm(request.POST)
    if not form.is_valid():
        return _not_sent(request, case, reply_form=form)
    with told(request):
        cases.reply(case, form.cleaned_data["text"])
        messages.success(request, _("Sent. The case is back with our moderators."))
    return _to(case)


class Withdraw(CaseMixin, TemplateView):
    """Where a member ends a case, and reads first what goes with it."""

    template_name = "verification/mine/withdraw.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(case=self.case, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.case.is_open else _to(self.case)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with told(request):
            cases.withdraw(self.case)
            for paper in Evidence.objects.told().standing().filter(case__in=[self.case.pk, self.case.appeal_of_id]):
                _destroy(paper)  # it would be gone within a day; why wait
            messages.success(request, _("Withdrawn. What you sent is destroyed."))
        return _to(self.case)


class Appeal(CaseMixin, FormView):
    """Where a member asks for someone else to look at it again."""

    template_name = "verification/mine/appeal.html"
    form_class = AppealForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(case=self.case, **kwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not self.case.may_be_appealed(at=now()):
            return _to(self.case)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: AppealForm) -> HttpResponse:
        with told(self.request):
            appeal = cases.appeal(self.case, language=get_language() or "en", note=form.cleaned_data["note"])
            messages.success(self.request, _("Your appeal is with our moderators."))
            return _to(appeal)
        return _to(self.case)


@contextmanager
def told(request: HttpRequest) -> Iterator[None]:
    """Do something by the rules, or tell the reader which one stands in the way; then nothing has changed."""
    try:
        with transaction.atomic():
            yield
    except (cases.Refused, AlreadyDecided) as error:
        messages.warning(request, cases.in_words(error))
