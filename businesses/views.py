from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView

from businesses.filters import BusinessFilter
from businesses.models import Business
from businesses.pins import pins_of
from community.browsing import Browsed
from community.paging import LookAhead


class BusinessList(Browsed, ListView):
    """Who serves in Portuguese, by name, or nearest first where the reader says where."""

    template_name = "businesses/list.html"
    queryset = Business.objects.for_lists()
    filterset_class = BusinessFilter
    paginator_class = LookAhead
    paginate_by = 24

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"businesses": context["page_obj"].object_list}


class BusinessMap(Browsed, ListView):
    """The map of businesses; its pins come from ``pins``."""

    template_name = "businesses/map.html"
    model = Business
    filterset_class = BusinessFilter


@require_safe
def pins(request: HttpRequest) -> JsonResponse:
    """What the filters find, as pins for the map; 400 if they cannot be read."""
    asked = BusinessFilter(request.GET, queryset=Business.objects.all(), for_people=True)
    if not asked.is_valid():
        return JsonResponse({"detail": _("These filters cannot be read.")}, status=400)
    return JsonResponse(pins_of(asked.qs))


class BusinessDetail(DetailView):
    """One business: when it is open, which languages it speaks, where it is."""

    template_name = "businesses/detail.html"

    def get_queryset(self) -> QuerySet[Business]:
        return Business.objects.for_lists()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"spoken": self.object.spoken.select_related("language")}
