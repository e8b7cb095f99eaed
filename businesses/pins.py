from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from businesses.models import Business, BusinessQuerySet
from businesses.templatetags.opening import opening, whereabouts
from community.addresses import pages_by_slug
from community.models import Borough
from community.models.places import LATITUDE, LONGITUDE

MOST = 400


def pins_of(businesses: BusinessQuerySet) -> dict[str, Any]:
    """The first businesses of a search as GeoJSON; ``more`` says that there are others."""
    rows = list(
        businesses.prefetch_related("type", Prefetch("borough", Borough.objects.only("name")))  # few, again and again
        .annotate(longitude=LONGITUDE, latitude=LATITUDE)  # read by PostgreSQL: a Point for each takes longer
        .only("slug", "name", "address", "postcode", "opening_hours", "type", "borough")[: MOST + 1]
    )
    page = pages_by_slug("businesses:detail")
    return {
        "type": "FeatureCollection",
        "features": [_pin(row, page(row.slug), row.longitude, row.latitude) for row in rows[:MOST]],
        "more": len(rows) > MOST,
    }


def _pin(business: Business, page: str, longitude: float, latitude: float) -> dict[str, Any]:
    now = opening(business)
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(longitude, 5), round(latitude, 5)]},
        "properties": {
            "title": business.name,
            "page": page,
            "glyph": business.type.group,
            "facts": [str(business.type), whereabouts(business), *([now.words] if now else [])],
        },
    }
