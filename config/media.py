"""The addresses of pictures, at both doors.

A proxy may serve ``pictures/`` of MEDIA_ROOT itself; without one, this does. ``portraits/`` it must leave to this:
members' pictures are for whom each member chose.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import re_path
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.static import serve

from community.models import Portrait


@require_safe
@cache_control(public=True, max_age=365 * 86400, immutable=True)
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """One size of one picture; its name is never used twice."""
    return serve(request, f"pictures/{name}", document_root=settings.MEDIA_ROOT)


@require_safe
def portrait(request: HttpRequest, name: str, width: str = "") -> HttpResponseBase:
    """One size of a member's picture, for whom they let see it: the row is asked for under the reader's identity."""
    row = Portrait.objects.filter(picture=f"portraits/{name}.webp").first()
    if row is None:
        raise Http404
    response = serve(request, f"portraits/{name}{width}.webp", document_root=settings.MEDIA_ROOT)
    # What a stranger may see, caches may keep for a minute: no longer, for it may be taken back.
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        patch_cache_control(response, private=True, no_store=True)
    else:
        patch_cache_control(response, public=True, max_age=60)
    patch_vary_headers(response, ["Cookie"])
    return response


urlpatterns = [
    re_path(r"^pictures/(?P<name>[\w-]+\.webp)$", picture, name="picture"),
    re_path(r"^portraits/(?P<name>[\w-]{22,}?)(?P<width>-\d+)?\.webp$", portrait, name="portrait"),
]
