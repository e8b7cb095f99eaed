"""A member's own data: what is kept, what happened to it, and what they may do about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView
from django_ratelimit.decorators import ratelimit

from community import erasure, exports
from community.cursors import BadCursor, Order, paginate
from community.forms import CorrectionForm, ErasureForm
from community.history import in_words
from community.models import AuditEntry, Consent, Erasure, Export, Member
from community.once_more import came_in_lately, proved_once_more
from community.tasks import make_export

PAGE = 30
NEWEST_FIRST = Order(("id",), descending=True)
ASKED_AT_MOST = "5/d"  # corrections, a member


def me(request: HttpRequest) -> Member:
    """Whoever is logged in; the views below are for nobody else."""
    assert isinstance(request.user, Member)  # noqa: S101 (login_required says so, but not to the type checker)
    return request.user


class Overview(LoginRequiredMixin, TemplateView):
    """What a member may do about their own data, and how far what they asked for is."""

    template_name = "my_data/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member = me(self.request)
        return super().get_context_data(
            export=Export.objects.standing(at=now()).filter(member=member).first(),
            erasure=Erasure.objects.filter(member=member).first(),
            **kwargs,
        )


class History(LoginRequiredMixin, TemplateView):
    """What happened to my account and profile, newest first. An address with a cursor not made here is a 400."""

    template_name = "my_data/history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET
        mine = AuditEntry.objects.for_member().filter(subject=me(self.request).pk)
        try:
            page = paginate(mine, NEWEST_FIRST, size=PAGE, cursor=query.get("cursor"), query=query)
        except BadCursor as error:
            raise BadRequest from error
        happenings = [in_words(entry) for entry in page.rows]
        return super().get_context_data(happenings=happenings, page=page, **kwargs)


class Consents(LoginRequiredMixin, TemplateView):
    """What I agreed to, when, and when I took it back."""

    template_name = "my_data/consents.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(consents=Consent.objects.filter(member=me(self.request)), **kwargs)


@login_required
@require_POST
def withdraw_consent(request: HttpRequest) -> HttpResponse:
    """Take one consent back; what stood on it goes with it."""
    for consent in Consent.objects.standing().filter(member=me(request), purpose=request.POST.get("purpose", "")):
        consent.withdraw(at=now())
    messages.success(request, _("You have taken it back. What stood on it is erased."))
    return redirect("my_data:consents")


@login_required
@require_POST
@came_in_lately
@transaction.atomic
def ask_for_copy(request: HttpRequest) -> HttpResponse:
    """Have a copy made of everything, unless one is on its way or waits."""
    member = me(request)
    Export.objects.expired(at=now()).filter(member=member).delete()
    export, is_new = Export.objects.get_or_create(member=member)
    if is_new:
        make_export.defer(export_id=str(export.pk))
        messages.success(request, _("We are making your copy. You get a mail when it is ready, within a minute or so."))
    elif export.is_ready:
        messages.info(request, _("A copy is waiting for you already. Take it before you ask for another."))
    else:
        messages.info(request, _("Your copy is being made already. You get a mail when it is ready."))
    return redirect("my_data:overview")


@login_required
@require_POST
@came_in_lately
def take_copy(request: HttpRequest) -> HttpResponse:
    """Hand the copy over, once. One that was taken or has expired is gone, and the page says how to get another."""
    try:
        packed = exports.take(me(request), at=now())
    except exports.NotThere:
        messages.warning(
            request, _("That copy is gone: it can be taken once, within 24 hours. You can ask for another at any time.")
        )
        return redirect("my_data:overview")
    name = f"lusotown-{localdate():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(packed, content_type="application/zip", headers=headers)


@method_decorator([login_required, proved_once_more, sensitive_post_parameters()], "dispatch")
class Erase(FormView):
    """Where a member ends it all, with a day to think again."""

    template_name = "my_data/erase.html"
    form_class = ErasureForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if Erasure.objects.filter(member=me(request)).exists():
            return redirect("my_data:overview")  # where it says until when one can stay
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"email": me(self.request).email}

    def form_valid(self, form: ErasureForm) -> HttpResponse:
        until = erasure.ask(me(self.request), session_key=self.request.session.session_key)
        when = date_format(localtime(until), "DATETIME_FORMAT")
        messages.success(
            self.request,
            _("From now on nobody sees you here. On %(when)s your data is erased. Until then you can stay after all.")
            % {"when": when},
        )
        return redirect("my_data:overview")


@login_required
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Change one's mind about being erased."""
    if erasure.take_back(me(request)):
        messages.success(request, _("Good to have you. Nothing is erased, and whoever could see you sees you again."))
    else:
        messages.info(request, _("There was nothing to take back: your account is not being erased."))
    return redirect("my_data:overview")


@method_decorator(ratelimit(key="user", rate=ASKED_AT_MOST, method="POST", block=False), "post")
class Correct(LoginRequiredMixin, FormView):
    """How to correct everything: by oneself, or by asking the desk."""

    template_name = "my_data/correct.html"
    form_class = CorrectionForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "limited", False):  # set by the decorator above
            return render(request, "429.html", status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: CorrectionForm) -> HttpResponse:
        form.send(by=me(self.request))
        messages.success(self.request, _("The desk has it, and answers you by e-mail within a month at the latest."))
        return redirect("my_data:correct")
