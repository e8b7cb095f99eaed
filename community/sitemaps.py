from __future__ import annotations

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from community.models import Place


class PageSitemap(Sitemap):
    """The pages that are always there, in each language."""

    i18n = True
    alternates = True
    x_default = True
    priority = 0.8

    def items(self) -> list[str]:
        return ["home", "events:list", "businesses:list", "places:list", "about", "privacy"]

    def location(self, name: str) -> str:
        return reverse(name)


class PlaceSitemap(Sitemap):
    """Every place of the gazetteer, in each language."""

    i18n = True
    alternates = True
    x_default = True
    limit = 2000
    priority = 0.4

    def items(self) -> QuerySet[Place]:
        return Place.objects.only("slug").order_by("pk")

    def location(self, place: Place) -> str:
        return reverse("places:detail", kwargs={"slug": place.slug})
