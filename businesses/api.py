from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from businesses.filters import BusinessFilter
from businesses.models import Business
from businesses.serializers import BusinessSerializer
from community.answers import ListEndpoint, RowEndpoint


class BusinessList(ListEndpoint):
    """Businesses that serve Portuguese speakers, by name unless another order is asked for."""

    serializer_class = BusinessSerializer
    filterset_class = BusinessFilter

    def get_queryset(self) -> QuerySet[Business]:
        return Business.objects.for_lists()

    @extend_schema(operation_id="businesses")
    def get(self, request: Request) -> Response:
        return super().get(request)


class BusinessDetail(RowEndpoint):
    """One business."""

    serializer_class = BusinessSerializer

    @extend_schema(operation_id="business", responses=BusinessSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        shape = self.shape()
        return Response(shape.to_representation(get_object_or_404(Business.objects.for_lists(), pk=pk)))
