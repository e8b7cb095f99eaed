from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from community.answers import Endpoint, refusal
from community.resolve import LONGEST, find_places
from community.serializers import PlaceSerializer


class Places(Endpoint):
    """Suggests places while someone types: postcodes, districts, boroughs, neighbourhoods; at most ten."""

    parameters = frozenset({"q"})

    @extend_schema(
        operation_id="places",
        responses=PlaceSerializer(many=True),
        parameters=[
            OpenApiParameter(
                "q",
                {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": r"\S"},
                required=True,
                description=gettext_lazy("The beginning of a name or of a postcode"),
            )
        ],
    )
    def get(self, request: Request) -> Response:
        given = request.GET.getlist("q")
        if len(given) != 1 or not given[0].strip():
            raise refusal("q", "required", _("Say once what to look for."))
        if len(given[0]) > LONGEST:
            raise refusal("q", "max_length", _("Use at most %(limit)d characters.") % {"limit": LONGEST})
        return Response([PlaceSerializer().to_representation(place) for place in find_places(given[0])])


class Nothing(Endpoint):
    """Any address under the API that is none."""

    @extend_schema(exclude=True)
    def get(self, request: Request, rest: str = "") -> Response:
        raise NotFound

    def check_parameters(self, request: Request) -> None:
        raise NotFound
