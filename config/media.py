"""The addresses of pictures, at both doors. A proxy may serve MEDIA_ROOT itself; without one, this does."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.static import serve


@require_safe
@cache_control(public=True, max_age=365 * 86400, immutable=True)
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """One size of one picture; its name is never used twice."""
    return serve(request, f"pictures/{name}", document_root=settings.MEDIA_ROOT)


urlpatterns = [re_path(r"^pictures/(?P<name>[\w-]+\.webp)$", picture, name="picture")]
