"""What a member says in their own case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verification.models import Case


class BeginForm(forms.ModelForm):
    """The first step of any route: a consent of its own, unless it stands already, and a word to the desk."""

    consents = forms.BooleanField(
        required=True,  # the page says the sentence that its label stands for: verification/mine/_consent.html
        error_messages={
            "required": _("Without your consent we may not look at any of this: tick the box, or stop here.")
        },
    )

    class Meta:
        model = Case
        fields = ("note",)
        labels = {"note": _("Something you would like to add")}
        help_texts = {"note": _("Only if it helps: another name on a document, for instance. The desk reads it.")}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, has_consented: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consents"].required = not has_consented
