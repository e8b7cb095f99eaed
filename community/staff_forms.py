"""Forms about who works at the desk: inviting, changing a rank, coming in with new keys, agreeing to the rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from community.mailboxes import AddressField
from community.models import Member, Rank


class InviteForm(forms.Form):
    """Who is to work here, by the address of their account, and as what."""

    email = AddressField(label=_("E-mail address of their account"))
    rank = forms.ChoiceField(label=_("Rank"), choices=Rank.choices)


class RankForm(forms.Form):
    """Another rank for a colleague."""

    rank = forms.ChoiceField(label=_("Rank"), choices=Rank.choices)


class NewKeysForm(forms.Form):
    """A password for the desk, of one's own choice."""

    password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=1000,
        help_text=_("Ten characters or more; a few words are easier to remember."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same again"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_password1(self) -> str:
        password = str(self.cleaned_data["password1"])
        validate_password(password, self.member)
        return password

    def clean_password2(self) -> str:
        again = str(self.cleaned_data["password2"])
        if "password1" in self.cleaned_data and self.cleaned_data["password1"] != again:
            raise ValidationError(_("These are two different passwords. Type the same one twice."), code="different")
        return again


class RulesForm(forms.Form):
    """Agreeing to the rules of the desk as they read now."""

    agrees = forms.BooleanField(
        label=_("I have read the rules, and agree to them"),
        error_messages={"required": _("Please read the rules, and tick the box if you agree.")},
    )
