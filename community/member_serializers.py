"""Members as the API tells of them: others as far as they let one see, oneself in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from community.models import Bio, Culture, Profile, Visibility
from community.models.sections import (
    FIRST_YEAR,
    LONGEST_BIO,
    MOST_CELEBRATIONS,
    MOST_INTERESTS,
    MOST_LANGUAGES,
    MOST_REGIONS,
)
from community.serializers import (
    PictureSerializer,
    Shaped,
    TranslatedSerializer,
    absolute,
    fallback_schema,
    translations_schema,
)

BIO = {"bio": "text"}
CULTURE = ("fluency", "meeting", "celebrations")


class HomeAreaSerializer(serializers.Serializer):
    """Roughly where they live; a person never has a point."""

    borough = serializers.CharField()
    district = serializers.CharField(allow_null=True, help_text=gettext_lazy("A postcode district, like SW8"))


class CultureSerializer(serializers.Serializer):
    """How they like to meet; empty where they have not said."""

    fluency = serializers.ChoiceField(choices=["", *Culture.Fluency.values])
    meeting = serializers.ChoiceField(choices=["", *Culture.Meeting.values])
    celebrations = serializers.ListField(child=serializers.ChoiceField(choices=Culture.Celebration.values))


class MemberSerializer(TranslatedSerializer):
    """A member as far as they let the reader see them: what they keep to themselves is as if it were not there."""

    translated = BIO

    id = serializers.UUIDField()
    url = serializers.URLField()
    page = serializers.URLField()
    name = serializers.CharField()
    verified = serializers.BooleanField(help_text=gettext_lazy("Whether they wear the badge of a verified heritage"))
    picture = PictureSerializer(allow_null=True)
    bio = serializers.CharField(help_text=gettext_lazy("Markdown"))
    _fallback = Shaped(fallback_schema(BIO))
    regions = serializers.ListField(child=serializers.SlugField())
    interests = serializers.ListField(child=serializers.SlugField())
    languages = serializers.ListField(child=serializers.CharField())
    culture = CultureSerializer(allow_null=True)
    in_london_since = serializers.IntegerField(allow_null=True)
    home_area = HomeAreaSerializer(allow_null=True)
    translations = Shaped(translations_schema(BIO), required=False)

    def to_representation(self, instance: Profile) -> dict[str, Any]:
        def section(name: str, field: str, empty: Any) -> Any:
            return getattr(getattr(instance, name, None), field, empty)

        portrait, culture, area = (getattr(instance, name, None) for name in ("portrait", "culture", "homearea"))
        return {
            "id": str(instance.pk),
            "url": absolute(reverse("api:member", kwargs={"pk": instance.pk})),
            "page": absolute(instance.get_absolute_url()),
            "name": instance.display_name,
            "verified": instance.is_verified,
            "picture": PictureSerializer().to_representation(portrait) if portrait and portrait.picture else None,
            **self.texts(getattr(instance, "bio", Bio())),
            "regions": section("heritage", "regions", []),
            "interests": section("interests", "chosen", []),
            "languages": section("languages", "chosen", []),
            "culture": {name: getattr(culture, name) for name in CULTURE} if culture else None,
            "in_london_since": section("arrival", "year", None),
            "home_area": _area(area) if area else None,
        }


def _area(area: Any) -> dict[str, str | None]:
    return {"borough": area.borough.name, "district": area.district.name if area.district else None}


class StrictSerializer(serializers.Serializer):
    """Takes only what it knows, and only where it is given; anything else is refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        known = {name for name, field in self.fields.items() if not field.read_only}
        if isinstance(data, dict) and (unknown := sorted(map(str, set(data) - known))):
            refused = ErrorDetail(_("There is no such field here."), code="unknown_field")
            raise serializers.ValidationError({name[:100]: [refused] for name in unknown[:20]})
        return super().to_internal_value(data)


class SeenSerializer(StrictSerializer):
    """A section of one's own, and who sees it."""

    visibility = serializers.ChoiceField(choices=Visibility.choices)


class OwnBioSerializer(SeenSerializer):
    text_pt = serializers.CharField(max_length=LONGEST_BIO, allow_blank=True)
    text_en = serializers.CharField(max_length=LONGEST_BIO, allow_blank=True)


class OwnHeritageSerializer(SeenSerializer):
    """Kept only while the consent to it stands, which is given on the site."""

    regions = serializers.ListField(child=serializers.SlugField(max_length=50), max_length=MOST_REGIONS)


class OwnInterestsSerializer(SeenSerializer):
    chosen = serializers.ListField(child=serializers.SlugField(max_length=50), max_length=MOST_INTERESTS)


class OwnLanguagesSerializer(SeenSerializer):
    chosen = serializers.ListField(child=serializers.CharField(max_length=12), max_length=MOST_LANGUAGES)


class OwnCultureSerializer(SeenSerializer):
    fluency = serializers.ChoiceField(choices=Culture.Fluency.choices, allow_blank=True)
    meeting = serializers.ChoiceField(choices=Culture.Meeting.choices, allow_blank=True)
    celebrations = serializers.ListField(
        child=serializers.ChoiceField(choices=Culture.Celebration.choices), max_length=MOST_CELEBRATIONS
    )


class OwnArrivalSerializer(SeenSerializer):
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=2100)


class OwnHomeAreaSerializer(SeenSerializer):
    """A borough by its slug, or a postcode district; of a whole postcode only the district is kept."""

    borough = serializers.SlugField(allow_blank=True, max_length=50)
    district = serializers.CharField(allow_blank=True, max_length=20)


class OwnPictureSerializer(SeenSerializer):
    """A picture is handed in on the site; here one says what it shows and who sees it."""

    picture = PictureSerializer(read_only=True)
    picture_alt_pt = serializers.CharField(max_length=200, allow_blank=True)
    picture_alt_en = serializers.CharField(max_length=200, allow_blank=True)


class LegalNamesSerializer(StrictSerializer):
    """The names on one's documents; seen by oneself alone."""

    given_names = serializers.CharField(max_length=120)
    family_names = serializers.CharField(max_length=120)


class MeSerializer(StrictSerializer):
    """One's own profile in full: each section with who sees it, or null where nothing is said.

    In a PATCH only what changes need be given; a section that is null is removed.
    """

    id = serializers.UUIDField(read_only=True)
    url = serializers.URLField(read_only=True)
    page = serializers.URLField(read_only=True)
    verified = serializers.BooleanField(read_only=True)
    name = serializers.CharField(max_length=80)
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    contact = serializers.ChoiceField(choices=Profile.Contact.choices)
    portrait = OwnPictureSerializer(allow_null=True)
    bio = OwnBioSerializer(allow_null=True)
    heritage = OwnHeritageSerializer(allow_null=True)
    interests = OwnInterestsSerializer(allow_null=True)
    languages = OwnLanguagesSerializer(allow_null=True)
    culture = OwnCultureSerializer(allow_null=True)
    arrival = OwnArrivalSerializer(allow_null=True)
    home_area = OwnHomeAreaSerializer(allow_null=True)
    legal_names = LegalNamesSerializer(allow_null=True)
    publish_anyway = serializers.BooleanField(
        write_only=True,
        required=False,
        help_text=gettext_lazy("Show others a text even if it holds a phone number, an address or the like"),
    )

    def to_representation(self, instance: Profile) -> dict[str, Any]:
        told = {
            "id": str(instance.pk),
            "url": absolute(reverse("api:me")),
            "page": absolute(instance.get_absolute_url()),
            "verified": instance.is_verified,
            "name": instance.display_name,
            "visibility": instance.visibility,
            "contact": instance.contact,
        }
        for name, row in SECTION_ROWS.items():
            section = getattr(instance, row, None)
            told[name] = dict(_own(self.fields[name], section)) if section else None
        return told


SECTION_ROWS = {
    "portrait": "portrait",
    "bio": "bio",
    "heritage": "heritage",
    "interests": "interests",
    "languages": "languages",
    "culture": "culture",
    "arrival": "arrival",
    "home_area": "homearea",
    "legal_names": "legalname",
}


def _own(shape: Any, section: Any) -> Iterator[tuple[str, Any]]:
    """The fields of one's own section, with empty texts where there is none."""
    for name in shape.fields:
        if name == "picture":
            yield name, PictureSerializer().to_representation(section)
        elif name == "borough":
            yield name, section.borough.slug
        elif name == "district":
            yield name, section.district.name if section.district else ""
        else:
            value = getattr(section, name)
            yield name, "" if value is None else value
