"""A member's own verification: what it asks of them, what happens to it, and every way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView, View

from community.identity import if_undone
from community.models import Member, Profile
from verification import cases, sealing
from verification.case_forms import AnswerForm, AppealForm, BeginForm, NationForm, PaperForm, ReplyForm
from verification.models import (
    MOST_FILES,
    QUESTIONS,
    TRIES,
    VOUCHES_NEEDED,
    AlreadyDecided,
    Attempt,
    Case,
    Evidence,
    Vouch,
)
from verification.progress import named, steps_of
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
        appealed = {case.appeal_of_id for case in mine}
        appealable = (case for case in mine if case.may_be_appealed(at=now()) and case.pk not in appealed)
        return super().get_context_data(
            verified_at=Profile.objects.filter(pk=member.pk).values_list("heritage_verified_at", flat=True).first(),
            valid=valid,
            open_case=next((case for case in mine if case.is_open), None),
            earlier=[case for case in mine if not case.is_open],
            appealable=next(appealable, None),
            has_consented=cases.has_consented(member),
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
        elif case.route == Case.Route.CULTURAL_KNOWLEDGE:
            shown |= _questions_of(case)
        else:
            vouches = named(case)
            given = [vouch for vouch, _name in vouches if vouch.status == Vouch.Status.GIVEN]
            shown |= {"vouches": vouches, "is_complete": len(given) >= VOUCHES_NEEDED, "at": now()}
    return shown | forms


def _questions_of(case: Case) -> dict[str, Any]:
    attempts = list(Attempt.objects.told().counting(Member(pk=case.member_id), at=now()))
    mine = [attempt for attempt in attempts if attempt.case_id == case.pk]
    return {
        "tries_left": TRIES - len(attempts),
        "open_attempt": next((attempt for attempt in mine if attempt.finished_at is None), None),
        "is_complete": any(attempt.finished_at for attempt in mine),
        "nation_form": NationForm(),
    }


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
        cases.destroy_now(found)
        messages.success(request, _("It is destroyed, and nobody can open it any more."))
    return _to(case)


@login_required
@require_POST
def begin_questions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin to be asked: from the first question on, the time runs."""
    case, form = own_case(request, pk), NationForm(request.POST)
    if not form.is_valid():
        return _not_sent(request, case, nation_form=form)
    with told(request):
        return redirect("ask_question", pk=case.pk, attempt=cases.start_attempt(case, form.cleaned_data["nation"]))
    return _to(case)


class Questions(CaseMixin, TemplateView):
    """One question a page, the one that is open. Coming back, reloading or a second tab show the same one again."""

    template_name = "verification/mine/question.html"

    @cached_property
    def attempt(self) -> Attempt:
        return get_object_or_404(Attempt.objects.told(), pk=self.kwargs["attempt"], case=self.case)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = cases.open_question(self.attempt.pk, language=get_language() or "en")
        if asked:
            return self.render_to_response(self.get_context_data(case=self.case, asked=asked, of=QUESTIONS))
        attempt = Attempt.objects.told().get(pk=self.attempt.pk)
        case = Case.objects.of(me(request)).get(pk=self.case.pk)
        shown = {"case": case, "attempt": attempt, "tries_left": _questions_of(case)["tries_left"]}
        return render(request, "verification/mine/score.html", shown)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        attempt, form = (
            self.attempt,
            AnswerForm(request.POST),
        )  # a 404 comes before anything that is wrong with the form
        if not form.is_valid():
            messages.warning(request, _("Choose one of the four answers."))
        else:
            try:
                cases.answer_question(attempt.pk, form.cleaned_data["place"], form.cleaned_data["choice"])
            except AlreadyDecided:
                messages.info(request, _("That question was answered already. This is where you are now."))
        return redirect("ask_question", pk=self.case.pk, attempt=attempt.pk)


@login_required
@require_POST
def ask_for_vouch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make a link to send to someone; it is shown this once."""
    case = own_case(request, pk)
    with told(request):
        vouch, token = cases.ask_for_vouch(case)
        vouch.refresh_from_db(fields=["expires_at"])
        shown = {"case": case, "link": cases.link_of(token), "vouch": vouch}
        return render(request, "verification/mine/link.html", shown)
    return _to(case)


class Vouching(View):
    """Where someone who was sent a link gives their word, or declines.

    The token comes in the query, which no log of ours holds, and is at once put into a cookie: so no page has it in its
    address, neither for a Referer nor on the way through logging in. Looking at a link uses nothing up.
    """

    COOKIE, LIFETIME = "vouch", 3600

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if token := request.GET.get("token"):
            response: HttpResponseBase = redirect("vouch")
            response.set_cookie(  # type: ignore[attr-defined]
                self.COOKIE, token[:100], self.LIFETIME, secure=settings.HTTPS, httponly=True, samesite="Lax"
            )
            patch_cache_control(response, private=True, no_store=True)
            return response
        return self.page(request)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        token, gives = request.COOKIES.get(self.COOKIE, ""), request.POST.get("word") == "give"
        presented = cases.vouch_presented(token)
        if presented is None or request.POST.get("word") not in ("give", "decline"):
            return self.page(request)
        try:
            cases.answer_vouch(token, gives=gives)
        except cases.Refused:
            return self.page(request)  # which says why
        thanks = (
            _("Thank you. You have vouched for %(name)s.")
            if gives
            else _("You have declined. Nobody is told that it was you.")
        )
        messages.success(request, thanks % {"name": presented.applicant} if gives else thanks)
        response = redirect("my_verification")
        response.delete_cookie(self.COOKIE)
        return response

    def page(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        presented = cases.vouch_presented(request.COOKIES.get(self.COOKIE, ""))
        if presented is None:
            return render(request, "verification/mine/vouch_gone.html", status=404)
        bar = cases.in_words(cases.Refused(presented.bar)) if presented.bar else ""
        return render(request, "verification/mine/vouch.html", {"presented": presented, "bar": bar})


@login_required
@require_POST
def hand_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a case to the desk."""
    case = own_case(request, pk)
    with told(request):
        cases.hand_in(case)
        messages.success(
            request, _("Handed in. You need not do anything now: we tell you as soon as there is an answer.")
        )
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
                cases.destroy_now(paper)  # it would be gone within a day; why wait
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
