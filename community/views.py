from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import DetailView, ListView, TemplateView

from community import guidelines, patterns, townscape
from community.filters import TownFilterSet
from community.identity import asks_first
from community.models import Borough, Place

YEAR = timedelta(days=365)


class Home(TemplateView):
    """The square itself: this weekend, near me, open now."""

    template_name = "home.html"


class About(TemplateView):
    """What this town is, for whom, and how to be in it."""

    template_name = "about.html"


class Guidelines(TemplateView):
    """What members agree to; see ``community.guidelines``."""

    template_name = "guidelines.html"
    extra_context = {"version": guidelines.VERSION}


class Privacy(TemplateView):
    """What is kept about whom, and what is not."""

    template_name = "privacy.html"


@asks_first
@require_safe
@cache_control(public=True, max_age=int(YEAR.total_seconds()), immutable=True)
def tile(request: HttpRequest, family: str, seed: str) -> HttpResponse:
    """A picture made of tiles; its address carries the version of the drawing."""
    return HttpResponse(patterns.tile_svg(family, seed), content_type="image/svg+xml")


@asks_first
@require_safe
@cache_control(public=True, max_age=3600)
def outlines(request: HttpRequest) -> HttpResponse:
    """The shapes of the boroughs and the line of the river, as GeoJSON for the map."""
    return HttpResponse(townscape.as_geojson(), content_type="application/geo+json")


@csrf_exempt  # it changes colours and nothing else, and a token would put a cookie on every page of every stranger
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark in a cookie and go back to where the reader was."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = reverse("home")
    response = HttpResponseRedirect(back)
    if (choice := request.POST.get("theme")) in {"light", "dark"}:
        response.set_cookie("theme", choice, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True)
    return response


class Search(TemplateView):
    """What the whole town has for a wish: events and businesses on one page."""

    template_name = "search.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked: TownFilterSet = TownFilterSet(request.GET, queryset=Place.objects.none(), for_people=True)
        return self.render_to_response({"filter": asked}, status=200 if asked.is_valid() else 400)


class Places(ListView):
    """Every borough with its neighbourhoods; with ``near``, what is around that place instead.

    A place that nobody knows is a 400 that says so.
    """

    template_name = "places/list.html"
    context_object_name = "boroughs"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.filter: TownFilterSet = TownFilterSet(request.GET, queryset=Place.objects.none(), for_people=True)
        if self.filter.is_valid() and self.filter.around:
            return render(request, "places/detail.html", {"place": self.filter.around})
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Borough]:
        neighbourhoods = Place.objects.filter(kind=Place.Kind.NEIGHBOURHOOD)
        boroughs = Borough.objects.defer("outline", "centre")
        return boroughs.prefetch_related(Prefetch("places", neighbourhoods, to_attr="neighbourhoods"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"filter": self.filter}

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return super().render_to_response(context, status=200 if self.filter.is_valid() else 400, **options)


class PlaceDetail(DetailView):
    """What is on and what is open around one place."""

    template_name = "places/detail.html"
    queryset = Place.objects.select_related("borough").defer("borough__outline")
