"""Opening hours in words, and what is open or near, for any page that asks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django import template
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.db.models import F, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext

from businesses.filters import BusinessFilter
from businesses.hours import next_change, parse_hours
from businesses.models import Business, BusinessLanguage, BusinessType, Specialty
from community.addresses import absolute
from community.browsing import Wished, wished
from community.clock import LONDON
from community.filters import TownFilterSet
from community.templatetags.asking import Group, kept, options
from community.templatetags.town import spot, wording

register = template.Library()

DAY = timedelta(days=1)
WALK = D(km=2)
ON_HOME = 8


class Opening(NamedTuple):
    """Whether a place is open now, and the sentence that says until when."""

    is_open: bool
    words: str


class Weekday(NamedTuple):
    """One line of the table of opening hours."""

    name: str
    hours: str
    is_today: bool


@register.simple_tag
def opening(business: Business, at: datetime | None = None) -> Opening | None:
    """Whether it is open and until when; None where nobody knows its hours."""
    if not business.opening_hours:
        return None
    at = (at or now()).astimezone(LONDON)
    is_open, change = next_change(business.opening_hours, at)
    return Opening(is_open, _open_words(at, change) if is_open else _closed_words(at, change))


def _open_words(at: datetime, change: datetime | None) -> str:
    if change is None or change - at > 2 * DAY:
        return gettext("Open now, day and night")
    return gettext("Open until %(time)s") % {"time": f"{change:%H:%M}"}


def _closed_words(at: datetime, change: datetime | None) -> str:
    if change is None or change - at > 7 * DAY:
        return gettext("Closed")
    words = {"time": f"{change:%H:%M}"}
    if change.date() == at.date():
        return gettext("Opens at %(time)s") % words
    if change.date() == at.date() + DAY:
        return gettext("Opens tomorrow at %(time)s") % words
    return gettext("Opens %(day)s at %(time)s") % {**words, "day": date_format(change, "l")}


@register.simple_tag
def week(business: Business, at: datetime | None = None) -> list[Weekday]:
    """The coming seven days as Monday to Sunday, bank holidays as they fall; today is marked."""
    today = (at or now()).astimezone(LONDON).date()
    days = _coming_week(today)
    return [
        Weekday(date_format(day, "l"), _hours_of(business.opening_hours, day), is_today=day == today) for day in days
    ]


@register.simple_tag
def spoken_hours(line: BusinessLanguage, at: datetime | None = None) -> list[str]:
    """When a language is spoken there, day by day, for those that are not always."""
    days = _coming_week((at or now()).astimezone(LONDON).date())
    hours = ((date_format(day, "l"), _hours_of(line.hours, day)) for day in days)
    return [f"{name} {span}" for name, span in hours if span != gettext("Closed")]


def _coming_week(today: date) -> list[date]:
    return sorted((today + i * DAY for i in range(7)), key=date.weekday)


def _hours_of(expression: str, day: date) -> str:
    """The hours that begin on a day: those past midnight belong to the evening before."""
    midnight = datetime.combine(day, time.min, LONDON)
    next_midnight = datetime.combine(day + DAY, time.min, LONDON)
    # A little before midnight and after it, so that a span shows where it really begins and ends.
    spans = parse_hours(expression).spans(midnight - DAY, next_midnight + DAY)
    if any(start <= midnight and end >= next_midnight for start, end in spans):
        return gettext("Open 24 hours")
    beginning = [(start, end) for start, end in spans if midnight <= start < next_midnight]
    if not beginning:
        return gettext("Closed")
    return ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in beginning)


@register.simple_tag
def open_businesses() -> QuerySet[Business]:
    """A few places that are open now, those confirmed most lately first."""
    return (
        Business.objects.open_at(now()).for_lists().order_by(F("confirmed_at").desc(nulls_last=True), "name")[:ON_HOME]
    )


@register.simple_tag(takes_context=True)
def wished_businesses(context: template.Context, asked: TownFilterSet | None = None) -> Wished:
    """The first businesses that this page's wish finds; ``asked`` has found out already what it means."""
    return wished(_asked(context, asked), most=ON_HOME, shown=list)


@register.simple_tag(takes_context=True)
def finds_businesses(context: template.Context, asked: TownFilterSet | None = None) -> bool:
    """Whether this page's wish finds any business; ``asked`` as above."""
    return _asked(context, asked).finds_any


def _asked(context: template.Context, asked: TownFilterSet | None) -> BusinessFilter:
    return BusinessFilter(context["request"].GET, queryset=Business.objects.for_lists(), for_people=True).knowing(asked)


@register.simple_tag
def businesses_around(point: Point) -> QuerySet[Business]:
    """The places nearest to a point, within a walk."""
    return Business.objects.near(point, within=WALK).for_lists()[:ON_HOME]


@register.filter
def whereabouts(business: Business) -> str:
    """Where a business is, in one line for a card: its street, and roughly where."""
    area = business.postcode.split(" ")[0] or (business.borough.name if business.borough else "")
    return ", ".join(part for part in (business.address.split(",")[0], area) if part)


@register.simple_tag
def business_facts(business: Business) -> dict[str, Any]:
    """A business in schema.org's words."""
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LocalBusiness",
        "name": business.name,
        "description": wording(business, "description").text,
        "url": absolute(business.get_absolute_url()),
        **spot(business.address, business.postcode, business.location),
        "telephone": business.phone.as_international if business.phone else "",
        "sameAs": business.website,
        "priceRange": "£" * (business.price_band or 0),
        "knowsLanguage": [language.tag for language in business.spoken_languages],
    }
    return {name: fact for name, fact in facts.items() if fact}


@register.filter
def price_words(business: Business) -> str:
    """How dear a place is, in a word."""
    bands = (gettext("inexpensive"), gettext("moderate"), gettext("expensive"), gettext("very expensive"))
    return bands[business.price_band - 1] if business.price_band else ""


@register.simple_tag
@kept
def type_options() -> list[Group]:
    """Every type of business, to choose from."""
    return options(BusinessType.objects.all())


@register.simple_tag
@kept
def specialty_options() -> list[Group]:
    """What a business can be known for, to choose from."""
    return options(Specialty.objects.all())
