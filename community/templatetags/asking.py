"""The fields of a list's filters, as forms that need no JavaScript: each shows what was chosen, and what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from community.models import Borough, Language, Region

register = template.Library()

Option = tuple[str, str]
Group = tuple[str, Sequence[Option]]

RADII = (1, 2, 5, 10, 20)


def field(context: template.Context, name: str, label: str, **more: Any) -> dict[str, Any]:
    """What a field's template needs: the values in the address, and the errors they caused."""
    asked = context.get("filter")
    given = context["request"].GET.getlist(name)
    return {
        "name": name,
        "label": label,
        "chosen": [part.strip() for value in given for part in value.split(",")],
        "errors": list(asked.form.errors.get(name, ())) if asked else [],
        **more,
    }


@register.inclusion_tag("_input.html", takes_context=True)
def text_input(context: template.Context, name: str, label: str, hint: str = "", key: str = "") -> dict[str, Any]:
    """A field to type in; ``key`` tells it from another of its name on the same page."""
    found = field(context, name, label, hint=hint, longest=200 if name == "q" else 100, key=key or name)
    return found | {"chosen": context["request"].GET.getlist(name)}


@register.inclusion_tag("_tick.html", takes_context=True)
def tick(context: template.Context, name: str, label: str) -> dict[str, Any]:
    """A box to tick."""
    return field(context, name, label)


@register.inclusion_tag("_select.html", takes_context=True)
def select(context: template.Context, name: str, label: str, groups: Sequence[Group]) -> dict[str, Any]:
    """A choice of one among many, in groups; see the functions below for what to choose from."""
    return field(context, name, label, groups=groups, any=gettext("Any"))


def options(rows: Iterable[Any], key: str = "slug") -> list[Group]:
    """Rows of a vocabulary as one group of options."""
    return [("", [(getattr(row, key), str(row)) for row in rows])]


@register.simple_tag
def region_options() -> list[Group]:
    """Nations, each with its regions."""
    rows = list(Region.objects.all())
    parts: dict[int, list[Option]] = {row.pk: [(row.slug, str(row))] for row in rows if row.parent_id is None}
    for row in rows:
        if row.parent_id:
            parts[row.parent_id].append((row.slug, str(row)))
    return [(str(row), parts[row.pk]) for row in rows if row.parent_id is None]


@register.simple_tag
def language_options() -> list[Group]:
    """The languages people speak there."""
    return options(Language.objects.all(), "tag")


@register.simple_tag
def borough_options() -> list[Group]:
    """The boroughs of London."""
    return options(Borough.objects.only("slug", "name"))


@register.simple_tag
def radius_options() -> list[Group]:
    """How far one would go."""
    return [("", [(str(km), gettext("%(km)s km") % {"km": km}) for km in RADII])]


WHEN = {
    "today": _("Today"),
    "tomorrow": _("Tomorrow"),
    "weekend": _("This weekend"),
    "week": _("The next seven days"),
    "month": _("The next month"),
}


@register.simple_tag
def when_options() -> list[Group]:
    """When one has time."""
    return [("", [(value, str(words)) for value, words in WHEN.items()])]
