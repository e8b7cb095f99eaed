"""The desk's pages about who works there, for administrators; and the page that an invitation's link opens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from community import guidelines, staff
from community.models import Invitation, Member, Rank, StaffChange
from community.staff_forms import InviteForm, NewKeysForm, RankForm

TOLD = 20  # changes on the page; all are in the audit
RANKS = ("", *Rank.values)  # from the lowest


def for_administrators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a page of the desk that other moderators may not open."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(asked)


def _colleagues() -> QuerySet[Member]:
    works_here = Member.objects.filter(Q(is_staff=True) | Q(is_superuser=True))
    return works_here.select_related("profile").prefetch_related("groups").annotate(agreed=Max("onboardings__version"))


def _page(request: HttpRequest, template: str, facts: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, template, admin.site.each_context(request) | facts, status=status)


def _say_no(request: HttpRequest, no: staff.NotSo) -> None:
    messages.error(request, no.words)


@for_administrators
@require_GET
def colleagues(request: HttpRequest, form: InviteForm | None = None) -> HttpResponse:
    """Who works here, who is invited, and what was changed lately."""
    standing = Invitation.objects.told().standing(at=now()).select_related("member__profile", "invited_by__profile")
    changes = StaffChange.objects.select_related("member__profile", "by__profile")[:TOLD]
    people = sorted(_colleagues(), key=lambda one: (-RANKS.index(one.rank), one.email))
    facts = {"title": _("Who works here"), "form": form or InviteForm(), "colleagues": people}
    facts |= {"invitations": list(standing), "changes": list(changes), "rules": guidelines.DESK_VERSION}
    return _page(request, "admin/staff.html", facts)


@for_administrators
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if form.is_valid():
        member = Member.objects.filter(email=form.cleaned_data["email"], is_active=True).first()
        try:
            if member is None:
                raise staff.NotSo("member_not_found")
            staff.invite(member, form.cleaned_data["rank"])
            messages.success(request, _("Noted. It holds when another administrator confirms it."))
        except staff.NotSo as no:
            _say_no(request, no)
    else:
        messages.error(request, _("This is not an e-mail address."))
    return redirect("staff:list")


@for_administrators
@require_POST
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.told(), pk=pk)
    try:
        staff.second(invitation)
        sent = _("Confirmed. Within a minute they are mailed a link that holds for seven days.")
        messages.success(request, sent if invitation.starts_anew else _("Confirmed. They have that rank now."))
    except staff.NotSo as no:
        _say_no(request, no)
    return redirect("staff:list")


@for_administrators
@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        staff.withdraw(get_object_or_404(Invitation.objects.told(), pk=pk))
        messages.success(request, _("Taken back."))
    except staff.NotSo as no:
        _say_no(request, no)
    return redirect("staff:list")


@for_administrators
@require_GET
def colleague(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One who works here, and what can be changed about that."""
    member = get_object_or_404(_colleagues(), pk=pk)
    form = RankForm(initial={"rank": member.rank})
    is_oneself = member.pk == request.user.pk
    facts = {"title": str(member.profile), "colleague": member, "form": form, "is_oneself": is_oneself}
    return _page(request, "admin/staff_member.html", facts)


@for_administrators
@require_POST
def change_rank(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another rank: a lower one at once, a higher one when another administrator confirms it."""
    member, form = get_object_or_404(_colleagues(), pk=pk), RankForm(request.POST)
    if not form.is_valid():
        return redirect("staff:member", pk)
    rank = form.cleaned_data["rank"]
    try:
        if RANKS.index(rank) < RANKS.index(member.rank):
            staff.take_rank(member, leaving=rank)
            messages.success(request, _("Done. They have the lower rank now, and were logged out."))
        else:
            staff.invite(member, rank)
            messages.success(request, _("Noted. It holds when another administrator confirms it."))
    except staff.NotSo as no:
        _say_no(request, no)
    return redirect("staff:list")


@for_administrators
@require_POST
def new_keys(request: HttpRequest, pk: UUID) -> HttpResponse:
    member = get_object_or_404(_colleagues(), pk=pk)
    try:
        staff.invite(member, member.rank, anew=True)
        messages.success(request, _("Noted. It holds when another administrator confirms it."))
    except staff.NotSo as no:
        _say_no(request, no)
    return redirect("staff:list")


@for_administrators
@require_POST
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        staff.take_rank(get_object_or_404(_colleagues(), pk=pk))
        messages.success(request, _("Done. They do not work here any more, and were logged out."))
    except staff.NotSo as no:
        _say_no(request, no)
    return redirect("staff:list")


@never_cache
@sensitive_post_parameters()
def accept(request: HttpRequest) -> HttpResponse:
    """Where an invitation's link leads: a password of one's own, and then the door."""
    secret = request.POST.get("key", "") or request.GET.get("key", "")
    presented = staff.presented(secret)
    if presented is None:
        return render(request, "staff/no_link.html", status=410)
    if request.user.is_authenticated and request.user.pk != presented.member.pk:
        return render(request, "staff/no_link.html", {"is_for_someone_else": True}, status=403)
    form = NewKeysForm(request.POST or None, member=presented.member)
    if request.method == "POST" and form.is_valid():
        try:
            staff.accept(secret, presented.member, password=form.cleaned_data["password1"])
        except staff.NotSo:  # in another tab, at this moment
            return render(request, "staff/no_link.html", status=410)
        messages.success(request, _("Your password is chosen. Log in with it, and set up your second step."))
        return redirect("account_login")
    return render(request, "staff/accept.html", {"form": form, "presented": presented, "key": secret})
