"""What caches may do with an answer: keep a public one for a minute and ask whether it is still the same."""

from __future__ import annotations

import gzip
import hashlib

from django.http import HttpResponse
from django.http.request import HttpRequest
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

FRESH = "public, max-age=60"
SECRET = "private, no-store"  # noqa: S105 (a header)
WORTH_PACKING = 500  # bytes


def stamp(request: HttpRequest, response: HttpResponse, *, is_public: bool) -> HttpResponse:
    """Say how long an answer keeps; a public 200 gets a strong ETag, or becomes a 304 where the client has it.

    A strong ETag stands for bytes, so the packing is done here and the same bytes are always packed
    the same: what ``GZipMiddleware`` packs differs each time, and makes the ETag a weak one.
    """
    if not is_public or response.status_code >= 400:
        response["Cache-Control"] = "no-store" if is_public else SECRET
        return response
    response["Cache-Control"] = FRESH
    if response.status_code != 200 or request.method not in {"GET", "HEAD"}:
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    if len(response.content) >= WORTH_PACKING and _takes_gzip(request):
        response.content = gzip.compress(response.content, compresslevel=5, mtime=0)
        response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(response.content))
    etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    response["ETag"] = etag
    conditional = get_conditional_response(request, etag=etag, response=response)
    if conditional is not None and conditional.status_code == 304:
        _keep_headers(response, conditional)
        return conditional
    return response


def _takes_gzip(request: HttpRequest) -> bool:
    codings = (coding.strip() for coding in request.headers.get("Accept-Encoding", "").lower().split(","))
    return any(coding == "gzip" or (coding.startswith("gzip;") and not coding.endswith("q=0")) for coding in codings)


def _keep_headers(response: HttpResponse, conditional: HttpResponse) -> None:
    for name, value in response.headers.items():
        if name not in {"Content-Length", "Content-Type", "Content-Encoding"}:
            conditional.headers[name] = value
