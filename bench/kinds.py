"""Every kind of list, search and map request of the site, on its pages and in its API, to be asked at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now

from businesses.models import Business
from community.models import Place
from events.models import Posting

PLACES = ["SW8", "SW8 1UQ", "Stockwell", "lambeth", "Little Portugal", "E2 7AX", "N15", "Camden", "TW14", "Willesden"]
WISHES = ["fado", "noite de fado", "padaria", "culinaria", "sao joao", "bacalhau", "salt cod", "celebracoes", "onibus",
          "pasteis", "concerto guitarra", "restaurante", "bakery", "butcher", "street party", "crianças"]  # fmt: skip
MISSPELT = ["cachpua", "conserto guitara", "restaurente", "celebracao", "capoiera", "exposicaao", "portugese"]
CATEGORIES = ["fado", "music", "dance", "sports", "family", "cuisine", "religion"]
TYPES = ["bakery", "restaurant", "cafe", "butcher", "grocery"]
REGIONS = ["portugal", "brasil", "cabo-verde", "minho", "madeira"]
BOROUGHS = ["lambeth", "camden", "brent", "hounslow", "southwark"]
WHEN = ["today", "weekend", "week", "month"]


class Kind(NamedTuple):
    """A kind of request: what it is called, and how to invent one."""

    name: str
    path: Callable[[random.Random], str]


def kinds() -> list[Kind]:
    """Every list, search and map request there is, on the pages and in the API."""
    slugs = {
        "event": list(Posting.objects.upcoming(at=now()).values_list("event__slug", flat=True)[:300]),
        "place": list(Place.objects.values_list("slug", flat=True)),
        "business": list(Business.objects.order_by("id").values_list("slug", flat=True)[:300]),
    }
    months = [(now() + timedelta(days=30 * ahead)).strftime("%Y-%m") for ahead in range(6)]

    def page(name: str, query: Callable[[random.Random], str] = lambda rng: "") -> Callable[[random.Random], str]:
        return lambda rng: _page(name, rng) + _asked(query(rng))

    def api(name: str, query: Callable[[random.Random], str] = lambda rng: "") -> Callable[[random.Random], str]:
        return lambda rng: reverse(f"api:{name}") + _asked(query(rng) + f"&lang={rng.choice(('pt', 'en'))}")

    def detail(name: str, of: str) -> Callable[[random.Random], str]:
        return lambda rng: _page(name, rng, slug=rng.choice(slugs[of]))

    def word(rng: random.Random) -> str:
        return f"q={quote(rng.choice(WISHES))}"

    def wrong(rng: random.Random) -> str:
        return f"q={quote(rng.choice(MISSPELT))}"

    def near(rng: random.Random) -> str:
        return f"near={quote(rng.choice(PLACES))}&radius_km={rng.choice((1, 2, 5, 20))}"

    def box(rng: random.Random) -> str:
        west, south = rng.uniform(-0.3, 0.0), rng.uniform(51.42, 51.55)
        size = rng.choice((0.02, 0.08, 0.3))
        return f"bbox={west:.4f},{south:.4f},{west + size:.4f},{south + size / 2:.4f}"

    def of(name: str, values: list[str]) -> Callable[[random.Random], str]:
        return lambda rng: f"{name}={rng.choice(values)}"

    def both(*parts: Callable[[random.Random], str]) -> Callable[[random.Random], str]:
        return lambda rng: "&".join(part(rng) for part in parts)

    def always(text: str) -> Callable[[random.Random], str]:
        return lambda rng: text

    event_asked = {
        "": always(""),
        "when": of("when", WHEN),
        "category": of("category", CATEGORIES),
        "region": of("region", REGIONS),
        "borough": of("borough", BOROUGHS),
        "language": of("language", ["pt-PT", "pt-BR", "en"]),
        "free, accessible": always("free=true&accessible=true"),
        "near": near,
        "near, category, weekend": both(near, of("category", CATEGORIES), always("when=weekend")),
        "box": box,
        "words": word,
        "words, near": both(word, near),
        "misspelt words": wrong,
    }
    business_asked = {
        "": always(""),
        "type": of("type", TYPES),
        "borough": of("borough", BOROUGHS),
        "language": of("language", ["pt-PT", "pt-BR"]),
        "open now": always("open_now=true"),
        "open now, type, near": both(always("open_now=true"), of("type", TYPES), near),
        "near": near,
        "box": box,
        "words": word,
        "words, near": both(word, near),
        "misspelt words": wrong,
    }
    found = [Kind("page home", page("home")), Kind("page search: words", page("search", word))]
    found += [Kind(f"page events: {name or 'all'}", page("events:list", ask)) for name, ask in event_asked.items()]
    month = of("month", months)
    found += [
        Kind("page calendar: month", page("events:calendar", month)),
        Kind("page calendar: month, category", page("events:calendar", both(month, of("category", CATEGORIES)))),
    ]
    found += [Kind("page event", detail("events:detail", "event"))]
    found += [
        Kind(f"page businesses: {name or 'all'}", page("businesses:list", ask)) for name, ask in business_asked.items()
    ]
    found += [Kind("page business", detail("businesses:detail", "business"))]
    found += [Kind("page places", page("places:list"))]
    found += [Kind("page place", detail("places:detail", "place"))]
    for thing, asked in (("events", event_asked), ("businesses", business_asked)):
        found += [Kind(f"page {thing} map", page(f"{thing}:map"))]
        found += [
            Kind(f"pins of {thing}: {name or 'all'}", page(f"{thing}:pins", asked[name]))
            for name in ("", "near", "box", "words")
        ]
        found += [Kind(f"api {thing}: {name or 'all'}", api(thing, ask)) for name, ask in asked.items()]
        found += [
            Kind(f"api {thing}: 100 rows", api(thing, always("page_size=100"))),
            Kind(f"api {thing}: by distance", api(thing, both(near, always("ordering=distance")))),
            Kind(f"api {thing}: by relevance", api(thing, both(word, always("ordering=relevance")))),
            Kind(f"api {thing}: GeoJSON of a box", api(thing, both(box, always("format=geojson&page_size=100")))),
        ]
    found += [
        Kind("api events: popular", api("events", always("ordering=popular"))),
        Kind("api events: past", api("events", always("past=true"))),
        Kind("api calendar.ics", api("calendar", of("category", CATEGORIES))),
        Kind("api feed.atom", api("feed", of("category", CATEGORIES))),
        Kind("api places", api("places", lambda rng: f"q={quote(rng.choice(PLACES))}")),
        Kind("api taxonomy", api("taxonomy")),
    ]
    return found


def _page(name: str, rng: random.Random, **slug: str) -> str:
    with translation.override(rng.choice(("pt", "en"))):
        return reverse(name, kwargs=slug or None)


def _asked(query: str) -> str:
    return f"?{query.lstrip('&')}" if query.strip("&") else ""
