"""What the map draws where there are no tiles: boroughs and the river between them."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON

from community.gazetteer import THAMES
from community.models import Borough

PRECISION = 4  # decimals of a degree: eleven metres


def as_geojson() -> str:
    """The outlines of the boroughs, each with its name and centre, and the Thames, as a FeatureCollection."""
    boroughs = Borough.objects.exclude(outline=None).annotate(shape=AsGeoJSON("outline", precision=PRECISION))
    features = [
        _feature(json.loads(row.shape), kind="borough", name=row.name, centre=_lat_lng(row)) for row in boroughs
    ]
    river = {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in THAMES]}
    features.append(_feature(river, kind="river", name="Thames"))
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _lat_lng(borough: Borough) -> list[float]:
    return [round(borough.centre.y, PRECISION), round(borough.centre.x, PRECISION)]
