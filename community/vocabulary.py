"""The words behind the slugs that profiles hold, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from community.models import Interest, Language, Profile, Region

Group = tuple[str, list[tuple[str, str]]]

THEMES: dict[str, Any] = {
    "music": _("Music"),
    "dance": _("Dance"),
    "table": _("At the table"),
    "sport": _("Sport and games"),
    "words": _("Words"),
    "arts": _("Arts and crafts"),
    "memory": _("Memory and faith"),
    "life": _("Life in London"),
}

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


def nations() -> list[Group]:
    """Nations, each a group of itself and its regions."""
    rows = list(Region.objects.all())
    return [
        (str(nation), [(row.slug, str(row)) for row in (nation, *(row for row in rows if row.parent_id == nation.pk))])
        for nation in rows
        if nation.parent_id is None
    ]


def interests_by_theme() -> list[Group]:
    """Interests in groups, by what they are about."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in Interest.objects.all():
        groups.setdefault(row.theme, []).append((row.slug, str(row)))
    return [(str(THEMES.get(theme, theme)), options) for theme, options in groups.items()]
