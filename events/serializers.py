from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy
from rest_framework import serializers

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
from events.models import Event

TRANSLATED = {
    "title": "title",
    "description": "description",
    "cultural_significance": "cultural_significance",
}


class VenueSerializer(serializers.Serializer):
    """Where it is on: its own address, or that of a business."""

    name = serializers.CharField()
    address = serializers.CharField()
    postcode = serializers.CharField()
    borough = serializers.CharField(allow_null=True)
    business = serializers.UUIDField(allow_null=True)
    location = Shaped(POINT_SCHEMA, allow_null=True)

    def to_representation(self, instance: Event) -> dict[str, Any]:
        business = instance.business
        borrowed = business if not instance.address else None
        return {
            "name": instance.venue_name or (business.name if business else ""),
            "address": borrowed.address if borrowed else instance.address,
            "postcode": instance.postcode or (borrowed.postcode if borrowed else ""),
            "borough": instance.borough.name if instance.borough else None,
            "business": str(instance.business_id) if instance.business_id else None,
            "location": geojson_point(instance.location),
        }


class PriceSerializer(serializers.Serializer):
    """What it costs."""

    amount = serializers.RegexField(r"^\d+\.\d\d$")
    currency = serializers.ChoiceField(choices=["GBP"])
    free = serializers.BooleanField()

    def to_representation(self, instance: Event) -> dict[str, Any]:
        return {"amount": f"{instance.price:.2f}", "currency": "GBP", "free": instance.is_free}


class OrganizerSerializer(serializers.Serializer):
    """Who puts it on, where their profile is for the reader to see."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    verified = serializers.BooleanField()

    def to_representation(self, instance: Event) -> dict[str, Any]:
        return {
            "id": str(instance.organizer_id),
            "name": instance.organizer_name,
            "verified": instance.organizer_verified_at is not None,
        }


class EventSerializer(TranslatedSerializer):
    """Something that is on: where, when, for whom."""

    id = serializers.UUIDField()
    url = serializers.URLField()
    page = serializers.URLField()
    title = serializers.CharField()
    description = serializers.CharField(help_text=gettext_lazy("Markdown"))
    cultural_significance = serializers.CharField(help_text=gettext_lazy("Markdown"))
    _fallback = Shaped(fallback_schema(TRANSLATED))
    translations = Shaped(translations_schema(TRANSLATED), required=False)
    category = TermSerializer()
    regions = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=Event.Status.values)
    visibility = serializers.ChoiceField(choices=Event.Visibility.values)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    timezone = serializers.CharField()
    series = serializers.UUIDField(allow_null=True)
    venue = VenueSerializer(allow_null=True, help_text=gettext_lazy("Null for what is only online"))
    online_url = serializers.CharField(allow_null=True)
    price = PriceSerializer()
    capacity = serializers.IntegerField(allow_null=True)
    attending = serializers.IntegerField()
    waitlisted = serializers.IntegerField()
    accessible = serializers.BooleanField()
    organizer = OrganizerSerializer(allow_null=True)
    image = PictureSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    distance_m = serializers.IntegerField(required=False, help_text=gettext_lazy("Only with `near`"))

    translated = TRANSLATED

    def to_representation(self, instance: Any) -> dict[str, Any]:  # an event that came by ``with_slugs``
        turnout = getattr(instance, "turnout", None)
        has_venue = instance.location or instance.venue_name or instance.business_id
        return {
            "id": str(instance.pk),
            "url": absolute(reverse("api:event", args=[instance.pk])),
            "page": absolute(instance.get_absolute_url()),
            **self.texts(instance),
            "category": TermSerializer().to_representation(instance.category),
            "regions": instance.region_slugs,
            "languages": instance.language_tags,
            "tags": instance.tag_slugs,
            "status": instance.status,
            "visibility": instance.visibility,
            "starts_at": clock(instance.starts_at, instance.zone),
            "ends_at": clock(instance.ends_at, instance.zone),
            "timezone": instance.timezone,
            "series": None,
            "venue": VenueSerializer().to_representation(instance) if has_venue else None,
            "online_url": instance.online_url or None,
            "price": PriceSerializer().to_representation(instance),
            "capacity": instance.capacity,
            "attending": turnout.attending if turnout else 0,
            "waitlisted": turnout.waitlisted if turnout else 0,
            "accessible": instance.is_accessible,
            "organizer": OrganizerSerializer().to_representation(instance) if instance.organizer_name else None,
            "image": PictureSerializer().to_representation(instance) if instance.picture else None,
            "created_at": clock(instance.created_at),
            "updated_at": clock(instance.updated_at),
            **metres(instance),
        }
