"""Outlines of the boroughs for the map: computed from the gazetteer, or simplified from real ones.

Neighbours share their edges in both, so that the map shows neither gaps nor overlaps.
All of it happens in PostGIS, on the British National Grid, where a metre is a metre.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

from community.gazetteer import BOROUGHS, DISTRICTS, NEIGHBOURHOODS, THAMES
from community.models import Borough

TOLERANCE = 50  # metres a simplified edge may stray from the real one: a pixel on a map of all London

# The river leaves the town at both ends, so that it parts north from south.
_RIVER = ((51.405, -0.520), *THAMES, (51.472, 0.400))

_COMPUTE = """
WITH spot AS (
    SELECT code, ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 27700) AS point
      FROM unnest(%(codes)s::text[], %(lons)s::float[], %(lats)s::float[]) AS given(code, lon, lat)
), town AS (
    SELECT ST_ChaikinSmoothing(ST_Buffer(ST_ConcaveHull(ST_Collect(point), 0.25), 1400, 'quad_segs=2'), 2) AS shape
      FROM spot
), bank AS (
    SELECT part.geom AS shape
      FROM town, ST_Dump(ST_Split(shape, ST_Transform(ST_GeomFromText(%(river)s, 4326), 27700))) AS part
), cell AS (
    SELECT bank.shape AS bank, part.geom AS shape
      FROM bank
      JOIN LATERAL (SELECT ST_Collect(point) AS points FROM spot WHERE ST_Contains(bank.shape, point)) AS held ON true
      JOIN LATERAL ST_Dump(ST_VoronoiPolygons(held.points, 0, bank.shape)) AS part ON true
), outline AS (
    SELECT spot.code, ST_Union(ST_Intersection(cell.shape, cell.bank)) AS shape
      FROM cell
      JOIN spot ON ST_Contains(cell.bank, spot.point) AND ST_Contains(cell.shape, spot.point)
     GROUP BY spot.code
)
UPDATE community_borough AS borough
   SET outline = ST_Multi(ST_CollectionExtract(ST_ReducePrecision(ST_Transform(outline.shape, 4326), 0.00001), 3))
  FROM outline
 WHERE borough.code = outline.code AND borough.is_computed
"""

_SIMPLIFY = """
WITH given AS (
    SELECT code,
           ST_MakeValid(ST_SnapToGrid(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(shape), 4326), 27700), 1)) AS shape
      FROM unnest(%(codes)s::text[], %(shapes)s::text[]) AS given(code, shape)
), edge AS (
    -- Each stretch between two corners of three boroughs once, however many boroughs it parts.
    SELECT ST_SimplifyPreserveTopology(part.geom, %(tolerance)s) AS line
      FROM (SELECT ST_LineMerge(ST_Union(ST_Boundary(shape))) AS lines FROM given) AS net, ST_Dump(net.lines) AS part
), noded AS (
    SELECT (ST_Dump(ST_Union(line))).geom AS line FROM edge
), face AS (
    SELECT (ST_Dump(ST_Polygonize(line))).geom AS shape FROM noded
), outline AS (
    SELECT owner.code, ST_Union(face.shape) AS shape
      FROM face
      JOIN LATERAL (
          SELECT given.code FROM given
           WHERE ST_Intersects(given.shape, face.shape)
           ORDER BY ST_Area(ST_Intersection(given.shape, face.shape)) DESC
           LIMIT 1
      ) AS owner ON true
     WHERE ST_Area(face.shape) > 10000
     GROUP BY owner.code
)
UPDATE community_borough AS borough
   SET is_computed = false,
       outline = ST_Multi(ST_CollectionExtract(ST_ReducePrecision(ST_Transform(outline.shape, 4326), 0.0001), 3))
  FROM outline
 WHERE borough.code = outline.code
"""


def compute_outlines() -> int:
    """Draw the boroughs that have no real outline as what lies nearest to their places, each on its bank of the Thames.

    Returns how many it drew.
    """
    spots = [
        (borough.code, spot.lon, spot.lat)
        for borough in BOROUGHS
        for spot in (*NEIGHBOURHOODS[borough.slug], *DISTRICTS[borough.slug])
    ]
    codes, lons, lats = (list(column) for column in zip(*spots, strict=True))
    river = "LINESTRING({})".format(",".join(f"{lon} {lat}" for lat, lon in _RIVER))
    with connection.cursor() as cursor:
        cursor.execute(_COMPUTE, {"codes": codes, "lons": lons, "lats": lats, "river": river})
        return cursor.rowcount


def keep_outlines(shapes: Mapping[str, str], *, tolerance: float = TOLERANCE) -> int:
    """Simplify real outlines (ONS code to GeoJSON geometry) for the map and keep them; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SIMPLIFY, {"codes": list(shapes), "shapes": list(shapes.values()), "tolerance": tolerance})
        return cursor.rowcount


def are_missing() -> bool:
    """Whether some borough cannot be drawn yet."""
    return Borough.objects.filter(outline=None).exists()
