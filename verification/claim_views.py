"""Where whoever claims a business shows that it is theirs, and sees where that stands."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import ListView, TemplateView

from businesses.models import Business
from community.identity import if_undone
from community.mail import compose
from community.models import Member
from community.proofs import Proof
from community.throttles import LETTER, may_try, too_many
from verification import cases, claim_papers, claims, sealing
from verification.case_forms import ClaimPaperForm
from verification.case_views import me, told
from verification.forms import ClaimCodeForm, MailedCodeForm, OwnAddressForm
from verification.models import MOST_PAPERS, AlreadyDecided, Evidence, ListingRequest, Opening

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

    @cached_property
    def is_mine(self) -> bool:
        """Whether the reader's account holds it; whoever has the link alone sees none of its documents."""
        mine = ListingRequest.objects.as_its_member().filter(pk=self.pk, member_id=self.request.user.pk)
        return self.request.user.is_authenticated and mine.exists()

    @property
    def papers(self) -> list[Evidence]:
        """The documents that came with it, and when each was opened."""
        opened = Prefetch("openings", Opening.objects.told())
        rows = Evidence.objects.told().filter(claim=self.pk).prefetch_related(opened)
        return list(rows) if self.is_mine else []

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
                "is_mine": self.is_mine,
                "papers": self.papers,
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


class Papers(LoginRequiredMixin, Progress):
    """Where documents are sent that show whose a business is; and what becomes of them, told first."""

    template_name = "verification/claim_papers.html"

    @cached_property
    def has_consented(self) -> bool:
        return claim_papers.has_consented(me(self.request))

    @property
    def may_send(self) -> bool:
        return self.may_prove and (self.is_mine or not self.claim.has_account) and sealing.can_seal()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        papers = self.papers
        return super().get_context_data(
            **{
                "papers": papers,
                "is_anothers": self.claim.has_account and not self.is_mine,
                "can_seal": sealing.can_seal(),
                "is_full": sum(paper.destroyed_at is None for paper in papers) >= MOST_PAPERS,
                "has_consented": self.has_consented,
                "form": ClaimPaperForm(has_consented=self.has_consented),
            }
            | kwargs
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        here = claims.address_of_page("claim_papers", self.token)
        if not self.may_send:
            return redirect(here)  # which says what is so now
        form = ClaimPaperForm(request.POST, request.FILES, has_consented=self.has_consented)
        if not form.is_valid() or not self._hand_in(form):
            return self.render_to_response(self.get_context_data(form=form), status=422)
        messages.success(
            request, _("We have it, sealed. Send another, or leave it at that: someone at our desk looks at it.")
        )
        return redirect(here)

    def _hand_in(self, form: ClaimPaperForm) -> bool:
        said = form.cleaned_data
        try:
            paper = claim_papers.hand_in(self.pk, said["kind"], said["file"], by=me(self.request))
        except (cases.Refused, AlreadyDecided) as error:
            form.add_error("file", cases.in_words(error))
            return False
        if_undone(self.request, partial(sealing.discard, paper.pk))
        return True


@login_required
@require_POST
def remove_claim_paper(request: HttpRequest, paper: UUID) -> HttpResponse:
    """Destroy one document of a claim, for good."""
    token = request.GET.get("claim", "")
    claim = claims.request_of(token) or UUID(int=0)  # what hangs on no claim is a case's
    found = get_object_or_404(Evidence.objects.told().standing(), pk=paper, claim=claim)
    with told(request):
        cases.destroy_now(found)
        messages.success(request, _("It is destroyed, and nobody can open it any more."))
    return redirect(claims.address_of_page("progress", token))


class WithdrawClaim(Progress):
    """Where whoever handed a claim in ends it, and reads first what goes with it."""

    template_name = "verification/claim_withdraw.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.claim.is_open:
            return redirect(claims.address_of_page("progress", self.token))
        if self.claim.has_account and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        had_papers = bool(self.papers)
        if claim_papers.withdraw(self.pk):
            said = _("Withdrawn: the claim is over, and what you sent is destroyed.")
            messages.success(request, said if had_papers else _("Withdrawn: the claim is over."))
        else:
            messages.info(request, _("Nothing has changed: it is over already, or it is another account’s."))
        return redirect(claims.address_of_page("progress", self.token))


class MyClaims(LoginRequiredMixin, ListView):
    """What a member asked about businesses, and where it stands."""

    template_name = "verification/my_claims.html"

    def get_queryset(self) -> Any:
        member = cast(Member, self.request.user)
        return ListingRequest.objects.as_its_member().filter(member_id=member.pk).order_by("-created_at")[:50]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [(row, claims.token_of(row)) for row in self.get_queryset()]
        return super().get_context_data(rows=rows, **kwargs)
