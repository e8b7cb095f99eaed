"""Where whoever claims a business shows that it is theirs, and sees where that stands."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import ListView, TemplateView

from businesses.models import Business
from community.mail import compose
from community.models import Member
from community.proofs import Proof
from community.throttles import LETTER, may_try, too_many
from verification import claims
from verification.forms import ClaimCodeForm, MailedCodeForm, OwnAddressForm
from verification.models import ListingRequest

CLAIM = "claim"  # what an address is proved for
PROVED = gettext_lazy("Proved: thank you.")


@method_decorator(never_cache, "dispatch")
class Progress(TemplateView):
    """Where a claim stands, for whoever has the link; and where they show that the business is theirs."""

    template_name = "verification/progress.html"

    @property
    def token(self) -> str:
        return self.request.GET.get("claim", "")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        pk = claims.request_of(self.token)
        claim = claims.presented(pk) if pk else None
        if claim is None or pk is None:
            raise Http404
        self.pk, self.claim = pk, claim
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def business(self) -> Business | None:
        rows = Business.objects.only("slug", "name", "address", "postcode", "website")
        return rows.filter(pk=self.claim.business_id).first() if self.claim.business_id else None

    @property
    def may_prove(self) -> bool:
        return self.claim.is_open and self.claim.proved_at is None and self.business is not None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        website = self.business.website if self.business else ""
        return super().get_context_data(
            **{
                "claim": self.claim,
                "business": self.business,
                "may_prove": self.may_prove,
                "has_letter": self.claim.has_letter(at=now()),
                "letter_to": claims.address_of(self.business) if self.business else [],
                "domain": claims.own_domain(website),
                "code_form": ClaimCodeForm(auto_id="letter_%s"),
                "address_form": OwnAddressForm(website=website, auto_id="mail_%s"),
                "token": self.token,
            }
            | kwargs
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.may_prove:
            return redirect(claims.address_of_page("progress", self.token))
        return self._write_to_it(request) if "email" in request.POST else self._type_code(request)

    def _type_code(self, request: HttpRequest) -> HttpResponseBase:
        form = ClaimCodeForm(request.POST, auto_id="letter_%s")
        if form.is_valid():
            came = claims.type_code(self.pk, form.cleaned_data["code"])
            if came != "wrong":
                said = PROVED if came == "proved" else _("No code is good for this claim at the moment.")
                messages.info(request, said)
                return redirect(claims.address_of_page("progress", self.token))
            form.add_error("code", _("This is not the code in the letter."))
            self.claim = claims.presented(self.pk) or self.claim
        return self.render_to_response(self.get_context_data(code_form=form))

    def _write_to_it(self, request: HttpRequest) -> HttpResponseBase:
        business = cast(Business, self.business)
        form = OwnAddressForm(request.POST, website=business.website, auto_id="mail_%s")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(address_form=form))
        email = form.cleaned_data["email"]
        if not may_try(request, LETTER, email):
            return too_many(request)
        proof = Proof(request, CLAIM)
        proof.begin(email, is_genuine=True, facts={"claim": str(self.pk)})
        context = {"code": proof.kept and proof.kept["code"], "business": business.name}
        compose("verification/mail/prove", to=email, language=get_language() or "pt", context=context).send()
        return redirect(claims.address_of_page("mailed_code", self.token))


class MailedCode(Progress):
    """Where the code from that e-mail is typed, in the browser that asked for it."""

    template_name = "verification/mailed_code.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.proof = Proof(request, CLAIM)
        kept, pk = self.proof.kept, claims.request_of(self.token)
        if pk and (kept is None or kept["facts"].get("claim") != str(pk)):
            messages.info(request, _("That code was used already, or has run out. Start again for a new one."))
            return redirect(claims.address_of_page("progress", self.token))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = self.proof.kept
        return super().get_context_data(**{"email": kept["email"] if kept else "", "form": MailedCodeForm()} | kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form, kept = MailedCodeForm(request.POST), self.proof.kept
        if not form.is_valid() or kept is None or not self.may_prove:
            return self.render_to_response(self.get_context_data(form=form))
        # Whose website it is may have changed since the letter went out.
        website = self.business.website if self.business else ""
        if self.proof.is_proved_by(form.cleaned_data["code"]) and claims.is_its_own(kept["email"], website):
            self.proof.end()
            claims.prove_by_mail(self.pk, kept["email"])
            messages.info(request, PROVED)
            return redirect(claims.address_of_page("progress", self.token))
        if self.proof.kept is None:
            messages.info(request, _("That was the last try with this code. Ask for a new one."))
            return redirect(claims.address_of_page("progress", self.token))
        form.add_error("code", _("This is not the code in the e-mail."))
        return self.render_to_response(self.get_context_data(form=form))


class MyClaims(LoginRequiredMixin, ListView):
    """What a member asked about businesses, and where it stands."""

    template_name = "verification/my_claims.html"

    def get_queryset(self) -> Any:
        member = cast(Member, self.request.user)
        return ListingRequest.objects.as_its_member().filter(member_id=member.pk).order_by("-created_at")[:50]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [(row, claims.token_of(row)) for row in self.get_queryset()]
        return super().get_context_data(rows=rows, **kwargs)
