from __future__ import annotations

from typing import Any

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
        .select_related("category", "business", "borough")
        .annotate(longitude=LONGITUDE, latitude=LATITUDE)  # read by PostgreSQL: a Point for each takes longer
        .only(
            "slug", "title_pt", "title_en", "starts_at", "ends_at", "timezone", "price_pence", "venue_name", "postcode",
            "category__slug", "business__name", "borough__name",
        )
        .order_by("starts_at", "pk")
    )  # fmt: skip
    return {
        "type": "FeatureCollection",
        "features": [
            _pin(event, event.longitude, event.latitude)
            for event in events
            if event.longitude is not None  # moved online since the posting was read
        ],
        "more": len(found) > MOST,
    }


def _pin(event: Event, longitude: float, latitude: float) -> dict[str, Any]:
    title = told(event, "title")
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(longitude, 5), round(latitude, 5)]},
        "properties": {
            "title": title.text,
            "lang": title.language,
            "page": event.get_absolute_url(),
            "glyph": event.category.slug,
            "facts": [when(event), venue(event), pounds(event.price_pence)],
        },
    }
