from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from community.addresses import pages_by_slug
from community.models import Borough
from community.models.places import LATITUDE, LONGITUDE
from community.templatetags.town import pounds, when
from community.translated import told
from events.models import Event, PostingQuerySet
from events.templatetags.board import venue

MOST = 400


def pins_of(postings: PostingQuerySet) -> dict[str, Any]:
    """The first events of a search that have a place, as GeoJSON; ``more`` says that there are others."""
    found = list(postings.exclude(location=None).values_list("pk", flat=True)[: MOST + 1])
    events = (
        Event.objects.filter(pk__in=found[:MOST])
        .select_related("business")
        .prefetch_related("category", Prefetch("borough", Borough.objects.only("name")))  # few, again and again
        .annotate(longitude=LONGITUDE, latitude=LATITUDE)  # read by PostgreSQL: a Point for each takes longer
        .only(
            "slug", "title_pt", "title_en", "starts_at", "ends_at", "timezone", "price_pence", "venue_name", "postcode",
            "category", "business__name", "borough",
        )
        .order_by("starts_at", "pk")
    )  # fmt: skip
    page = pages_by_slug("events:detail")
    return {
        "type": "FeatureCollection",
        "features": [
            _pin(event, page(event.slug), event.longitude, event.latitude)
            for event in events
            if event.longitude is not None  # moved online since the posting was read
        ],
        "more": len(found) > MOST,
    }


def _pin(event: Event, page: str, longitude: float, latitude: float) -> dict[str, Any]:
    title = told(event, "title")
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(longitude, 5), round(latitude, 5)]},
        "properties": {
            "title": title.text,
            "lang": title.language,
            "page": page,
            "glyph": event.category.slug,
            "facts": [when(event), venue(event), pounds(event.price_pence)],
        },
    }
