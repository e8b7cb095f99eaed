"""Matching in the API: one's own matches, and how one matches another member."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from community.answers import Endpoint, InScope
from community.matching import best_matches, compatibility_with
from community.matching_serializers import CompatibilitySerializer, MatchesSerializer, MatchSerializer

READS = {"GET": "profile:read", "HEAD": "profile:read", "OPTIONS": "profile:read"}


class Matches(Endpoint):
    """Members who share something with the caller, best first, at most 20; both must have opted in.

    Only what each of the two shows the other is compared.
    """

    permission_classes = [InScope]
    is_private = True
    scopes = READS

    @extend_schema(operation_id="my_matches", responses=MatchesSerializer)
    def get(self, request: Request) -> Response:
        rows = [MatchSerializer().to_representation(match) for match in best_matches()]
        return Response({"next": None, "previous": None, "results": rows})


class Compatibility(Endpoint):
    """How the caller and another member match. Not there unless both opted in and each may see the other."""

    permission_classes = [InScope]
    is_private = True
    scopes = READS

    @extend_schema(operation_id="compatibility", responses=CompatibilitySerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        common = compatibility_with(pk)
        if common is None:
            raise NotFound
        return Response(CompatibilitySerializer().to_representation(common))
