from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verification.models import ListingRequest, Report


class Trapped(forms.ModelForm):
    """A form with a trap: a field only a machine sees and fills in."""

    nickname = forms.Field(
        required=False,
        label=_("Leave this empty"),
        template_name="_trap.html",  # type: ignore[call-arg]  # the stubs know it of Field alone
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    @property
    def is_from_a_machine(self) -> bool:
        """Whether the trap was sprung."""
        return bool(self.cleaned_data.get("nickname"))


class ListingRequestForm(Trapped):
    """An owner's word about a listing."""

    kind = forms.ChoiceField(
        label=_("What would you like?"),
        choices=[
            (ListingRequest.Kind.CLAIM, _("It is mine: I want to keep it right")),
            (ListingRequest.Kind.REMOVAL, _("It is mine: take it off LusoTown")),
        ],
        widget=forms.RadioSelect,
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


class SentenceForm(forms.ModelForm):
    """What a moderator adds to the letter, on one line: it is a sentence, and the letter has paragraphs of its own."""

    class Meta:
        model = ListingRequest
        fields = ("sentence",)
        widgets = {"sentence": forms.Textarea(attrs={"rows": 3})}

    def clean_sentence(self) -> str:
        return " ".join(self.cleaned_data["sentence"].split())


class ReportForm(Trapped):
    """What is not right, in one of eight words and in the reporter's own."""

    kind = forms.ChoiceField(label=_("What is not right?"), choices=Report.Kind.choices, widget=forms.RadioSelect)

    class Meta:
        model = Report
        fields = ("kind", "message", "email")
        widgets = {
            "message": forms.Textarea(attrs={"rows": 6}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }
        labels = {"message": _("Tell us more"), "email": _("E-mail address, if you want an answer")}

    def __init__(self, *args: Any, is_member: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_member:
            del self.fields["email"]  # we know where to answer

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") == Report.Kind.OTHER and not data.get("message"):
            self.add_error("message", _("Tell us what it is."))
        return data


class AnswerForm(forms.Form):
    """The desk's answer to a report."""

    outcome = forms.ChoiceField(choices=Report.Outcome.choices)
    answer = forms.CharField(required=False, max_length=2000)
