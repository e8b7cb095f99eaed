"""What a member says in their own case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Region
from verification import papers
from verification.models import NATIONS, OPTIONS, QUESTIONS, Case, Evidence


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


class PaperForm(forms.Form):
    """One file, and what it is. What a stranger sent is opened here, in a process of its own; that takes seconds."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=[("", _("Choose what it is")), *Evidence.Kind.choices])
    file = forms.FileField(
        label=_("The file"),
        allow_empty_file=True,  # papers says it in its own words
        widget=forms.FileInput(attrs={"accept": papers.ACCEPT}),
        help_text=_("A photo or scan: JPEG, PNG, HEIC or PDF, up to 10 MB and 20 pages."),
    )

    def clean_file(self) -> papers.Copies:
        upload = self.cleaned_data["file"]
        copies = papers.copied(upload)
        upload.seek(0)
        self.document = upload.read()  # as it came, to know it again by
        return copies


class ClaimPaperForm(PaperForm):
    """One file that shows whose a business is; and before the first, a consent of its own."""

    kind = forms.ChoiceField(
        label=_("What is it?"), choices=[("", _("Choose what it is")), *Evidence.ClaimKind.choices]
    )
    consents = forms.BooleanField(  # the page says its sentence: verification/_claim_consent.html
        error_messages={
            "required": _("Without your consent we may not look at any of this: tick the box, or choose another way.")
        },
    )
    field_order = ("consents", "kind", "file")

    def __init__(self, *args: Any, has_consented: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consents"].required = not has_consented

    def clean_file(self) -> papers.Copies:
        if self.has_error("consents"):
            raise forms.ValidationError(_("We have not looked at the file. Choose it once more."))
        return super().clean_file()


class ReplyForm(forms.Form):
    """The answer to the desk's question."""

    text = forms.CharField(label=_("Your answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class AppealForm(forms.Form):
    """Why someone else should look at it again."""

    note = forms.CharField(
        label=_("What should be looked at again?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6})
    )


class NationForm(forms.Form):
    """Which nation someone wants to be asked about."""

    nation = forms.ChoiceField(label=_("Which nation do you want to be asked about?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nations = Region.objects.countries().filter(slug__in=NATIONS)
        self.fields["nation"].choices = [(row.slug, str(row)) for row in nations]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """The answer to one question, by its place among those shown; and which question it answers."""

    place = forms.IntegerField(min_value=1, max_value=QUESTIONS)
    choice = forms.IntegerField(min_value=0, max_value=OPTIONS - 1)
