from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from verification.models import ListingRequest


class ListingRequestForm(forms.ModelForm):
    """An owner's word about a listing, and a trap: a field only a machine sees and fills in."""

    kind = forms.ChoiceField(
        label=_("What would you like?"),
        choices=[
            (ListingRequest.Kind.CLAIM, _("It is mine: I want to keep it right")),
            (ListingRequest.Kind.REMOVAL, _("It is mine: take it off LusoTown")),
        ],
        widget=forms.RadioSelect,
    )
    nickname = forms.Field(
        required=False,
        label=_("Leave this empty"),
        template_name="_trap.html",  # type: ignore[call-arg]  # the stubs know it of Field alone
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    class Meta:
        model = ListingRequest
        fields = ("kind", "name", "role", "email", "message")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "role": forms.TextInput(attrs={"autocomplete": "organization-title"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "message": forms.Textarea(attrs={"rows": 5}),
        }
        labels = {
            "name": _("Your name"),
            "role": _("Your part in the business"),
            "email": _("E-mail address"),
            "message": _("Anything we should know"),
        }
        help_texts = {
            "role": _("Owner, manager, someone who works there …"),
            "email": _("We answer here. An address of the business itself helps us believe you."),
        }

    @property
    def is_from_a_machine(self) -> bool:
        """Whether the trap was sprung."""
        return bool(self.cleaned_data.get("nickname"))


class SentenceForm(forms.ModelForm):
    """What a moderator adds to the letter, on one line: it is a sentence, and the letter has paragraphs of its own."""

    class Meta:
        model = ListingRequest
        fields = ("sentence",)
        widgets = {"sentence": forms.Textarea(attrs={"rows": 3})}

    def clean_sentence(self) -> str:
        return " ".join(self.cleaned_data["sentence"].split())
