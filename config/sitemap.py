"""The map of the site for search engines: an index, and pages of addresses in both languages."""

from django.contrib.sitemaps.views import index, sitemap
from django.urls import path
from django.views.decorators.cache import cache_control

from businesses.sitemaps import BusinessSitemap
from community.sitemaps import PageSitemap, PlaceSitemap
from events.sitemaps import EventSitemap

SECTIONS = {"pages": PageSitemap, "events": EventSitemap, "businesses": BusinessSitemap, "places": PlaceSitemap}
hourly = cache_control(public=True, max_age=3600)

urlpatterns = [
    path("sitemap.xml", hourly(index), {"sitemaps": SECTIONS, "sitemap_url_name": "sitemap"}),
    path("sitemap-<section>.xml", hourly(sitemap), {"sitemaps": SECTIONS}, name="sitemap"),
]
