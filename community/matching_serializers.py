"""Matches as the API tells of them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from community.matching import Common, Match
from community.models import Profile
from community.serializers import PictureSerializer, absolute


class MemberCardSerializer(serializers.Serializer):
    """Another member in short; ``url`` tells what else they let the caller see."""

    id = serializers.UUIDField()
    url = serializers.URLField()
    page = serializers.URLField()
    name = serializers.CharField()
    verified = serializers.BooleanField(help_text=gettext_lazy("Whether they wear the badge of a verified heritage"))
    picture = PictureSerializer(allow_null=True)

    def to_representation(self, instance: Profile) -> dict[str, Any]:
        portrait = getattr(instance, "portrait", None)
        return {
            "id": str(instance.pk),
            "url": absolute(f"{reverse('api:events').removesuffix('events/')}members/{instance.pk}/"),
            "page": absolute(instance.get_absolute_url()),
            "name": instance.display_name,
            "verified": instance.is_verified,
            "picture": PictureSerializer().to_representation(portrait) if portrait and portrait.picture else None,
        }


class ReasonsSerializer(serializers.Serializer):
    """What both say and each may see of the other, by slug."""

    regions = serializers.ListField(child=serializers.SlugField())
    interests = serializers.ListField(child=serializers.SlugField())


class CompatibilitySerializer(serializers.Serializer):
    """How well two members match: the founders' formula over what they share."""

    score = serializers.FloatField(min_value=0, max_value=1)
    reasons = ReasonsSerializer()

    def to_representation(self, instance: Common) -> dict[str, Any]:
        return {"score": instance.score, "reasons": {"regions": instance.regions, "interests": instance.interests}}


class MatchSerializer(CompatibilitySerializer):
    """Another member who wishes to be matched, and why they are here."""

    member = MemberCardSerializer()

    def to_representation(self, instance: Match) -> dict[str, Any]:  # type: ignore[override]
        member = MemberCardSerializer().to_representation(instance.profile)
        return {"member": member, **super().to_representation(instance.common)}


class MatchesSerializer(serializers.Serializer):
    """The best twenty; there are no further pages."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MatchSerializer(many=True)
