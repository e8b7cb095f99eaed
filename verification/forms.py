from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import make_aware
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from businesses.models import Business
from community.mailboxes import AddressField
from verification.claims import address_of, is_its_own, own_domain
from verification.models import SENTENCE, Case, Conflict, FirstPost, ListingRequest, Reason, Report, Vote


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

    way = forms.ChoiceField(
        label=_("If it is yours: how will you show it?"),
        required=False,
        widget=forms.RadioSelect,
        help_text=_("You can change your mind later. Someone at our desk still looks at it, and decides."),
    )

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        letter, mail = address_of(business), own_domain(business.website)
        ways: list[tuple[str, Any]] = []
        if letter:
            told = _("A letter: we post a code to %(address)s, and you type it here. It takes a few days.")
            ways.append((ListingRequest.Way.LETTER, told % {"address": ", ".join(letter[1:])}))
        if mail:
            told = _("An e-mail: we send a code to an address at %(domain)s, and you type it here at once.")
            ways.append((ListingRequest.Way.MAIL, told % {"domain": mail}))
        ways.append(
            (ListingRequest.Way.PAPER, _("A document: you send a photo or scan of a licence, a bill or a lease."))
        )
        ways.append(("", _("Another way: tell us below what shows it, and we write to you.")))
        field: Any = self.fields["way"]
        field.choices = ways
        self.initial.setdefault("way", ways[0][0])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") != ListingRequest.Kind.CLAIM:
            data["way"] = ""
        return data

    class Meta:
        model = ListingRequest
        fields = ("kind", "way", "name", "role", "email", "message")
        field_classes = {"email": AddressField}
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


class ClaimCodeForm(forms.Form):
    """The code in a letter to a business."""

    code = forms.CharField(
        label=_("Code in the letter"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "size": 12}),
        help_text=_("Eight letters. Capitals and dashes do not matter."),
    )


class OwnAddressForm(forms.Form):
    """An e-mail address at the business's own domain."""

    email = AddressField(label=_("E-mail address of the business"))

    def __init__(self, *args: Any, website: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.website = website

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if not is_its_own(email, self.website):
            raise forms.ValidationError(
                _("This address is not at %(domain)s, the website on the page of the business."),
                params={"domain": own_domain(self.website)},
            )
        return email


class MailedCodeForm(forms.Form):
    """The code that was mailed there."""

    code = forms.CharField(
        label=_("Code in the e-mail"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )


class SentenceForm(forms.ModelForm):
    """What a moderator adds to the letter, on one line: it is a sentence, and the letter has paragraphs of its own."""

    class Meta:
        model = ListingRequest
        fields = ("sentence",)
        widgets = {"sentence": forms.Textarea(attrs={"rows": 3})}

    def clean_sentence(self) -> str:
        return " ".join(self.cleaned_data["sentence"].split())


class RefusalForm(SentenceForm):
    """Why a claim is not granted, in words that its owner reads; where they sent documents, one has to be said."""

    reason = forms.ChoiceField(label=_("What they read"), widget=forms.RadioSelect)
    field_order = ("reason", "sentence")

    def __init__(self, *args: Any, language: str, has_papers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason"]
        field.required = has_papers
        with override(language):
            reasons = [(value, gettext(str(label))) for value, label in ListingRequest.Reason.choices]
            field.choices = reasons if has_papers else [("", gettext("No reason beyond the letter.")), *reasons]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("reason") == ListingRequest.Reason.OTHER and not data.get("sentence"):
            self.add_error("sentence", _("Say in a sentence what the reason is."))
        return data


class ReportForm(Trapped):
    """What is not right, in one of eight words and in the reporter's own."""

    kind = forms.ChoiceField(label=_("What is not right?"), choices=Report.Kind.choices, widget=forms.RadioSelect)

    class Meta:
        model = Report
        fields = ("kind", "message", "email")
        field_classes = {"email": AddressField}
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
    answer = forms.CharField(
        required=False, max_length=2000, label=_("Our answer"), widget=forms.Textarea(attrs={"rows": 5})
    )


class TakeBackForm(forms.Form):
    """Why a newcomer's event is taken back; its organiser reads it."""

    reason = forms.ChoiceField(label=_("What they read"), choices=FirstPost.Reason.choices, widget=forms.RadioSelect)
    sentence = forms.CharField(
        required=False, max_length=SENTENCE, widget=forms.Textarea(attrs={"rows": 3}), label=_("A sentence of our own")
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason"]
        with override(language):
            field.choices = [(value, gettext(str(label))) for value, label in FirstPost.Reason.choices]

    def clean_sentence(self) -> str:
        return " ".join(self.cleaned_data["sentence"].split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("reason") == FirstPost.Reason.OTHER and not data.get("sentence"):
            self.add_error("sentence", _("Say in a sentence what the reason is."))
        return data


class QueueForm(forms.Form):
    """Which part of a queue is wanted. What cannot be read is as if it were not asked."""

    queue = forms.CharField(required=False, max_length=20)
    q = forms.CharField(required=False, max_length=80)
    language = forms.ChoiceField(
        required=False, label=_("Language"), choices=[("", _("every language")), *settings.LANGUAGES]
    )
    order = forms.ChoiceField(
        required=False, choices=[("", _("your language first")), ("waiting", _("longest waiting first"))]
    )
    month = forms.CharField(required=False, label=_("Up to the month"), max_length=7)
    after = forms.CharField(required=False, max_length=80)

    def __init__(self, *args: Any, parts: Container[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = parts

    def clean_queue(self) -> str:
        asked = self.cleaned_data["queue"]
        return asked if asked in self.parts else ""

    def clean_month(self) -> datetime | None:
        try:
            return make_aware(datetime.strptime(self.cleaned_data["month"], "%Y-%m"))  # noqa: DTZ007 (made aware)
        except (ValueError, OverflowError):
            return None

    def clean_after(self) -> tuple[datetime, UUID, str] | None:
        moment, _tilde, row = self.cleaned_data["after"].partition("~")
        row, _tilde, stretch = row.partition("~")
        try:
            read = parse_datetime(moment.replace(" ", "+"))
            return (read, UUID(row), stretch) if read and read.tzinfo else None
        except ValueError:
            return None

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows that are asked for, as far as their language and time do not say."""
        return rows

    @property
    def kept(self) -> dict[str, str]:
        """What the queue is narrowed to, as an address says it; without names looked for and places in the list."""
        asked = {name: self.cleaned_data.get(name) for name in ("queue", "language", "route", "order", "month")}
        if month := asked["month"]:
            asked["month"] = month.strftime("%Y-%m")
        return {name: value for name, value in asked.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.kept)


class CaseQueueForm(QueueForm):
    """Heritage cases are narrowed by their route as well."""

    route = forms.ChoiceField(required=False, label=_("Route"), choices=[("", _("every route")), *Case.Route.choices])

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(route=self.cleaned_data["route"]) if self.cleaned_data.get("route") else rows


class FilterForm(forms.Form):
    """What to call a part of a queue that is kept."""

    name = forms.CharField(max_length=40, label=_("Keep this view as"))


class WordForm(forms.Form):
    """A moderator's word on a case: why, and a sentence of their own. Both are read by its member."""

    reason = forms.ChoiceField(label=_("What they read"), choices=Reason.choices, widget=forms.RadioSelect)
    sentence = forms.CharField(
        required=False, max_length=SENTENCE, widget=forms.Textarea(attrs={"rows": 3}), label=_("A sentence of our own")
    )

    def __init__(self, *args: Any, verdict: str, language: str, reasons: list[Reason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verdict = verdict
        field: Any = self.fields["reason"]
        if verdict == Vote.Verdict.REJECT:
            with override(language):
                field.choices = [(reason.value, gettext(str(reason.label))) for reason in reasons]
        else:
            del self.fields["reason"]
        self.fields["sentence"].widget.attrs["lang"] = language
        if verdict == Vote.Verdict.ASK:
            self.fields["sentence"].required, self.fields["sentence"].label = True, _("Your question")
            self.fields["sentence"].widget.attrs["autofocus"] = True

    def clean_sentence(self) -> str:
        return " ".join(self.cleaned_data["sentence"].split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("reason") == Reason.OTHER and not data.get("sentence"):
            self.add_error("sentence", _("Say in a sentence what the reason is."))
        return data


class RevokeForm(forms.Form):
    """Why a badge is taken back; its member reads it."""

    sentence = forms.CharField(
        max_length=SENTENCE, widget=forms.Textarea(attrs={"rows": 3}), label=_("Why, in a sentence that they read")
    )

    def clean_sentence(self) -> str:
        return " ".join(self.cleaned_data["sentence"].split())


class NoteForm(forms.Form):
    """A word among moderators."""

    text = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label=_("A note for moderators"))


class ConflictForm(forms.Form):
    """Why one stands aside."""

    kind = forms.ChoiceField(label=_("Why"), choices=Conflict.Kind.choices)
