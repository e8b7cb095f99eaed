from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from community.filters import TownFilterSet


def read_address(query: QueryDict) -> QueryDict:
    """What an address asks of a list: near somewhere and no order said means nearest first."""
    asked = query.copy()
    if asked.get("near") and not asked.get("ordering"):
        asked["ordering"] = "distance"
    return asked


class Browsed:
    """A page that looks at a list through the filters in its address.

    A filter that cannot be read makes it a 400 that says so and shows nothing. What is
    no filter at all is ignored: others add words of theirs to links.
    """

    filterset_class: ClassVar[type[TownFilterSet]]
    request: HttpRequest

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()  # type: ignore[misc]  # of the view it is mixed into
        self.filter = self.filterset_class(read_address(self.request.GET), queryset=rows)
        return self.filter.qs if self.filter.is_valid() else rows.none()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"filter": self.filter}  # type: ignore[misc]  # of the view it is mixed into

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        status = 200 if self.filter.is_valid() else 400
        return super().render_to_response(context, status=status, **options)  # type: ignore[misc]  # of the view it is mixed into


@dataclass(frozen=True, slots=True)
class Wished:
    """The first of what a wish finds in one list, and the words whose spelling was forgiven."""

    rows: Sequence[Any]
    corrected: Mapping[str, str]


def wished(asked: TownFilterSet, *, most: int) -> Wished:
    """Ask a list for a wish; what cannot be read finds nothing."""
    if not asked.is_valid():
        return Wished((), {})
    rows = list(asked.qs[:most])
    return Wished(rows, asked.wish.corrected if asked.wish else {})
