from __future__ import annotations

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.utils.timezone import now

from events.models import Event


class EventSitemap(Sitemap):
    """Every public event to come, in each language."""

    i18n = True
    alternates = True
    x_default = True
    limit = 2000
    changefreq = "daily"

    def items(self) -> QuerySet[Event]:
        coming = Event.objects.filter(posting__ends_at__gt=now()).only("slug", "updated_at")
        return coming.order_by("posting__starts_at", "pk")

    def lastmod(self, event: Event) -> datetime:
        return event.updated_at
