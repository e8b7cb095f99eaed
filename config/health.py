from __future__ import annotations

from ipaddress import ip_address, ip_network

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
    """Prometheus' view, for the networks in the settings; what came through a proxy came from anywhere."""
    if "HTTP_X_FORWARDED_FOR" in request.META or not _is_near(request.META.get("REMOTE_ADDR", "")):
        return HttpResponse(status=404)
    return ExportToDjangoView(request)


def _is_near(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in ip_network(network.strip()) for network in settings.METRICS_NETWORKS)


urlpatterns = [
    path("health/live", live),
    path("health/ready", ready),
    path("metrics", metrics),
]
