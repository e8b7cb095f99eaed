"""Logging in: which rows it may read, what it says, and how its secrets are kept."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import Login
from allauth.account.stages import LoginStage
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from community import guidelines, mailed_codes
from community.devices import device_words
from community.identity import identify, member_brought, start_signing_in
from community.mail import compose
from community.mailboxes import mailbox_of
from community.matching import was_here
from community.models import Erasure, Member, Onboarding
from community.once_more import is_proved_once_more
from community.sessions import DEVICE
from community.throttles import remember

TOO_MANY = _("Too many attempts. Wait a few minutes and try again.")


class MemberBackend(ModelBackend):
    """E-mail and password. The account's row becomes readable only because it is being logged in to."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Member | None:
        account = mailbox_of(username or kwargs.get(Member.USERNAME_FIELD) or "")
        start_signing_in(account)
        member = super().authenticate(request, username=account, password=password)
        if member is None:
            start_signing_in("")
        return member

    def get_user(self, user_id: Any) -> Member | None:
        """The member of a session, which brought their row unless something is amiss with it, or this is the desk."""
        brought = member_brought()
        if brought is None or str(brought.pk) != str(user_id):
            return super().get_user(user_id)
        return brought if self.user_can_authenticate(brought) else None


def account_at(email: str) -> Member | None:
    """The open account at an address. Its row becomes readable because it is being logged in to."""
    address = mailbox_of(email)
    start_signing_in(address)
    return Member.objects.filter(email=address, is_active=True).first()


class AccountAdapter(DefaultAccountAdapter):
    """How allauth behaves at our two doors."""

    # Our own words: allauth's Portuguese addresses the reader otherwise than the town does.
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("This e-mail address and password do not belong together."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your password."),
        "incorrect_code": _("This code is not right."),
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Joining is ours (community/account_views.py): allauth would add members before they proved their address."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Tries are counted before the form is looked at: community/throttles.py."""

    def _rollback_login_failed_rl_usage(self) -> None:
        """So there is nothing to take back."""

    def login(self, request: HttpRequest, user: Member) -> None:
        identify(user)
        was_here()
        super().login(request, user)
        request.session[DEVICE] = device_words(self.get_http_user_agent(request))
        if settings.DOOR == "desk":
            remember_rules(request, user)

    def post_login(self, request: HttpRequest, user: Member, **hook: Any) -> HttpResponse:
        response = super().post_login(request, user, **hook)
        remember(request, response, user.email)
        return response

    def set_password(self, user: Member, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])  # the site may write no other column along with it

    def get_reauthentication_methods(self, user: Member) -> list[dict[str, Any]]:
        """The ways of proving once more who one is; who has neither password nor second step gets a mailed code."""
        ways = super().get_reauthentication_methods(user)
        if ways or settings.DOOR == "desk" or not user.is_authenticated:
            return ways
        return [
            {"id": "once_more", "description": _("Get a code by mail instead"), "url": reverse("account_once_more")}
        ]

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Where allauth asks for the password or second step again, whoever has neither types a mailed code.

        Allauth would let them pass; and whoever found their browser open could make a way in of their own.
        """
        ways = self.get_reauthentication_methods(self.request.user)
        if any(way["id"] == "once_more" for way in ways) and not is_proved_once_more(self.request):
            raise ReauthenticationRequired
        return super().is_reauthentication_required(app=app)

    def get_login_stages(self) -> list[str]:
        ours = ["community.login.TwoProofsStage", "community.login.GuidelinesStage"]
        return [*super().get_login_stages(), *ours]

    def is_login_by_code_required(self, login: Login) -> bool:
        """Whoever has only a second step that this door cannot open types a mailed code after their password."""
        if settings.DOOR == "desk" or login.user is None:
            return False
        ways = {record["method"] for record in get_authentication_records(self.request, login.user)}
        return "code" not in ways and is_guarded_elsewhere(login.user)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        if settings.DOOR == "site" and user.is_authenticated and Erasure.objects.filter(member=user).exists():
            return reverse("my_data:overview")  # where they can stay after all
        return "/" if settings.DOOR == "desk" else f"/{request.LANGUAGE_CODE}/"

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_overview")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_overview")

    # What it writes -------------------------------------------------------------------------------

    def generate_login_code(self) -> str:
        return self._code()

    def generate_password_reset_code(self) -> str:
        return self._code()

    def _code(self) -> str:
        asked = getattr(self.request, "letter", None)
        return asked.mailed.code if asked else mailed_codes.fresh()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write in the member's own language, or in the page's to a stranger; not beyond what may go to one address."""
        asked = getattr(self.request, "letter", None)
        if asked and not asked.mailed.is_sent:
            return
        facts = {name: value for name, value in context.items() if name != "request"}
        known = Member.objects.filter(email=mailbox_of(email)).first()
        if known and known.works_at_the_desk and template_prefix == UNKNOWN:  # no code was made for them: ForgottenForm
            template_prefix = "account/email/kept_at_the_desk"
        language = known.language if known else get_language() or settings.LANGUAGE_CODE
        compose(template_prefix, to=email, language=language, context=facts).send()

    def send_notification_mail(
        self, template_prefix: str, user: Member, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a member what was changed about their account, and from which browser; never from which address."""
        if what := CHANGES.get(template_prefix):
            device = device_words(self.get_http_user_agent(self.request))
            if provider := (context or {}).get("provider"):
                what = format_lazy(what, provider=provider)
            facts = {"what": what, "device": device} | (context or {})
            letter = compose("account/email/changed", to=email or user.email, language=user.language, context=facts)
            letter.send()


AGREED = "agreed"  # where a session at the desk keeps the version of its rules that were agreed to


def remember_rules(request: HttpRequest, member: Member) -> bool:
    """Let a session know whether its member has agreed to the desk's rules as they read now; whether they have."""
    has_agreed = Onboarding.objects.filter(member=member, version=guidelines.DESK_VERSION).exists()
    if has_agreed:
        request.session[AGREED] = guidelines.DESK_VERSION
    return has_agreed


UNKNOWN = "account/email/unknown_account"  # what allauth writes to whom it makes no code for

# What members are told by mail, by the name allauth gives it.
CHANGES = {
    "account/email/password_changed": _("Your password was changed"),
    "account/email/password_set": _("Your account has a password now"),
    "socialaccount/email/account_connected": _("{provider} opens your account too now"),
    "socialaccount/email/account_disconnected": _("{provider} does not open your account any more"),
    "mfa/email/totp_activated": _("An authenticator app guards your account now"),
    "mfa/email/totp_deactivated": _("No authenticator app guards your account any more"),
    "mfa/email/recovery_codes_generated": _("Your account has new recovery codes"),
    "mfa/email/webauthn_added": _("A passkey was added to your account"),
    "mfa/email/webauthn_removed": _("A passkey was removed from your account"),
}


class GuidelinesStage(LoginStage):
    """The last step of logging in to the site, for whoever has not agreed to the guidelines as they read now."""

    key = "guidelines"
    urlname = "account_guidelines"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        member = self.login.user
        if settings.DOOR == "desk" or member is None or member.guidelines_version >= guidelines.VERSION:
            return None, True
        return redirect(self.urlname), True


class SealedElsewhere(CryptoError, PermissionDenied):
    """A second factor that this door's keys do not open: it was set up at the other, or the key is gone."""

    silent_variable_failure = True  # in templates it is nothing


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors, whose secrets the database holds sealed: a copy of it opens no account.

    Each door seals with a key of its own (MFA_KEY). What this one cannot open counts as not there: at the desk
    another has to be set up, at the site a mailed code takes its place (``AccountAdapter``, ``TwoProofsStage``).
    """

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right. Codes change every half minute, and each works once."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, settings.MFA_KEY or settings.SECRET_KEY)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret. Those from before the doors had keys are opened by SECRET_KEY until sealed anew.

        Raises SealedElsewhere if none of this door's keys, nor SECRET_KEY or its fallbacks, sealed it.
        """
        keys = (settings.MFA_KEY, *settings.MFA_KEY_FALLBACKS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return unseal(encrypted_text, keys)

    def opens(self, authenticator: Authenticator) -> bool:
        """Whether this door can check it: a passkey always, an app or recovery codes if they were sealed here."""
        sealed = authenticator.data.get("secret") or authenticator.data.get("seed")
        try:
            return not sealed or bool(self.decrypt(sealed))
        except SealedElsewhere:
            return False

    def is_mfa_enabled(self, user: Any, types: Sequence[str] | None = None) -> bool:
        if user.is_anonymous:
            return False
        kept = Authenticator.objects.filter(user_id=user.pk)
        return any(self.opens(each) for each in (kept if types is None else kept.filter(type__in=types)))


def is_guarded_elsewhere(member: Member) -> bool:
    """Whether all that guards an account as a second step was sealed at the other door."""
    kept = list(Authenticator.objects.filter(user_id=member.pk).exclude(type=Authenticator.Type.RECOVERY_CODES))
    return bool(kept) and not any(SecondFactorAdapter().opens(each) for each in kept)


class TwoProofsStage(LoginStage):
    """At the site a mailed code stands in for a second step sealed at the desk: beside the password, not instead."""

    key = "two_proofs"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        member = self.login.user
        ways = {record["method"] for record in get_authentication_records(self.request, member)}
        if settings.DOOR == "desk" or ways != {"code"} or not is_guarded_elsewhere(member):
            return None, True
        if member.has_usable_password():
            words = _("You work at the desk: log in with your password, and then with the code we send you.")
        elif member.works_at_the_desk:
            words = _("You work at the desk: a code by mail is not enough. Ask an administrator there for a password.")
        else:  # the key to their second step is gone, and the town has nothing else to ask them for
            return None, True
        messages.error(self.request, words)
        return redirect("account_login"), False


def seal(text: str, key: str) -> str:
    """A secret as the database holds it, under a key."""
    return base64.b64encode(_box(key).encrypt(text.encode())).decode()


def unseal(sealed: str, keys: Iterable[str]) -> str:
    """Open a sealed secret with the first key that fits; empty ones are none.

    Raises SealedElsewhere if there is none.
    """
    for key in filter(None, keys):
        try:
            return _box(key).decrypt(base64.b64decode(sealed)).decode()
        except CryptoError:
            continue
    raise SealedElsewhere("This second factor was sealed with a key that is not here.")


def _box(key: str) -> SecretBox:
    return SecretBox(hashlib.blake2b(key.encode(), digest_size=SecretBox.KEY_SIZE, person=b"second factors").digest())
