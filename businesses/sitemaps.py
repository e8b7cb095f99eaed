from __future__ import annotations

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet

from businesses.models import Business


class BusinessSitemap(Sitemap):
    """Every business, in each language."""

    i18n = True
    alternates = True
    x_default = True
    limit = 2000

    def items(self) -> QuerySet[Business]:
        return Business.objects.only("slug", "updated_at").order_by("pk")

    def lastmod(self, business: Business) -> datetime:
        return business.updated_at
