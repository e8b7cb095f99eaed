from __future__ import annotations

from math import cos, degrees, radians
from typing import Self

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Distance, GeometryDistance
from django.contrib.gis.geos import Point, Polygon
from django.contrib.gis.measure import D
from django.db.models.functions import Abs, Greatest
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from community.search import SearchQuerySet

MAX_RADIUS = D(km=50)
METRES_A_DEGREE = 110_000  # of latitude; a little less than anywhere, so that the box is a little too large

WIDE = D(km=10)  # that holds most of the town: to read an index of places for it takes longer than it saves
HAIR = 1e-9  # degrees: what arithmetic may err by at the very edge of a box

# Of a geography's point, in degrees.
LONGITUDE = models.Func("location", template="ST_X(%(expressions)s::geometry)", output_field=models.FloatField())
LATITUDE = models.Func("location", template="ST_Y(%(expressions)s::geometry)", output_field=models.FloatField())


class PlaceQuerySet(models.QuerySet):
    """Reads for anything with a ``location``: a geography point, longitude then latitude."""

    def near(self, point: Point, *, within: D) -> Self:
        """Keep what lies inside a radius of a point, nearest first.

        ``point`` is longitude, then latitude, in degrees (SRID 4326).
        ``within`` is a length over the ground; each row gains ``distance``,
        whose ``.m`` is in metres.

        Raises ValueError if ``within`` is longer than MAX_RADIUS.
        """
        # With a second key PostgreSQL sorts all of them instead of walking the index: for short walks. Lists of any
        # radius are read by ``first_of``.
        return self.within(point, within=within).order_by(GeometryDistance("location", point), "pk")

    def within(self, point: Point, *, within: D) -> Self:
        """Keep what lies inside a radius of a point, in the order it had; see ``near``."""
        if within.m > MAX_RADIUS.m:
            raise ValueError(f"A radius is at most {MAX_RADIUS.km:.0f} km.")
        return self.reaching(point, within=within).annotate(distance=Distance("location", point))

    def reaching(self, point: Point, *, within: D) -> Self:
        """Keep what lies inside a radius of a point.

        A box for the index and the exact distance, not ``ST_DWithin``: PostgreSQL expects that to
        keep next to nothing, and then reads and sorts all that it keeps (90 ms where this takes 1).
        """
        # To measure over the ground takes longer than all the rest, so it is done for the rim alone: whoever is well
        # inside on a sphere, which is less than a hundredth off, is inside.
        sure = LessThanOrEqual(GeometryDistance("location", point), 0.99 * within.m)
        inside = self.filter(models.Q(sure) | models.Q(location__distance_lte=(point, within)))
        box = _box_around(point, within) if within < WIDE else None
        return inside.filter(location__bboverlaps=box) if box else inside

    def inside(self, west: float, south: float, east: float, north: float) -> Self:
        """Keep what lies in a box of degrees of longitude and latitude."""
        bulge = degrees(radians(east - west) ** 2 / 12)  # of the great circle between two corners, and more
        box = Polygon.from_bbox((west, south - bulge, east, north + bulge))
        box.srid = 4326
        # That was for the index; to measure from the edges of a geography takes long. One comparison, not four:
        # with each more PostgreSQL expects to keep less, and then reads and sorts all that there is.
        beyond = Greatest(
            Abs(LONGITUDE - (west + east) / 2) - (east - west) / 2,
            Abs(LATITUDE - (south + north) / 2) - (north - south) / 2,
        )
        return self.filter(LessThanOrEqual(beyond, HAIR), location__bboverlaps=box)


class TownQuerySet(SearchQuerySet, PlaceQuerySet):  # type: ignore[override]  # each as_manager() is another type
    """Reads for what is found by its words and on the map alike."""


def _box_around(point: Point, within: D) -> Polygon | None:
    """A box that holds a circle, in degrees; None near the poles and the far meridian, where there is none."""
    height = within.m / METRES_A_DEGREE
    if abs(point.y) + height > 80:
        return None
    width = height / cos(radians(abs(point.y) + height))
    if abs(point.x) + width > 180:
        return None
    box = Polygon.from_bbox((point.x - width, point.y - height, point.x + width, point.y + height))
    box.srid = 4326
    return box


class Borough(models.Model):
    """One of the 32 boroughs of London, or the City.

    ``outline`` is for the map: simplified, and until real ones are imported an
    approximation computed from the gazetteer (``is_computed``).
    """

    code = models.CharField(_("ONS code"), max_length=9, primary_key=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    slug = models.SlugField(_("slug"), max_length=40, unique=True)
    centre = models.PointField(_("centre"), geography=True)
    outline = models.MultiPolygonField(_("outline"), srid=4326, null=True, blank=True)
    is_computed = models.BooleanField(_("outline is computed"), default=True, editable=False)

    class Meta:
        verbose_name = _("borough")
        verbose_name_plural = _("boroughs")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Postcode(models.Model):
    """A full postcode and the mean point of its addresses; imported, never typed."""

    code = models.CharField(_("postcode"), max_length=8, primary_key=True, help_text=_("with its one space: SW8 1UQ"))
    borough = models.ForeignKey(
        Borough, verbose_name=_("borough"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    location = models.PointField(_("location"), geography=True, spatial_index=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("postcode")
        verbose_name_plural = _("postcodes")

    def __str__(self) -> str:
        return self.code

    @property
    def district(self) -> str:
        """The outward part: SW8 of SW8 1UQ."""
        return self.code.split(" ")[0]


class Place(models.Model):
    """An entry of the gazetteer: a borough, a neighbourhood or a postcode district, with the names people use."""

    class Kind(models.TextChoices):
        BOROUGH = "borough", _("borough")
        NEIGHBOURHOOD = "neighbourhood", _("neighbourhood")
        DISTRICT = "district", _("postcode district")

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    borough = models.ForeignKey(Borough, verbose_name=_("borough"), on_delete=models.CASCADE, related_name="places")
    location = models.PointField(_("location"), geography=True)
    names = models.CharField(
        _("names to find it by"),
        max_length=300,
        editable=False,
        help_text=_("name and aliases, lower case, without accents, each between bars: |stockwell|little portugal|"),
    )

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
