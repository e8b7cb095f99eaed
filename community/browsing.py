from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from community.asides import PERHAPS_OPEN, SPOKEN
from community.clock import TIMES
from community.filters import TownFilterSet


class Browsed:
    """A page that looks at a list through the filters in its address.

    A filter that cannot be read makes it a 400 that says so and shows nothing. What is
    no filter at all is ignored: others add words of theirs to links.
    """

    filterset_class: ClassVar[type[TownFilterSet]]
    request: HttpRequest

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()  # type: ignore[misc]  # of the view it is mixed into
        self.filter = self.filterset_class(self.request.GET, queryset=rows, for_people=True)
        return self.filter.qs if self.filter.is_valid() else rows.none()

    def get_paginator(self, queryset: Any, per_page: int, *args: Any, **options: Any) -> Any:
        """Pages of what was found, in its order to the last; of what has been read already, as it is."""
        if isinstance(queryset, QuerySet) and self.filter.is_valid():
            options["order"] = self.filter.order
        return super().get_paginator(queryset, per_page, *args, **options)  # type: ignore[misc]  # of the view it is mixed into

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"filter": self.filter}  # type: ignore[misc]  # of the view it is mixed into

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        status = 200 if self.filter.is_valid() else 400
        return super().render_to_response(context, status=status, **options)  # type: ignore[misc]  # of the view it is mixed into


@dataclass(frozen=True, slots=True)
class Wished:
    """The first of what a wish finds in one list, and the filters that found it."""

    rows: Sequence[Any]
    filter: TownFilterSet

    @property
    def is_exact(self) -> bool:
        """Whether all that was asked for was found, and not only some of its words."""
        return bool(self.rows) and not (self.filter.wish and self.filter.wish.is_loose)

    @property
    def is_meant(self) -> bool:
        """Whether the wish says something that can be true of this list alone: "open now" is no event."""
        wish = self.filter.wish
        return bool(wish and (wish.wants & self.filter.heeded) - SPOKEN.keys() - TIMES - {PERHAPS_OPEN})


def wished(asked: TownFilterSet, *, most: int, shown: Callable[[Any], Sequence[Any]]) -> Wished:
    """Ask a list for a wish, and show the first of what it finds; what cannot be read finds nothing."""
    return Wished(shown(asked.first(most)) if asked.is_valid() else (), asked)
