from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from community.models import Token
from community.models.tokens import MOST, OFFERED

LIFETIMES = ((30, _("30 days")), (90, _("90 days")), (365, _("one year")))


class TokenForm(forms.Form):
    """What a new API key is for, what it may do, and for how long."""

    name = forms.CharField(
        label=_("What is it for?"), max_length=80, help_text=_("So that you know it again: “calendar at work”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"),
        choices=OFFERED,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Events, businesses and places can be read without any of these."),
    )
    days = forms.TypedChoiceField(
        label=_("For how long?"), choices=LIFETIMES, coerce=int, initial=90, widget=forms.RadioSelect
    )

    def clean_name(self) -> str:
        """A name without what cannot be seen."""
        name = "".join(sign for sign in self.cleaned_data["name"] if sign.isprintable()).strip()
        if not name:
            raise ValidationError(_("Give it a name."))
        return name

    def clean(self) -> dict[str, Any]:
        if Token.objects.live(at=now()).count() >= MOST:
            raise ValidationError(_("You have as many keys as one can have. Revoke one that you no longer need."))
        return super().clean() or self.cleaned_data
