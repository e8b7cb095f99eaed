"""The sections of a profile as forms: each takes what was typed, on a page or in the API, and says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.functional import cached_property
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from community.contacts import Contact, contacts_in
from community.models import (
    Arrival,
    Bio,
    Borough,
    Culture,
    Heritage,
    HomeArea,
    Interests,
    Language,
    Languages,
    LegalName,
    Place,
    Portrait,
    Profile,
    Visibility,
)
from community.models.sections import FIRST_YEAR, MOST_INTERESTS, MOST_LANGUAGES, MOST_REGIONS
from community.names import clean_name
from community.pictures import PreparedPicture
from community.profiles import keep_portrait, remove_portrait, standing_consent, tell_heritage
from community.resolve import POSTCODE, find_district
from community.vocabulary import interests_by_theme, nations


class Option(NamedTuple):
    """One box to tick."""

    value: str
    words: str
    is_chosen: bool


class Group(NamedTuple):
    """Boxes that belong together; without a name where there is one group alone."""

    name: str
    options: list[Option]

    @property
    def has_chosen(self) -> bool:
        return any(option.is_chosen for option in self.options)


class ProfileForm(forms.ModelForm):
    """A part of a member's profile. In ``public_texts`` others should find no way to reach them, unless they say so."""

    name: ClassVar[str]  # in addresses, templates and the API
    public_texts: ClassVar[tuple[str, ...]] = ()
    many: ClassVar[str] = ""  # the field of boxes to tick, where there is one

    class Meta:
        model: type[Model] = Profile
        fields: tuple[str, ...] = ()

    publish_anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, files: Any = None, *, profile: Profile) -> None:
        self.profile = profile
        self.before = self.standing(profile)
        # By its key: given the profile itself, the empty row would at once stand on it.
        instance = self.before or self._meta.model(profile_id=profile.pk)
        super().__init__(data, files, instance=instance, label_suffix="")

    @classmethod
    def standing(cls, profile: Profile) -> Any | None:
        """What they say there now, if anything. Of a profile read ``with_sections`` it asks nothing."""
        return getattr(profile, cls._meta.model._meta.model_name or "", None)

    @classmethod
    def changed(cls, profile: Profile, changes: Mapping[str, Any]) -> ProfileForm:
        """The form as it stands with a few fields changed."""
        form = cls(profile=profile)
        data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        return cls(data | dict(changes), profile=profile)

    @property
    def is_told(self) -> bool:
        """Whether anything would be left to keep; else the section is removed."""
        return True

    @cached_property
    def contacts(self) -> list[Contact]:
        """Ways to reach them that others would find in what they typed."""
        if self.data.get("visibility") == Visibility.PRIVATE:
            return []
        return contacts_in(*(self.data.get(name) for name in self.public_texts))

    @property
    def groups(self) -> list[Group]:
        """The boxes to tick, as they stand."""
        chosen = set(self[self.many].value() or ())
        groups: list[Group] = []
        for value, words in self.fields[self.many].choices:  # type: ignore[attr-defined]  # a ChosenField
            options = words if isinstance(words, list) else [(value, words)]
            told = [Option(slug, str(label), slug in chosen) for slug, label in options]
            if isinstance(words, list) or not groups:
                groups.append(Group(str(value) if isinstance(words, list) else "", told))
            else:
                groups[0].options.extend(told)
        return groups

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.contacts and not data.get("publish_anyway") and not self.errors:
            raise ValidationError(_("There are ways to reach you in this text."), code="contact_details")
        return data

    def keep(self) -> None:
        """Store what was typed, or remove the section if nothing was."""
        if self.is_told:
            self.store(self.save(commit=False))
        elif self.before:
            self.remove(self.instance)

    def store(self, row: Any) -> None:
        row.save()

    def remove(self, row: Any) -> None:
        row.delete()


class NameForm(ProfileForm):
    """What they are called, who may know that they are here, and who may write to them."""

    name = "name"
    public_texts = ("display_name",)

    class Meta:
        model = Profile
        fields = ("display_name", "visibility", "contact")
        widgets = {"visibility": forms.RadioSelect, "contact": forms.RadioSelect}
        labels = {"visibility": _("Who may know that you are here"), "contact": _("Who may write to you")}
        help_texts = {"display_name": _("What others call you. It need not be your legal name.")}

    def clean_display_name(self) -> str:
        return clean_name(self.cleaned_data["display_name"])

    @classmethod
    def standing(cls, profile: Profile) -> Profile:
        return profile

    def store(self, row: Profile) -> None:
        row.save(update_fields=["display_name", "visibility", "contact"])


class LegalNameForm(ProfileForm):
    """The names on their documents."""

    name = "legal_names"

    class Meta:
        model = LegalName
        fields = ("given_names", "family_names")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in ("given_names", "family_names"):
            self.fields[field].required = False

    def clean_given_names(self) -> str:
        return self.clean_legal("given_names")

    def clean_family_names(self) -> str:
        return self.clean_legal("family_names")

    def clean_legal(self, field: str) -> str:
        given = self.cleaned_data[field]
        return clean_name(given) if given else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and bool(data.get("given_names")) != bool(data.get("family_names")):
            missing = "family_names" if data.get("given_names") else "given_names"
            self.add_error(missing, ValidationError(_("Give both, or leave both empty."), code="required"))
        return data

    @property
    def is_told(self) -> bool:
        return bool(self.cleaned_data["given_names"])


class ChosenField(forms.MultipleChoiceField):
    """Any of the slugs of a vocabulary, each once; choices come in groups and are read when the form is made."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"too_many": _("Choose up to %(limit)d.")}

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.most = most

    def clean(self, value: Any) -> list[str]:
        given = list(dict.fromkeys(value or ()))
        if len(given) > self.most:  # before each is looked at: there may be ten thousand
            raise ValidationError(self.error_messages["too_many"], code="too_many", params={"limit": self.most})
        return super().clean(given)


class SectionForm(ProfileForm):
    """A part of a profile with a visibility of its own."""

    class Meta:
        fields: tuple[str, ...] = ("visibility",)
        widgets: dict[str, Any] = {"visibility": forms.RadioSelect}
        labels: dict[str, Any] = {"visibility": _("Who sees this")}


class BioForm(SectionForm):
    name = "bio"
    public_texts = ("text_pt", "text_en")

    class Meta(SectionForm.Meta):
        model = Bio
        fields = ("text_pt", "text_en", "visibility")
        labels = SectionForm.Meta.labels | {"text_pt": _("In Portuguese"), "text_en": _("In English")}
        widgets = SectionForm.Meta.widgets | {
            "text_pt": forms.Textarea(attrs={"rows": 8, "lang": "pt"}),
            "text_en": forms.Textarea(attrs={"rows": 8, "lang": "en"}),
        }

    @property
    def is_told(self) -> bool:
        return bool(self.cleaned_data["text_pt"] or self.cleaned_data["text_en"])


class HeritageForm(SectionForm):
    name = "heritage"
    many = "regions"

    regions = ChosenField(most=MOST_REGIONS, label=_("Where your family is from"))
    consents = forms.BooleanField(required=False)

    class Meta(SectionForm.Meta):
        model = Heritage
        fields = ("regions", "visibility")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["regions"].choices = nations()  # type: ignore[attr-defined]  # a ChosenField

    @cached_property
    def has_consented(self) -> bool:
        """Whether their consent stands already."""
        return standing_consent(self.profile.member) is not None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("regions") and not data.get("consents") and not self.has_consented:
            words = _("We keep this only with your consent: tick the box, or leave all regions empty.")
            self.add_error("consents", ValidationError(words, code="consent_needed"))
        return data

    @property
    def is_told(self) -> bool:
        return bool(self.cleaned_data["regions"])

    def store(self, row: Heritage) -> None:
        tell_heritage(row, consents=self.cleaned_data["consents"], at=now())


class InterestsForm(SectionForm):
    name = "interests"
    many = "chosen"

    chosen = ChosenField(most=MOST_INTERESTS, label=_("What you like to do or talk about"))

    class Meta(SectionForm.Meta):
        model = Interests
        fields = ("chosen", "visibility")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["chosen"].choices = interests_by_theme()  # type: ignore[attr-defined]  # a ChosenField

    @property
    def is_told(self) -> bool:
        return bool(self.cleaned_data["chosen"])


class CultureForm(SectionForm):
    name = "culture"
    many = "celebrations"

    celebrations = ChosenField(
        most=len(Culture.Celebration), label=_("What you celebrate"), choices=Culture.Celebration.choices
    )

    class Meta(SectionForm.Meta):
        model = Culture
        fields = ("fluency", "meeting", "celebrations", "visibility")
        labels = SectionForm.Meta.labels | {"fluency": _("Your Portuguese"), "meeting": _("You like to meet")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("fluency", "meeting"):
            _unsaid, *choices = self.fields[name].choices  # type: ignore[attr-defined]  # a choice field
            self.fields[name].choices = [("", _("I would rather not say")), *choices]  # type: ignore[attr-defined]

    @property
    def is_told(self) -> bool:
        return any(self.cleaned_data[name] for name in ("fluency", "meeting", "celebrations"))


class ArrivalForm(SectionForm):
    name = "arrival"

    class Meta(SectionForm.Meta):
        model = Arrival
        fields = ("year", "visibility")

    year = forms.IntegerField(
        required=False,
        label=_("The year in which London became home"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4, "class": "short"}),
        error_messages={"invalid": _("Write a year, like 2004.")},
    )

    def clean_year(self) -> int | None:
        year = self.cleaned_data["year"]
        if year is not None and not FIRST_YEAR <= year <= localdate().year:
            words = _("Give a year from %(first)d to this one.")
            raise ValidationError(words, code="out_of_range", params={"first": FIRST_YEAR})
        return year

    @property
    def is_told(self) -> bool:
        return self.cleaned_data["year"] is not None


class HomeAreaForm(SectionForm):
    """A borough, or a postcode district; of a whole postcode only the district is ever kept."""

    name = "home_area"

    borough = forms.ModelChoiceField(
        Borough.objects.only("slug", "name"),
        to_field_name="slug",
        required=False,
        label=_("Borough"),
        empty_label=_("I would rather not say"),
    )
    district = forms.CharField(
        required=False,
        max_length=20,
        label=_("Postcode district"),
        help_text=_("Like SW8. Of a whole postcode we keep only the district."),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "short"}),
    )

    class Meta(SectionForm.Meta):
        model = HomeArea
        fields = ("visibility",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["borough"] = self.before.borough.slug if self.before else ""
        self.initial["district"] = self.before.district.name if self.before and self.before.district else ""

    def clean_district(self) -> Place | None:
        compact = "".join(self.cleaned_data["district"].split()).upper()
        if not compact:
            return None
        whole = POSTCODE.fullmatch(compact)
        found = find_district(whole["outward"] if whole else compact)
        if found is None:
            raise ValidationError(_("We do not know this postcode district in London."), code="unknown_district")
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if (district := data.get("district")) and not data.get("borough"):
            data["borough"] = district.borough
            if district.borough is None:
                self.add_error("borough", ValidationError(_("Choose the borough too."), code="required"))
        return data

    @property
    def is_told(self) -> bool:
        return bool(self.cleaned_data["borough"])

    def store(self, row: HomeArea) -> None:
        row.borough, row.district = self.cleaned_data["borough"], self.cleaned_data["district"]
        row.save()


class LanguagesForm(SectionForm):
    name = "languages"
    many = "chosen"

    chosen = ChosenField(most=MOST_LANGUAGES, label=_("Languages you speak"))

    class Meta(SectionForm.Meta):
        model = Languages
        fields = ("chosen", "visibility")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["chosen"].choices = [(row.tag, str(row)) for row in Language.objects.all()]  # type: ignore[attr-defined]

    @property
    def is_told(self) -> bool:
        return bool(self.cleaned_data["chosen"])


class PortraitForm(SectionForm):
    name = "portrait"

    remove_picture = forms.BooleanField(required=False, label=_("Remove the picture"))

    class Meta(SectionForm.Meta):
        model = Portrait
        fields = ("picture", "picture_alt_pt", "picture_alt_en", "visibility")
        widgets = SectionForm.Meta.widgets | {"picture": forms.FileInput}
        labels = SectionForm.Meta.labels | {
            "picture": _("A picture of you"),
            "picture_alt_pt": _("What the picture shows, in Portuguese"),
            "picture_alt_en": _("What the picture shows, in English"),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not isinstance(data.get("picture"), PreparedPicture):
            data.pop("picture", None)  # the one that stands: set once more, its file would be opened for its size
        return data

    def _get_validation_exclusions(self) -> set[str]:
        # For the same reason; its field has looked at it.
        return super()._get_validation_exclusions() | {"picture"}  # type: ignore[misc]  # unknown to the stubs

    @property
    def portrait_stands(self) -> bool:
        """Whether there is one to be replaced or removed."""
        return bool(self.initial.get("picture"))

    @property
    def is_told(self) -> bool:
        return bool(self.instance.picture) and not self.cleaned_data["remove_picture"]

    def store(self, row: Portrait) -> None:
        keep_portrait(row)

    def remove(self, row: Portrait) -> None:
        remove_portrait(Portrait.objects.get(pk=row.pk))  # as stored: a new file may have been typed besides


FORMS: dict[str, type[ProfileForm]] = {
    form.name: form
    for form in (
        NameForm,
        PortraitForm,
        BioForm,
        HeritageForm,
        InterestsForm,
        LanguagesForm,
        CultureForm,
        ArrivalForm,
        HomeAreaForm,
        LegalNameForm,
    )
}
