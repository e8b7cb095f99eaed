"""The fields of a list's filters, as forms that need no JavaScript: each shows what was chosen, and what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, wraps
from time import monotonic
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from community.fields import DEFAULT_RADIUS_KM
from community.models import Borough, Language, Region
from community.vocabulary import interests_by_theme

register = template.Library()

Option = tuple[str, str]
Group = tuple[str, Sequence[Option]]

KEPT_FOR = 60  # seconds
RADII = (1, 2, DEFAULT_RADIUS_KM, 10, 20, 50)
SELECTED = SafeString(" selected")


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
    found = field(context, name, label)
    return found | {"options": option_elements([("", [("", gettext("Any"))]), *groups], found["chosen"])}


def option_elements(groups: Iterable[Group], chosen: Sequence[str]) -> SafeString:
    """The ``option`` elements of a field, in groups.

    Not by a template, like all else: a list page offers two hundred, and they took a quarter of its time.
    """
    parts = []
    for name, choices in groups:
        each = mark_safe("".join(option_element(value, words, value in chosen) for value, words in choices))  # noqa: S308 (escaped below)
        parts.append(format_html('<optgroup label="{}">{}</optgroup>', name, each) if name else each)
    return mark_safe("".join(parts))  # noqa: S308 (escaped above)


@lru_cache(maxsize=4096)  # the same few hundred on every page
def option_element(value: str, words: str, is_chosen: bool) -> SafeString:
    """One choice of a field."""
    return format_html('<option value="{}"{}>{}</option>', value, SELECTED if is_chosen else "", words)


def options(rows: Iterable[Any], key: str = "slug") -> list[Group]:
    """Rows of a vocabulary as one group of options."""
    return [("", [(getattr(row, key), str(row)) for row in rows])]


_kept: dict[tuple[str, str | None], tuple[float, list[Group]]] = {}


def kept(read: Callable[[], list[Group]]) -> Callable[[], list[Group]]:
    """Keep what a function reads from a vocabulary, in each language, for a minute.

    Every list page offers some two hundred options; the desk changes one now and then.
    """

    @wraps(read)
    def recall() -> list[Group]:
        key, at = (read.__qualname__, get_language()), monotonic()
        since, groups = _kept.get(key, (0.0, []))
        if not groups or at - since > KEPT_FOR:
            _kept[key] = at, (groups := read())
        return groups

    return recall


def forget_options() -> None:
    """Read all options anew."""
    _kept.clear()


@register.simple_tag
@kept
def region_options() -> list[Group]:
    """Nations, each with its regions."""
    rows = list(Region.objects.all())
    parts: dict[int, list[Option]] = {row.pk: [(row.slug, str(row))] for row in rows if row.parent_id is None}
    for row in rows:
        if row.parent_id:
            parts[row.parent_id].append((row.slug, str(row)))
    return [(str(row), parts[row.pk]) for row in rows if row.parent_id is None]


@register.simple_tag
@kept
def interest_options() -> list[Group]:
    """What members like to do, by what it is about."""
    return list(interests_by_theme())


@register.simple_tag
@kept
def language_options() -> list[Group]:
    """The languages people speak there."""
    return options(Language.objects.all(), "tag")


@register.simple_tag
@kept
def borough_options() -> list[Group]:
    """The boroughs of London."""
    return options(Borough.objects.only("slug", "name"))


def radius_words(km: float) -> str:
    """A number of kilometres."""
    return gettext("%(km)s km") % {"km": f"{km:g}"}


@register.inclusion_tag("_select.html", takes_context=True)
def radius_select(context: template.Context, label: str) -> dict[str, Any]:
    """How far one would go. What is usual is chosen if nothing is, and stays out of the address."""
    found = field(context, "radius_km", label)
    typed = [value for value in found["chosen"] if value]
    chosen = [] if found["errors"] else [float(value) for value in typed[:1]]
    choices = [("" if km == DEFAULT_RADIUS_KM else f"{km:g}", radius_words(km)) for km in sorted({*RADII, *chosen})]
    return found | {
        "options": option_elements([("", choices)], [f"{km:g}" for km in chosen if km != DEFAULT_RADIUS_KM] or [""]),
    }


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
