"""Tags that every page speaks with: tiles and icons, the other language, dates, distances, prices."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db.models import Model
from django.template.base import FilterExpression, Node, Parser, TextNode, Token
from django.templatetags.static import static
from django.urls import reverse, translate_url
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst, slugify
from django.utils.timesince import timesince
from django.utils.timezone import get_current_timezone, now
from django.utils.translation import get_language, gettext, pgettext

from community import patterns
from community.addresses import absolute
from community.richtext import render_markdown
from community.translated import Told, told

register = template.Library()
register.filter(absolute)

NO_BREAK = "\u2060"
NIGHT_ENDS = 6  # o'clock: what ends before it belongs to the evening before


@register.simple_tag
def wording(row: Model, field: str) -> Told:
    """The text of a bilingual field, and the language it is really in."""
    return told(row, field)


@register.simple_tag
@lru_cache(maxsize=4096)
def tile(family: str, seed: str) -> str:
    """The address of a tile picture; see ``community.patterns``."""
    address = reverse("tile", kwargs={"family": slugify(family) or "town", "seed": slugify(seed) or "town"})
    return f"{address}?v={patterns.VERSION}"


class Icon(Node):
    """One icon of the sprite whose name is not known before the page is."""

    def __init__(self, name: FilterExpression) -> None:
        self.name = name

    def render(self, context: template.Context) -> SafeString:
        return drawn(self.name.resolve(context))


@register.tag
def icon(parser: Parser, token: Token) -> Node:
    """One icon of the sprite, for eyes only: the words stand beside it.

    A page shows two hundred, nearly all by a name that its template says: those are drawn when that is read.
    """
    _tag, said = token.split_contents()
    name = parser.compile_filter(said)
    return Icon(name) if name.is_var else TextNode(drawn(name.resolve(template.Context())))


@lru_cache(maxsize=512)
def drawn(name: str) -> SafeString:
    """An icon's element."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The reader's choice of light or dark; empty leaves it to their system."""
    choice = context["request"].COOKIES.get("theme", "")
    return choice if choice in {"light", "dark"} else ""


@register.simple_tag(takes_context=True)
def in_language(context: template.Context, language: str) -> str:
    """This page, with its query, in another language; a page with one address for all takes ``lang``."""
    here = context["request"].get_full_path()
    there = translate_url(here, language)
    if there != here:
        return there
    query = context["request"].GET.copy()
    query["lang"] = language
    return f"{context['request'].path}?{query.urlencode()}"


@register.simple_tag
def page(name: str, **parts: str) -> str:
    """The full address of a page of the site, from whichever door a mail is written."""
    return settings.SITE_URL + reverse(name, urlconf=settings.SITE_URLCONF, kwargs=parts)


class Alternate(NamedTuple):
    """The address of this page in one language, for search engines."""

    language: str
    address: str


@register.simple_tag(takes_context=True)
def alternates(context: template.Context) -> list[Alternate]:
    """Where this page stands in each language, without its query; English is for everyone else."""
    path = context["request"].path
    pages = [Alternate(code, absolute(translate_url(path, code))) for code, _name in settings.LANGUAGES]
    return [*pages, Alternate("x-default", absolute(translate_url(path, settings.LANGUAGE_CODE)))]


def spot(street: str, postcode: str, point: Point) -> dict[str, Any]:
    """Where something in London is, in schema.org's words."""
    return {
        "address": {
            "@type": "PostalAddress",
            "streetAddress": street,
            "postalCode": postcode,
            "addressLocality": "London",
            "addressCountry": "GB",
        },
        "geo": {"@type": "GeoCoordinates", "latitude": point.y, "longitude": point.x},
    }


@register.simple_tag
def json_ld(data: dict[str, Any]) -> SafeString:
    """A block of facts for search engines; no text in it can end the block."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    escaped = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return mark_safe(f'<script type="application/ld+json">{escaped}</script>')  # noqa: S308 (escaped above)


def _on_clock(moment: datetime, row: Any) -> datetime:
    return moment.astimezone(getattr(row, "zone", None) or get_current_timezone())


@lru_cache(maxsize=4096)
def _day(day: date, form: str, language: str) -> str:
    """A day in words of the active language, which is ``language``: a map names the same few days 400 times."""
    return date_format(day, form)


@register.filter
def when(row: Any, length: str = "") -> str:
    """From when to when something is on, on its place's clock: in few words, or ``long`` with weekday and year."""
    start, end = _on_clock(row.starts_at, row), _on_clock(row.ends_at, row)
    times = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    night_of = (end - timedelta(hours=NIGHT_ENDS)).date()
    if night_of <= start.date():
        long = pgettext("long day of an event, Django date format", "l j F Y")
        form = long if length == "long" else pgettext("day of an event, Django date format", "D j F")
        day = _day(start.date(), form, get_language())
        span = f"{times['start']}{NO_BREAK}–{NO_BREAK}{times['end']}"
        return capfirst(gettext("%(day)s, %(times)s") % {"day": day, "times": span})
    short = pgettext("short day of an event, Django date format", "D j M")
    days = {"first": _day(start.date(), short, get_language()), "last": _day(end.date(), short, get_language())}
    words = capfirst(gettext("%(first)s, %(start)s – %(last)s, %(end)s") % {**days, **times})
    return words.replace(" ", "\N{NO-BREAK SPACE}").replace("–\N{NO-BREAK SPACE}", "– ")  # a line ends at the dash


@register.filter
def day(moment: datetime, form: str) -> str:
    """The day of a moment, as its own clock has it, in one of Django's date formats."""
    return _day(moment.date(), form, get_language())


@register.filter
def on_clock(row: Any, field: str) -> datetime:
    """A moment of a row on the clock of the row's own place."""
    return _on_clock(getattr(row, field), row)


@register.filter
def directions(point: Point) -> str:
    """Where OpenStreetMap shows the way to a point; nothing is asked of it until someone follows the link."""
    return f"https://www.openstreetmap.org/directions?to={point.y:.6f}%2C{point.x:.6f}"


@register.filter
def metres(distance: Any) -> str:
    """A length over the ground, as one would say it."""
    length = distance.m
    if length < 1000:
        words = gettext("%(length)s m") % {"length": f"{max(10, round(length, -1)):.0f}"}
    else:
        words = gettext("%(length)s km") % {"length": number_format(Decimal(length / 1000), decimal_pos=1)}
    return words.replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def pounds(pence: int) -> str:
    """A price; nothing to pay is said in a word."""
    if not pence:
        return gettext("Free")
    amount = number_format(Decimal(pence) / 100, decimal_pos=0 if pence % 100 == 0 else 2)
    return gettext("£%(amount)s") % {"amount": amount}


@register.filter
def markdown(text: Told | str) -> SafeString:
    """A member's text as HTML; see ``community.richtext``."""
    return render_markdown(str(text))


@register.filter
def clock(moment: datetime) -> str:
    """A moment for machines, to the minute."""
    return moment.isoformat(timespec="minutes")


@register.filter
def waited(since: datetime) -> str:
    """How long ago that was, in words that follow "for": ``3 hours``. Django's own say "0 minutes" at first."""
    return gettext("less than a minute") if now() - since < timedelta(minutes=1) else timesince(since)


class MapSource(NamedTuple):
    """Where the map's tiles come from, if from anywhere."""

    tiles: str
    attribution: str


@register.simple_tag
def map_source() -> MapSource:
    """What the settings say about map tiles."""
    return MapSource(settings.MAP_TILES, settings.MAP_ATTRIBUTION)


class Contact(NamedTuple):
    """Who answers for the town, and where to write to; empty where the operator has not said."""

    controller: str
    email: str


@register.simple_tag
def contact() -> Contact:
    """What the settings say about who runs this town."""
    return Contact(settings.DATA_CONTROLLER, settings.CONTACT_EMAIL)


@register.filter
def one_line(text: object) -> str:
    """Someone's words without their line breaks, which mean something in a mail."""
    return " ".join(str(text).split())


@register.filter
def urlhost(address: str) -> str:
    """The name of a website, without what only machines read."""
    return (urlsplit(address).hostname or address).removeprefix("www.")
