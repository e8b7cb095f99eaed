from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.gis.geos import Point
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from community.addresses import absolute
from community.clock import LONDON
from community.models import Interest, Language, Place, Region
from community.pictures import Pictured
from community.resolve import Found
from community.translated import LANGUAGES, told

LANGUAGE_SCHEMA = {"type": "string", "enum": list(LANGUAGES)}
NAMES_SCHEMA = {
    "type": "object",
    "properties": {code: {"type": "string"} for code in LANGUAGES},
    "required": list(LANGUAGES),
    "additionalProperties": False,
}


def clock(moment: datetime, zone: ZoneInfo = LONDON) -> str:
    """An instant as RFC 3339 has it, read on the clock of its place."""
    return moment.astimezone(zone).isoformat()


def geojson_point(point: Point | None) -> dict[str, Any] | None:
    """A point as RFC 7946 has it, to about a decimetre."""
    return {"type": "Point", "coordinates": [round(point.x, 6), round(point.y, 6)]} if point else None


def metres(row: Any) -> dict[str, int]:
    """``distance_m``, for a row of a list around a place."""
    distance = getattr(row, "distance", None)
    return {} if distance is None else {"distance_m": round(distance.m)}


class Shaped(serializers.Field):
    """A field whose JSON schema is said outright."""

    def __init__(self, schema: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self._spectacular_annotation = {"field": schema}

    def to_representation(self, value: Any) -> Any:
        return value


POINT_SCHEMA = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": ["Point"]},
        "coordinates": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
            "description": gettext_lazy("Longitude, then latitude, in degrees."),
        },
    },
    "required": ["type", "coordinates"],
}


class TermSerializer(serializers.Serializer):
    """A word of the vocabulary, by its slug and its name in the answer's language."""

    slug = serializers.SlugField()
    name = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, str]:
        return {"slug": instance.slug, "name": told(instance, "name").text}


class PictureSizeSerializer(serializers.Serializer):
    """One size of a picture."""

    url = serializers.URLField()
    width = serializers.IntegerField()


class PictureSerializer(serializers.Serializer):
    """A picture: its largest size, what it shows, and the sizes there are."""

    url = serializers.URLField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField()
    sizes = PictureSizeSerializer(many=True)

    def to_representation(self, instance: Pictured) -> dict[str, Any]:
        sizes = [{"url": absolute(source.url), "width": source.width} for source in instance.sources]
        return {
            "url": sizes[-1]["url"],
            "width": instance.picture_width,
            "height": instance.picture_height,
            "alt": told(instance, "picture_alt").text,
            "sizes": sizes,
        }


class TranslatedSerializer(serializers.Serializer):
    """A row with texts in two languages, shown in one, and saying where it had to be the other.

    ``translated`` names the fields, as the API calls them, and the model's name of each.
    """

    translated: ClassVar[dict[str, str]]

    def texts(self, instance: Any) -> dict[str, Any]:
        """The translated fields, ``_fallback``, and ``translations`` if those were asked for."""
        read = {name: told(instance, field) for name, field in self.translated.items()}
        shown: dict[str, Any] = {name: text.text for name, text in read.items()}
        shown["_fallback"] = {name: text.language for name, text in read.items() if text.is_fallback}
        if self.context.get("translations"):
            shown["translations"] = {
                code: {name: getattr(instance, f"{field}_{code}") or "" for name, field in self.translated.items()}
                for code in LANGUAGES
            }
        return shown


def fallback_schema(fields: dict[str, str]) -> dict[str, Any]:
    """The JSON schema of ``_fallback``: the language of each text that is not in the answer's."""
    return {
        "type": "object",
        "properties": dict.fromkeys(fields, LANGUAGE_SCHEMA),
        "additionalProperties": False,
        "description": gettext_lazy("The language of each text that is missing in the answer's own."),
    }


def translations_schema(fields: dict[str, str]) -> dict[str, Any]:
    """The JSON schema of ``translations``: the texts in every language, empty where missing."""
    texts = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in fields},
        "required": list(fields),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": dict.fromkeys(LANGUAGES, texts),
        "required": list(LANGUAGES),
        "description": gettext_lazy("Only with `translations=true`."),
    }


class PlaceSerializer(serializers.Serializer):
    """A place people may mean by what they type."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[*Place.Kind.values, "postcode", "point"])
    location = Shaped(POINT_SCHEMA)
    borough = serializers.CharField(allow_null=True)

    def to_representation(self, instance: Found) -> dict[str, Any]:
        return {
            "name": instance.name,
            "kind": str(instance.kind),
            "location": geojson_point(instance.location),
            "borough": instance.borough,
        }


class NamedSerializer(serializers.Serializer):
    """A word of the vocabulary: its slug, its name in the answer's language, and in both."""

    slug = serializers.CharField()
    name = serializers.CharField()
    names = Shaped(NAMES_SCHEMA)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {"slug": instance.slug, **names_of(instance)}


class RegionSerializer(NamedSerializer):
    """A nation (``parent`` is null) or a part of one."""

    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # declared, DRF moves it aside
    country = serializers.CharField(help_text=gettext_lazy("ISO 3166-1 alpha-2, empty where there is none"))

    def to_representation(self, instance: Region) -> dict[str, Any]:
        parent = instance.parent.slug if instance.parent else None
        return super().to_representation(instance) | {"parent": parent, "country": instance.country}


class InterestSerializer(NamedSerializer):
    """Something members like to do or talk about."""

    theme = serializers.CharField()

    def to_representation(self, instance: Interest) -> dict[str, Any]:
        return super().to_representation(instance) | {"theme": instance.theme}


class LanguageSerializer(serializers.Serializer):
    """A language by its BCP 47 tag."""

    tag = serializers.CharField()
    name = serializers.CharField()
    names = Shaped(NAMES_SCHEMA)

    def to_representation(self, instance: Language) -> dict[str, Any]:
        return {"tag": instance.tag, **names_of(instance)}


def names_of(instance: Any) -> dict[str, Any]:
    """A name in the answer's language, and in both."""
    return {
        "name": told(instance, "name").text,
        "names": {code: getattr(instance, f"name_{code}") or "" for code in LANGUAGES},
    }
