"""The addresses of pictures, at both doors: each is shown to whom row security shows what it belongs to."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotFound
from django.urls import re_path
from django.views.decorators.http import require_safe
from django.views.static import serve

from community.etags import SECRET
from community.identity import asks_first, identified
from community.pictures import is_shown

FOR_ANYONE = "public, max-age=300"  # no longer: what is public today may be withdrawn


@asks_first
@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """One size of one picture."""
    path = f"pictures/{name}"
    if keep := _how_to_keep(request, path):
        with suppress(Http404):  # a row whose file is lost
            response = serve(request, path, document_root=settings.MEDIA_ROOT)
            response["Cache-Control"] = keep
            return response
    return HttpResponseNotFound(headers={"Cache-Control": SECRET})


def _how_to_keep(request: HttpRequest, path: str) -> str | None:
    """What caches may do with a picture, None if it is hidden; who asks matters only where no stranger may see it."""
    if is_shown(path):
        return FOR_ANYONE
    with identified(request):
        return SECRET if request.user.is_authenticated and is_shown(path) else None


urlpatterns = [re_path(r"^pictures/(?P<name>[\w-]+\.webp)$", picture, name="picture")]
