from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from businesses.hours import next_change
from businesses.models import Business
from community.addresses import absolute
from community.serializers import (
    POINT_SCHEMA,
    PictureSerializer,
    Shaped,
    TermSerializer,
    TranslatedSerializer,
    clock,
    fallback_schema,
    geojson_point,
    metres,
    translations_schema,
)

TRANSLATED = {"description": "description"}


class RatingSerializer(serializers.Serializer):
    """The mean of members' stars, and of how many; null while nobody has given any."""

    average = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()


class BusinessSerializer(TranslatedSerializer):
    """A place that serves Portuguese speakers."""

    id = serializers.UUIDField()
    url = serializers.URLField()
    page = serializers.URLField()
    name = serializers.CharField()
    description = serializers.CharField()
    _fallback = Shaped(fallback_schema(TRANSLATED))
    translations = Shaped(translations_schema(TRANSLATED), required=False)
    type = TermSerializer()
    specialties = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    address = serializers.CharField()
    postcode = serializers.CharField()
    borough = serializers.CharField(allow_null=True)
    location = Shaped(POINT_SCHEMA)
    phone = serializers.CharField(allow_null=True)
    website = serializers.CharField(allow_null=True)
    opening_hours = serializers.CharField(help_text=gettext_lazy("OpenStreetMap syntax; empty where not known"))
    open_now = serializers.BooleanField(allow_null=True, help_text=gettext_lazy("Null where the hours are not known"))
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    price_band = serializers.IntegerField(allow_null=True, min_value=1, max_value=4)
    accessible = serializers.BooleanField(allow_null=True)
    verified = serializers.BooleanField()
    rating = RatingSerializer()
    confirmed_at = serializers.DateField(allow_null=True)
    image = PictureSerializer(allow_null=True)
    updated_at = serializers.DateTimeField()
    distance_m = serializers.IntegerField(required=False, help_text=gettext_lazy("Only with `near`"))

    translated = TRANSLATED

    def to_representation(self, instance: Business) -> dict[str, Any]:
        texts = self.texts(instance)
        return {
            "id": str(instance.pk),
            "url": absolute(reverse("api:business", args=[instance.pk])),
            "page": absolute(instance.get_absolute_url()),
            "name": instance.name,
            **texts,
            "type": TermSerializer().to_representation(instance.type),
            "specialties": [specialty.slug for specialty in instance.known_for],
            "languages": [language.tag for language in instance.spoken_languages],
            "address": instance.address,
            "postcode": instance.postcode,
            "borough": instance.borough.name if instance.borough else None,
            "location": geojson_point(instance.location),
            "phone": instance.phone.as_e164 if instance.phone else None,
            "website": instance.website or None,
            "opening_hours": instance.opening_hours,
            **opening(instance.opening_hours, at=self.context.get("at") or now()),
            "price_band": instance.price_band,
            "accessible": instance.accessible,
            "verified": instance.is_verified,
            "rating": {"average": None, "count": 0},  # members cannot give stars yet
            "confirmed_at": instance.confirmed_at.isoformat() if instance.confirmed_at else None,
            "image": PictureSerializer().to_representation(instance) if instance.picture else None,
            "updated_at": clock(instance.updated_at),
            **metres(instance),
        }


def opening(expression: str, *, at: datetime) -> dict[str, Any]:
    """Whether hours contain a moment, and when that changes next, as the API says it."""
    if not expression:
        return {"open_now": None, "opens_at": None, "closes_at": None}
    is_open, change = next_change(expression, at)
    moment = clock(change) if change else None
    return {"open_now": is_open, "opens_at": None if is_open else moment, "closes_at": moment if is_open else None}
