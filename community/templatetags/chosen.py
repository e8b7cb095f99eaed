"""What was asked of a list, condition by condition, and the ways on from it: without one of them, or further away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django import template
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from community.asides import PLACE, put_together, without
from community.clock import LONDON
from community.fields import LanguagesField, SlugsField, YesNoField
from community.filters import TownFilterSet
from community.models import Language
from community.search import Wish
from community.templatetags.asking import WHEN, radius_words

register = template.Library()

WIDER_KM = (10, 20, 50)
FEW = 6
MOST_WAYS = 6
SEARCH_BOX = ("q", "near", "radius_km")
NO_CONDITIONS = frozenset({*SEARCH_BOX, "ordering"})


class Condition(NamedTuple):
    """One thing that was asked for, in words, and the query that asks for all the others."""

    words: str
    rest: str
    is_filter: bool  # one of the panel of filters, rather than of the search box


class Wider(NamedTuple):
    """A larger circle that holds more."""

    words: str
    query: str


@register.simple_tag
def conditions(asked: TownFilterSet) -> list[Condition]:
    """All that was asked for; nothing if that could not be read."""
    if not asked.form.is_valid():
        return []
    return [*_of_the_search_box(asked), *_of_the_filters(asked)]


@register.simple_tag
def ways_on(*lists: TownFilterSet) -> list[Condition]:
    """Where nothing was found in some lists: the conditions without any one of which something is, in one of them."""
    ways: dict[str, Condition] = {}
    for asked in lists:
        for condition in conditions(asked)[:MOST_WAYS]:
            is_new = condition.rest and condition.rest not in ways
            if is_new and _finds_more_than(0, asked, QueryDict(condition.rest)):
                ways[condition.rest] = condition
    return list(ways.values())


@register.simple_tag
def wider(asked: TownFilterSet, shown: int, follows: bool = False) -> Wider | None:
    """Where few were found around a place: the next circle that holds more, if one does."""
    if shown >= FEW or follows or not asked.form.is_valid() or not asked.around:
        return None
    circles = [km for km in WIDER_KM if km > asked.radius.km]
    if not circles:
        return None
    found = asked.qs.order_by().count() if shown else 0
    if not found and (asked.is_nowhere if asked.given("near") else not asked.within(circles[-1]).finds_any):
        return None  # where nothing is near, mostly nothing is further away either: one question, not one a circle
    for km in circles:
        if asked.within(km).qs.order_by()[found : found + 1].exists():
            return Wider(radius_words(km), _with(asked, radius_km=str(km)).urlencode())
    return None


@register.filter
def only_filters(found: list[Condition]) -> list[Condition]:
    """Those conditions that stand in the panel of filters, which may be folded."""
    return [condition for condition in found if condition.is_filter]


@register.filter
def radius_of(asked: TownFilterSet) -> str:
    """How far around a place is looked, in words."""
    return radius_words(asked.radius.km)


@register.simple_tag
def search_box_query(asked: TownFilterSet) -> str:
    """Only the words and the place that were asked for, which any list understands."""
    return _with(asked, **{name: None for name in asked.data if name not in SEARCH_BOX}).urlencode()


@register.simple_tag
def same_query(asked: TownFilterSet, **more: str) -> str:
    """What was asked, as the API takes it: filters it knows, and nothing else."""
    data = QueryDict(mutable=True)
    for name, values in asked.data.lists() if asked.form.is_valid() else ():
        if name in asked.filters and name != "ordering" and any(values):
            data.setlist(name, [value for value in values if value.strip()])
    data.update(more)
    return data.urlencode()


def _finds_more_than(number: int, asked: TownFilterSet, data: QueryDict) -> bool:
    if number == 0 and asked.given("near"):
        if data == asked.anywhere.data:
            return asked.anywhere.finds_any
        if _but_for_the_circle(data) == _but_for_the_circle(asked.data) and asked.is_nowhere:
            return False  # and in no circle either
    other = asked.again(data)
    return other.is_valid() and other.qs.order_by()[number : number + 1].exists()


def _but_for_the_circle(data: QueryDict) -> dict[str, list[str]]:
    return {name: values for name, values in data.lists() if name not in {"radius_km", "page"}}


def _with(asked: TownFilterSet, **changed: str | list[str] | None) -> QueryDict:
    """The query that was asked, with some parameters changed, or left out if None; and from its first page."""
    data = asked.data.copy()
    for name, value in {"page": None, **changed}.items():
        if not value:
            data.pop(name, None)
        else:
            data.setlist(name, [value] if isinstance(value, str) else value)
    return data


def _of_the_search_box(asked: TownFilterSet) -> Iterator[Condition]:
    order = asked.given("ordering")
    if asked.wish:
        for words, rest in _of_the_wish(asked, asked.wish):
            data = _with(asked, q=rest, ordering=None if order == "relevance" else order)
            yield Condition(words, data.urlencode(), is_filter=False)
    if place := asked.given("near"):
        yield Condition(_("Near %(place)s") % {"place": place.name}, asked.anywhere.data.urlencode(), is_filter=False)
    if asked.given("radius_km") and asked.around:
        words = _("Within %(distance)s") % {"distance": radius_of(asked)}
        yield Condition(words, _with(asked, radius_km=None).urlencode(), is_filter=False)


def _of_the_wish(asked: TownFilterSet, wish: Wish) -> Iterator[tuple[str, str]]:
    """The parts of a wish as they were typed, each with the text that is left without it."""
    parts = [(group, replace(group[0], end=group[-1].end)) for group in put_together(wish.text, wish.asides)]
    if wish.query:
        words = without(wish.text, [part for __, part in parts])
        yield f"“{words}”", " ".join(wish.text[part.start : part.end] for __, part in parts)
    heeded = asked.heeded if asked.given("near") else asked.heeded | {PLACE}
    for group, part in parts:
        if any(aside.kind in heeded for aside in group):
            yield wish.text[part.start : part.end], without(wish.text, [part])


def _of_the_filters(asked: TownFilterSet) -> Iterator[Condition]:
    for name, field in asked.form.fields.items():
        if name in NO_CONDITIONS or asked.given(name) is None:
            continue
        typed = [part.strip() for value in asked.data.getlist(name) for part in value.split(",") if part.strip()]
        for value, words in _in_words(name, field, typed, asked.given(name)):
            rest = [other for other in typed if other != value] if value else None
            yield Condition(words, _with(asked, **{name: rest}).urlencode(), is_filter=True)


def _in_words(name: str, field: Any, typed: list[str], given: Any) -> Iterator[tuple[str, str]]:
    """Each value that was given, and its name; no value where there is but one."""
    if isinstance(field, SlugsField):
        rows = field.model._default_manager.filter(slug__in=[value.lower() for value in typed])
        names = {getattr(row, "slug", ""): str(row) for row in rows}
        yield from ((value, names.get(value.lower(), value)) for value in typed)
    elif isinstance(field, LanguagesField):
        tags = {row.tag.lower(): str(row) for row in Language.objects.all()}
        yield from ((value, tags.get(value.lower(), value)) for value in typed)
    elif name == "when":
        yield from ((value, str(WHEN[value])) for value in typed)
    elif isinstance(field, YesNoField):
        yield "", str(field.label) if given else _("Not: %(what)s") % {"what": field.label}
    elif isinstance(given, datetime):
        day = date_format(given.astimezone(LONDON), "DATE_FORMAT")
        words = {"starts_after": _("From %(day)s"), "starts_before": _("Before %(day)s")}
        yield "", words.get(name, str(field.label)) % {"day": day}
    elif isinstance(given, date):
        yield "", _("On %(day)s") % {"day": date_format(given, "DATE_FORMAT")}
    elif name == "price_band":
        yield from ((value, "£" * int(value)) for value in typed)
    elif name == "bbox":
        yield "", _("This area of the map")
    else:
        yield "", str(field.label)
