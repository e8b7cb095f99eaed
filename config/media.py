"""The addresses of pictures, at both doors: each is shown to whom row security shows what it belongs to."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotFound
from django.urls import re_path
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django.views.static import serve

from community.etags import SECRET
from community.identity import asks_first, identified
from community.pictures import is_shown

PORTRAITS = "portraits"
FOR_ANYONE = "public, max-age=300"  # no longer: what is public today may be withdrawn
PORTRAIT_FOR_ANYONE = "public, max-age=60"


@asks_first
@require_safe
def picture(request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """One size of one picture, or of a member's portrait."""
    path = f"{folder}/{name}"
    is_portrait = folder == PORTRAITS
    if is_portrait and settings.DOOR == "desk":  # its role has no right to what members show of themselves
        return HttpResponseNotFound(headers={"Cache-Control": SECRET})
    if keep := _how_to_keep(request, path, is_portrait=is_portrait):
        with suppress(Http404):  # a row whose file is lost
            response = serve(request, path, document_root=settings.MEDIA_ROOT)
            response["Cache-Control"] = keep
            if is_portrait:
                patch_vary_headers(response, ["Cookie"])
            return response
    return HttpResponseNotFound(headers={"Cache-Control": SECRET})


def _how_to_keep(request: HttpRequest, path: str, *, is_portrait: bool) -> str | None:
    """What caches may do with a picture, None if it is hidden.

    Who asks matters only where no stranger may see it; for portraits always, as they may have been blocked.
    """
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    if not (is_portrait and has_session) and is_shown(path):
        return PORTRAIT_FOR_ANYONE if is_portrait else FOR_ANYONE
    with identified(request):
        return SECRET if has_session and is_shown(path) else None


urlpatterns = [
    re_path(rf"^(?P<folder>pictures|{PORTRAITS})/(?P<name>[\w-]+\.webp)$", picture, name="picture"),
]
