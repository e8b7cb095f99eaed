from __future__ import annotations

from typing import Any

from businesses.models import Business, BusinessQuerySet
from businesses.templatetags.opening import opening, whereabouts
from community.models.places import LATITUDE, LONGITUDE

MOST = 400


def pins_of(businesses: BusinessQuerySet) -> dict[str, Any]:
    """The first businesses of a search as GeoJSON; ``more`` says that there are others."""
    rows = list(
        businesses.select_related("type", "borough")
        .annotate(longitude=LONGITUDE, latitude=LATITUDE)  # read by PostgreSQL: a Point for each takes longer
        .only(
            "slug", "name", "address", "postcode", "opening_hours",
            "type__slug", "type__name_pt", "type__name_en", "type__group", "borough__name",
        )[: MOST + 1]
    )  # fmt: skip
    return {
        "type": "FeatureCollection",
        "features": [_pin(row, row.longitude, row.latitude) for row in rows[:MOST]],
        "more": len(rows) > MOST,
    }


def _pin(business: Business, longitude: float, latitude: float) -> dict[str, Any]:
    now = opening(business)
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(longitude, 5), round(latitude, 5)]},
        "properties": {
            "title": business.name,
            "page": business.get_absolute_url(),
            "glyph": business.type.group,
            "facts": [str(business.type), whereabouts(business), *([now.words] if now else [])],
        },
    }
