from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verification.models import ListingRequest


class ListingRequestForm(forms.ModelForm):
    """An owner's word about a listing, and a trap: a field only a machine sees and fills in."""

    nickname = forms.CharField(required=False, label=_("Leave this empty"))

    class Meta:
        model = ListingRequest
        fields = ("kind", "name", "role", "email", "message")
        widgets = {
            "kind": forms.RadioSelect,
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "role": forms.TextInput(attrs={"autocomplete": "organization-title"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "message": forms.Textarea(attrs={"rows": 5}),
        }
        labels = {
            "kind": _("What would you like?"),
            "name": _("Your name"),
            "role": _("Your part in the business"),
            "email": _("E-mail address"),
            "message": _("Anything we should know"),
        }
        help_texts = {
            "role": _("Owner, manager, someone who works there …"),
            "email": _("We answer here. An address of the business itself helps us believe you."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [
            (ListingRequest.Kind.CLAIM, _("It is mine: I want to keep it right")),
            (ListingRequest.Kind.REMOVAL, _("It is mine: take it off LusoTown")),
        ]
        self.fields["nickname"].widget.attrs |= {"tabindex": "-1", "autocomplete": "off"}

    @property
    def is_from_a_machine(self) -> bool:
        """Whether the trap was sprung."""
        return bool(self.cleaned_data.get("nickname"))
