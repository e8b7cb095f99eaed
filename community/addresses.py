"""The town's addresses as others write them."""

from __future__ import annotations

from django.conf import settings
from django.utils.encoding import iri_to_uri


def absolute(path: str) -> str:
    """The full address of something of ours; one that is full already stays as it is."""
    return path if path.startswith(("http://", "https://")) else settings.SITE_URL + iri_to_uri(path)
