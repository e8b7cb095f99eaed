"""The pages of those who prove by another mailed code who they are (community/once_more.py)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows, resume_request
from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from community.account_views import Members, Proving
from community.mail import compose
from community.proofs import Proof
from community.throttles import ONCE_MORE, is_through, too_many


def _where_to(request: HttpRequest) -> str:
    """The part of an address that says where to go on; only places of ours."""
    address = get_next_redirect_url(request)
    return f"?{urlencode({'next': address})}" if address else ""


def _write(proof: Proof, language: str) -> None:
    if kept := proof.kept:
        compose("account/email/once_more", to=kept["email"], language=language, context={"code": kept["code"]}).send()


@method_decorator(never_cache, name="dispatch")
class AskForCode(Members, TemplateView):
    """Where a member who comes in by mailed code alone has another sent; others are led to their own way."""

    template_name = "account/once_more.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and get_reauthentication_flows(self.member):
            return redirect(reverse("account_reauthenticate") + _where_to(request))
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if not is_through(ONCE_MORE, str(self.member.pk)):  # no stranger's letters count here
            return too_many(request)
        proof = Proof(request, "once_more")
        proof.begin(self.member.email, is_genuine=True)
        _write(proof, self.member.language)
        return redirect(reverse("account_confirm_once_more") + _where_to(request))


class ConfirmCode(Members, Proving):
    """The code is typed: whoever it is still reads their mail, and goes on where they were."""

    template_name = "account/confirm_once_more.html"
    purpose = "once_more"
    start = "account_once_more"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)

    def write(self) -> None:
        _write(self.proof, self.member.language)

    def proved(self, email: str, facts: dict[str, Any]) -> HttpResponse:
        if email != self.member.email:  # their account has moved since
            return redirect(self.start)
        record_authentication(self.request, self.member, method="code", email=email, reauthenticated=True)
        return resume_request(self.request) or redirect("account_overview")
