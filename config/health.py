from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Say that the process is up."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether this process can serve: not without its database, but well enough without Redis."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT FROM procrastinate_jobs WHERE status = 'todo' LIMIT 1000) AS j"
            )
            (waiting,) = cursor.fetchone()
        database, jobs = "ok", "ok" if waiting < 1000 else "behind"
    except DatabaseError:
        database = jobs = "away"
    cache.set("health", 1, 10)
    facts = {
        "status": "ok" if database == "ok" else "unavailable",
        "database": database,
        "cache": "ok" if cache.get("health") == 1 else "degraded",
        "jobs": jobs,
        "version": settings.VERSION,
    }
    return JsonResponse(facts, status=200 if database == "ok" else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' view, for the private network: a proxy that faces the world must not pass it on."""
    if "HTTP_X_FORWARDED_FOR" in request.META:
        return HttpResponse(status=404)
    return ExportToDjangoView(request)


urlpatterns = [
    path("health/live", live),
    path("health/ready", ready),
    path("metrics", metrics),
]
