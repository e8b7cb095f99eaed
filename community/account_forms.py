"""Forms about one's own account: allauth's in our words, and those of signing up."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm
from allauth.mfa.totp.forms import ActivateTOTPForm, DeactivateTOTPForm
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from fido2.utils import websafe_decode

from community import mailed_codes
from community.identity import start_signing_in
from community.login import SealedElsewhere, SecondFactorAdapter, account_at
from community.mailboxes import AddressField
from community.models import Member
from community.names import LONGEST, clean_name

ADULT = 18  # years


class Worded(forms.Form):
    """One of allauth's forms in our words: a label for each of its fields, and no placeholder."""

    words: ClassVar[dict[str, Any]] = {}
    attrs: ClassVar[dict[str, dict[str, Any]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.words.items():
            if field := self.fields.get(name):
                field.label, field.help_text = label, ""
                field.widget.attrs.pop("placeholder", None)
                if name == "code":
                    field.widget.attrs |= {"spellcheck": "false", "autocapitalize": "characters"}
                field.widget.attrs |= self.attrs.get(name, {})


class LoginForm(Worded, account.LoginForm):
    words: ClassVar[dict[str, Any]] = {
        "login": _("E-mail address"), "password": _("Password"), "remember": _("Stay logged in on this device"),
    }  # fmt: skip
    attrs: ClassVar[dict[str, dict[str, Any]]] = {"login": {"autocomplete": "username webauthn"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        self.fields["login"] = AddressField(label=login.label, widget=login.widget)


class ReauthenticateForm(Worded, account.ReauthenticateForm):
    words: ClassVar[dict[str, Any]] = {"password": _("Password")}


class AskForCodeForm(Worded, account.RequestLoginCodeForm):
    """Which account a code is asked for. It says nothing of whether there is one."""

    email = AddressField()

    words: ClassVar[dict[str, Any]] = {"email": _("E-mail address")}
    attrs: ClassVar[dict[str, dict[str, Any]]] = {"email": {"autocomplete": "username"}}

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        self._user = account_at(email)
        return email


class ForgottenForm(Worded, account.ResetPasswordForm):
    """Whose password is forgotten. It says nothing of whether there is an account.

    Whoever works at the desk gets no code at the site: the mail says who resets theirs (``AccountAdapter.send_mail``).
    """

    email = AddressField()

    words: ClassVar[dict[str, Any]] = {"email": _("E-mail address")}
    attrs: ClassVar[dict[str, dict[str, Any]]] = {"email": {"autocomplete": "username"}}

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        member = account_at(email)
        kept_at_the_desk = settings.DOOR == "site" and member is not None and member.works_at_the_desk
        self.users = [member] if member and not kept_at_the_desk else []
        return email


class UsedOnce(forms.Form):
    """A mailed code. It opens one browser, even where several wait for it."""

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        if not mailed_codes.take(typed, expected=self.expected_code or ""):  # type: ignore[attr-defined]  # allauth's
            raise get_adapter().validation_error("incorrect_code")
        return typed


class LoginCodeForm(UsedOnce, Worded, account.ConfirmLoginCodeForm):
    words: ClassVar[dict[str, Any]] = {"code": _("Code from our mail")}


class ResetCodeForm(UsedOnce, Worded, account.ConfirmPasswordResetCodeForm):
    words: ClassVar[dict[str, Any]] = {"code": _("Code from our mail")}


class MailedCodeForm(forms.Form):
    """The code of a letter we sent to prove an address."""

    code = forms.CharField(label=_("Code from our mail"), max_length=20)
    code.widget.attrs |= {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"}


class TwoNewPasswords(Worded):
    words: ClassVar[dict[str, Any]] = {
        "oldpassword": _("Password you have now"), "password1": _("New password"), "password2": _("The same again"),
    }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _("Ten characters or more; a few words are easier to remember.")


class NewPasswordForm(TwoNewPasswords, account.ResetPasswordKeyForm):
    pass


class PasswordKeptAtTheDesk(forms.Form):
    """A change of password: the database holds the site to leaving those of desk workers as they are."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        member: Any = getattr(self, "user", None)
        if settings.DOOR == "site" and member and member.works_at_the_desk:
            words = _("You work at the desk: change your password there, or ask an administrator there for new keys.")
            raise ValidationError(words, code="kept_at_the_desk")
        return data


class ChangePasswordForm(PasswordKeptAtTheDesk, TwoNewPasswords, account.ChangePasswordForm):
    pass


class SetPasswordForm(PasswordKeptAtTheDesk, TwoNewPasswords, account.SetPasswordForm):
    pass


class OpenedHere(forms.Form):
    """A code of a second step. One that was sealed at the other door is as wrong here as any other."""

    def clean_code(self) -> str:
        try:
            return super().clean_code()  # type: ignore[misc]  # of allauth's forms
        except SealedElsewhere as error:
            raise get_factor_adapter().validation_error("incorrect_code") from error


class CodeForm(OpenedHere, Worded, mfa.AuthenticateForm):
    words: ClassVar[dict[str, Any]] = {"code": _("Code")}


class CodeAgainForm(OpenedHere, Worded, mfa.ReauthenticateForm):
    words: ClassVar[dict[str, Any]] = {"code": _("Code")}


class KeptAtTheDesk(forms.Form):
    """A change of second factor: those who work at the desk make it there. The database holds the site to it."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        of_whom: Any = getattr(self, "authenticator", self)  # each of allauth's forms has one or the other
        member = of_whom.user
        if settings.DOOR == "site" and member.works_at_the_desk:
            raise ValidationError(_("You work at the desk: change your second step there."), code="kept_at_the_desk")
        return data


class DeactivateForm(KeptAtTheDesk, DeactivateTOTPForm):
    pass


class RecoveryCodesForm(KeptAtTheDesk, GenerateRecoveryCodesForm):
    pass


class ActivateForm(KeptAtTheDesk, Worded, ActivateTOTPForm):
    """Setting an app up. What this door cannot open counts as not there, and gives way to the new one."""

    words: ClassVar[dict[str, Any]] = {"code": _("Code from the app")}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors:
            for kept in Authenticator.objects.filter(user=self.user):
                if not SecondFactorAdapter().opens(kept):
                    kept.delete()
        return data


class AddPasskeyForm(Worded, passkeys.AddWebAuthnForm):
    """A passkey opens the account by itself, so the device must know who holds it (a finger, a face, a PIN)."""

    words: ClassVar[dict[str, Any]] = {"name": _("Name of this passkey")}
    attrs: ClassVar[dict[str, dict[str, Any]]] = {"name": {"maxlength": 60, "autocomplete": "off"}}

    passwordless = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["passwordless"] = True
        self.fields["name"].max_length = 60  # type: ignore[attr-defined]  # a CharField


class RenamePasskeyForm(Worded, passkeys.EditWebAuthnForm):
    words: ClassVar[dict[str, Any]] = {"name": _("Name of this passkey")}
    attrs: ClassVar[dict[str, dict[str, Any]]] = {"name": {"maxlength": 60, "autocomplete": "off"}}


class PasskeyLoginForm(passkeys.LoginWebAuthnForm):
    """Logging in with a passkey, which names its account: that account's rows become readable, and no other's."""

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        try:
            handle = websafe_decode(credential["response"]["userHandle"]).decode()
            start_signing_in(str(UUID(handle)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise get_factor_adapter().validation_error("incorrect_code") from error
        return super().clean_credential()


# Signing up ----------------------------------------------------------------------------------------


class DayWidget(forms.MultiWidget):
    """Day, month and year in three boxes, each saying which it is."""

    template_name = "account/_day.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes = [
            forms.TextInput({"inputmode": "numeric", "maxlength": size, "size": size, "autocomplete": f"bday-{part}"})
            for part, size in (("day", 2), ("month", 2), ("year", 4))
        ]
        super().__init__({"day": boxes[0], "month": boxes[1], "year": boxes[2]}, attrs)

    def decompress(self, value: date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for box, label in zip(context["widget"]["subwidgets"], (_("Day"), _("Month"), _("Year")), strict=True):
            box["label"] = label
        return context


class DayField(forms.MultiValueField):
    """A date as people write it, with figures."""

    widget = DayWidget
    default_error_messages = {"invalid": _("There is no such date. Write day, month and year with figures: 25 4 1974.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields=[forms.IntegerField(), forms.IntegerField(), forms.IntegerField()], **kwargs)

    def clean(self, value: Any) -> date:
        try:
            return super().clean(value)
        except ValidationError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def compress(self, data_list: list[int]) -> date:
        day, month, year = data_list
        try:
            born = date(year, month, day)
        except (ValueError, OverflowError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if not date(1900, 1, 1) <= born <= localdate():
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return born


def is_adult(born: date, *, on: date) -> bool:
    """Whether someone born then has turned 18; who was born on 29 February does so on 1 March."""
    return (on.year - born.year) - ((on.month, on.day) < (born.month, born.day)) >= ADULT


class WhoForm(forms.Form):
    """What everyone says who joins, whichever way they came in."""

    display_name = forms.CharField(
        label=_("Display name"),
        strip=False,
        help_text=_("How you will be called here. Nobody sees it until you say so."),
        widget=forms.TextInput({"autocomplete": "nickname", "maxlength": LONGEST}),
    )
    born = DayField(label=_("Date of birth"), help_text=_("We look at it once and do not keep it."))
    agrees = forms.BooleanField(
        label=_("I agree to the community’s guidelines"),
        error_messages={"required": _("Please read the guidelines, and tick the box if you agree.")},
    )

    def clean_display_name(self) -> str:
        return clean_name(self.cleaned_data["display_name"])

    @property
    def is_too_young(self) -> bool:
        """Whether the date, if it could be read, is that of someone who is not an adult yet."""
        born = getattr(self, "cleaned_data", {}).get("born")
        return born is not None and not is_adult(born, on=localdate())


class SignUpForm(WhoForm):
    """Joining with an e-mail address, with a password or without one."""

    email = AddressField(label=_("E-mail address"))
    email.widget.attrs["autocomplete"] = "email"
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        required=False,
        max_length=1000,
        help_text=_("Ten characters or more. Leave it empty if you would rather get a code by mail each time."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    field_order = ("email", "display_name", "born", "password", "agrees")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if password := data.get("password"):
            try:
                validate_password(password, Member(email=data.get("email", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return data

    def know(self, *, name: str, email: str, is_proved: bool) -> None:
        """Fill in what is known of whoever came by way of elsewhere; an address that was proved there stands."""
        self.initial = {**self.initial, "display_name": name, "email": email}
        self.fields["email"].disabled = is_proved

    @property
    def hashed(self) -> str:
        """The password as it is kept, or one that nobody can use."""
        return make_password(self.cleaned_data["password"] or None)


class NewAddressForm(forms.Form):
    """The address an account is to move to."""

    email = AddressField(label=_("New e-mail address"))
    email.widget.attrs["autocomplete"] = "email"

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if email == self.member.email:
            raise ValidationError(_("This is the address you have now."), code="same")
        if self.member.works_at_the_desk:
            raise ValidationError(_("You work at the desk: your address stays as it is."), code="kept_at_the_desk")
        return email


class AgreeForm(forms.Form):
    """Agreeing to the guidelines as they read now."""

    agrees = WhoForm.base_fields["agrees"]
