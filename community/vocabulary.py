"""The words behind the slugs that profiles hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from community.models import Interest, Language, Profile, Region

# section: the field of slugs in it, the vocabulary they are of, its key
_WORDED: dict[str, tuple[str, Any, str]] = {
    "heritage": ("regions", Region, "slug"),
    "interests": ("chosen", Interest, "slug"),
    "languages": ("chosen", Language, "tag"),
}


def put_into_words(profiles: Iterable[Profile]) -> None:
    """Give each section that holds slugs its ``words``, the rows of the vocabulary, in the vocabulary's order.

    At most one question for each vocabulary, however many profiles there are.
    """
    read = list(profiles)
    for name, (field, model, key) in _WORDED.items():
        sections = [getattr(profile, name) for profile in read if hasattr(profile, name)]
        slugs = {slug for section in sections for slug in getattr(section, field)}
        rows = model._default_manager.filter(**{f"{key}__in": slugs})
        if model is Region:
            rows = rows.select_related("parent")
        words = [(getattr(row, key), row) for row in rows] if slugs else []
        for section in sections:
            section.words = [row for slug, row in words if slug in getattr(section, field)]
