"""One's own account: joining, the address, the devices, the guidelines. Logging in itself is allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.views import CompletePasswordResetView, password_set
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView, View

from community import guidelines
from community.account_forms import AgreeForm, MailedCodeForm, NewAddressForm, SignUpForm
from community.actions import AddressTaken, AlreadyConnected, Ended, change_email, end_other_ways_in, sign_up
from community.devices import device_words
from community.elsewhere import JOINING, NAMES, joining, ways_of
from community.identity import acting_as, signing_in
from community.login import GuidelinesStage
from community.mail import compose
from community.mailed_codes import mail_code
from community.models import Device, Erasure, Member
from community.once_more import is_proved_once_more, prove_first
from community.proofs import Proof
from community.sessions import presenting
from community.translated import LANGUAGES

REFUSED = "lusotown_later"  # the cookie of a browser in which someone was too young
DAY = 86400


def _is_taken(email: str) -> Member | None:
    """The account at an address, if there is one, whoever asks."""
    with signing_in(email):
        return Member.objects.filter(email=email).first()


# Joining -------------------------------------------------------------------------------------------


@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class SignUp(FormView):
    """Joining. Nothing is stored but in this browser's session until the address is proved."""

    form_class = SignUpForm
    template_name = "account/signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect("account_overview")
        if "other" in request.GET and joining(request):
            request.session.pop(JOINING)
            return redirect("account_signup")
        if request.get_signed_cookie(REFUSED, default="", salt=REFUSED, max_age=DAY):
            return render(request, "account/too_young.html")
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, form_class: type[SignUpForm] | None = None) -> SignUpForm:
        form: SignUpForm = super().get_form(form_class)
        self.joining = joining(self.request)
        if self.joining:
            who = self.joining
            form.know(name=who["name"], email=who["email"], is_proved=who["is_proved"])
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = super().get_context_data(**kwargs)  # which makes the form, and finds who is joining
        via = NAMES[self.joining["provider"]] if self.joining else ""
        return facts | {"joining": self.joining, "via": via}

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        if form.is_too_young:
            return refuse(self.request)
        data = form.cleaned_data
        facts: dict[str, Any] = {"display_name": data["display_name"], "password": form.hashed}
        facts["guidelines"] = guidelines.VERSION
        if self.joining:
            facts["link"] = [self.joining["provider"], self.joining["uid"]]
            if self.joining["is_proved"]:
                return welcome(self.request, data["email"], facts)
        taken = _is_taken(data["email"])
        proof = Proof(self.request, "sign_up")
        mailed = mail_code(self.request, "join", data["email"])
        proof.begin(data["email"], is_genuine=taken is None, facts=facts, code=mailed.code)
        if mailed.is_sent:
            write_sign_up(proof, taken)
        self.request.session.set_expiry(DAY)  # what was typed here waits no longer than that
        return redirect("account_confirm_sign_up")

    def form_invalid(self, form: SignUpForm) -> HttpResponse:
        return refuse(self.request) if form.is_too_young else super().form_invalid(form)


def refuse(request: HttpRequest) -> HttpResponse:
    """Say kindly that the town is for adults, and do not ask the same browser again today."""
    response = render(request, "account/too_young.html")
    response.set_signed_cookie(
        REFUSED, "1", salt=REFUSED, max_age=DAY, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response


def write_sign_up(proof: Proof, taken: Member | None) -> None:
    """Send the code to an address that wants to join; where there is an account, say that instead."""
    if kept := proof.kept:
        template, language = "account/email/sign_up", get_language() or settings.LANGUAGE_CODE
        if taken is not None:
            template, language = "account/email/account_exists", taken.language
        compose(template, to=kept["email"], language=language, context={"code": kept["code"]}).send()


class Proving(FormView):
    """Typing the code of a letter. A wrong one may be tried again a few times, the letter asked for again."""

    form_class = MailedCodeForm
    purpose: str
    start: str  # where to go back to when there is nothing to prove

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.proof = Proof(request, self.purpose)
        if self.proof.kept is None:
            messages.info(request, _("That code was used already, or has run out. Start again for a new one."))
            return redirect(self.start)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"email": kept["email"] if (kept := self.proof.kept) else ""}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "again" in request.POST:
            if self.proof.may_write_again():
                self.write()
            messages.info(request, _("We have sent it again. It can take a minute; look among unwanted mail too."))
            return redirect(request.path)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: MailedCodeForm) -> HttpResponse:
        kept = self.proof.kept
        if kept is not None and self.proof.is_proved_by(form.cleaned_data["code"]):
            self.proof.end()
            return self.proved(kept["email"], kept["facts"])
        if self.proof.kept is None:
            messages.error(self.request, _("That code was tried too often. Start again for a new one."))
            return redirect(self.start)
        form.add_error("code", _("This code is not right."))
        return self.form_invalid(form)

    def write(self) -> None:
        """Send the letter once more."""
        raise NotImplementedError

    def proved(self, email: str, facts: dict[str, Any]) -> HttpResponse:
        """Do what the address was proved for."""
        raise NotImplementedError


def welcome(request: HttpRequest, email: str, facts: dict[str, Any]) -> HttpResponse:
    """Add the member whose address is proved, and log them in."""
    request.session.pop(JOINING, None)
    try:
        member = sign_up(email, **facts, language=get_language() or settings.LANGUAGE_CODE, at=now())
    except (AddressTaken, AlreadyConnected):
        messages.info(request, _("There is an account at this address by now. Log in to it."))
        return redirect("account_login")
    record_authentication(request, member, method="code", email=email)
    response = perform_login(request, Login(user=member, email=email, signup=True))
    request.session.set_expiry(None)
    return response


class ConfirmSignUp(Proving):
    """The address is proved: the member exists from here on, and is logged in."""

    template_name = "account/confirm_sign_up.html"
    purpose = "sign_up"
    start = "account_signup"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect("account_overview")
        return super().dispatch(request, *args, **kwargs)

    def write(self) -> None:
        if kept := self.proof.kept:
            taken = _is_taken(kept["email"])
            mailed = mail_code(self.request, "join", kept["email"])
            self.proof.take(mailed.code)
            if mailed.is_sent:
                write_sign_up(self.proof, taken)

    def proved(self, email: str, facts: dict[str, Any]) -> HttpResponse:
        return welcome(self.request, email, facts)


# The account ---------------------------------------------------------------------------------------


class Members(LoginRequiredMixin, View):
    """For those who are logged in; everyone else is sent to do so."""

    @property
    def member(self) -> Member:
        """Who they are."""
        assert isinstance(self.request.user, Member)  # noqa: S101 (the mixin lets nobody else in)
        return self.request.user


@method_decorator(never_cache, name="dispatch")
class Overview(Members, TemplateView):
    """What there is to one's account, and where to change it."""

    template_name = "account/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kinds = list(Authenticator.objects.filter(user=self.member).values_list("type", flat=True))
        facts = {"has_app": "totp" in kinds, "passkeys": kinds.count("webauthn"), "devices": Device.objects.count()}
        erasure = Erasure.objects.filter(member=self.member).first()
        return super().get_context_data(**kwargs) | facts | {"ways": ways_of(self.member), "erasure": erasure}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Be written to in another language."""
        language = request.POST.get("language", "")
        if language in LANGUAGES:
            self.member.choose_language(language)
            messages.success(request, _("From now on our letters come in the language you chose."))
        return redirect("account_overview")


@method_decorator([never_cache, reauthentication_required(app="allauth.account")], name="dispatch")
class NewAddress(Members, FormView):
    """Moving the account to another address, which is proved first."""

    form_class = NewAddressForm
    template_name = "account/email_change.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"member": self.member}

    def form_valid(self, form: NewAddressForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        proof = Proof(self.request, "new_address")
        proof.begin(email, is_genuine=_is_taken(email) is None)
        write_new_address(proof, self.member)
        return redirect("account_confirm_email")


class NewPassword(CompletePasswordResetView):
    """A new password for a forgotten one. Whoever had found another way in does not keep it."""

    def form_valid(self, form: Any) -> HttpResponse:
        member: Member = self._process.user
        response: HttpResponse = super().form_valid(form)
        ended = end_other_ways_in(member, at=now())
        if ended.keys:
            messages.info(self.request, _("Your keys to the API have ended. Make new ones where you need them."))
        for name in (NAMES.get(provider, provider) for provider in ended.providers):
            words = _(
                "%(provider)s does not open your account any more. "
                "You can connect it again on the page of your account."
            )
            messages.info(self.request, words % {"provider": name})
        device = device_words(self.request.headers.get("User-Agent", ""))
        write_new_password(member, device, ended)
        return response


def write_new_password(member: Member, device: str, ended: Ended) -> None:
    """Tell a member that a code from their mail made a new password, what ended with it, and what stays."""
    with acting_as(member):
        has_second_step = Authenticator.objects.filter(user=member).exists()
    facts = {"device": device, "keys": ended.keys, "has_second_step": has_second_step}
    facts["providers"] = ", ".join(NAMES.get(provider, provider) for provider in ended.providers)
    compose("account/email/new_password", to=member.email, language=member.language, context=facts).send()


@login_required
def set_password(request: HttpRequest) -> HttpResponseBase:
    """A first password. It is a way in, and of proving once more who one is: so that is proved before."""
    if not is_proved_once_more(request):
        return prove_first(request, then=request.path)
    return password_set(request)


def write_new_address(proof: Proof, member: Member) -> None:
    """Send the code to the new address; where there is another account, say that instead."""
    if kept := proof.kept:
        template = "account/email/new_address" if kept["is_genuine"] else "account/email/address_in_use"
        compose(template, to=kept["email"], language=member.language, context={"code": kept["code"]}).send()


class ConfirmNewAddress(Members, Proving):
    """The new address is proved: the account moves there, and the old one is told."""

    template_name = "account/confirm_email.html"
    purpose = "new_address"
    start = "account_email"

    def write(self) -> None:
        write_new_address(self.proof, self.member)

    def proved(self, email: str, facts: dict[str, Any]) -> HttpResponse:
        try:
            change_email(self.member, email)
        except AddressTaken:
            messages.error(self.request, _("This e-mail address cannot be used."))
            return redirect("account_email")
        messages.success(self.request, _("Your account is at its new address now."))
        return redirect("account_overview")


@method_decorator(never_cache, name="dispatch")
class Devices(Members):
    """Where one is logged in, and logging out there."""

    def get(self, request: HttpRequest) -> HttpResponse:
        with presenting(request.session.session_key, savepoint=False):
            return render(request, "account/devices.html", {"devices": list(Device.objects.all())})

    def post(self, request: HttpRequest) -> HttpResponse:
        with presenting(request.session.session_key, savepoint=False):
            others = Device.objects.filter(is_this=False)
            if "device" in request.POST:
                others = others.filter(pk=request.POST["device"])
            others.delete()
        messages.success(request, _("Logged out there."))
        return redirect("account_devices")


@method_decorator(
    [never_cache, login_stage_required(stage=GuidelinesStage.key, redirect_urlname="account_login")], name="dispatch"
)
class Agree(FormView):
    """The guidelines have changed since the member agreed to them: the last step of logging in."""

    form_class = AgreeForm
    template_name = "account/agree.html"

    def form_valid(self, form: AgreeForm) -> HttpResponse:
        stage = self.request._login_stage  # type: ignore[attr-defined]  # allauth leaves it there
        stage.login.user.accept_guidelines(guidelines.VERSION, at=now())
        return stage.exit()
