"""Fills a database with a town to measure: real open data, as given, and 50,000 invented events.

    DATABASE_URL_OWNER=postgres://…/bench .venv/bin/python bench/load.py \\
        --boroughs FILE --postcodes FILE --fhrs FILE

The database must have no events yet; never point it at a town that people use. What it invents is
the same for the same day: opening hours for half of the businesses, languages and specialities for
some, and events over the coming year, a tenth of them past.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DOOR"] = "owner"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import CommandError, call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils.timezone import now  # noqa: E402

from businesses.models import Business, BusinessLanguage, Specialty  # noqa: E402
from community.models import Borough, Language, Member, Place, Region  # noqa: E402
from community.search import words_counted_once  # noqa: E402
from events.models import Category, Event, Tag, Turnout  # noqa: E402

LINKS = ("regions", "languages", "tags")
BATCH = 1000

DOINGS = {
    "Noite": "Night", "Festa": "Party", "Encontro": "Gathering", "Oficina": "Workshop", "Concerto": "Concert",
    "Aula": "Class", "Almoço": "Lunch", "Feira": "Fair", "Visita": "Tour", "Conversa": "Talk", "Baile": "Ball",
    "Torneio": "Tournament", "Exposição": "Exhibition", "Celebração": "Celebration", "Arraial": "Street party",
}  # fmt: skip
MATTERS = {
    "fado": "fado", "cachupa": "cachupa", "samba": "samba", "funaná": "funaná", "bacalhau": "salt cod",
    "poesia": "poetry", "São João": "Saint John", "culinária": "cooking", "açorda": "bread soup",
    "capoeira": "capoeira", "semba": "semba", "azulejos": "tiles", "leitura": "reading", "futebol": "football",
    "kizomba": "kizomba", "cinema": "film", "pastéis": "pastries", "guitarra": "guitar", "marchas": "marches",
    "crianças": "children", "vinho": "wine", "café": "coffee", "teatro": "theatre", "morna": "morna",
}  # fmt: skip
WORDS_PT = (
    "a nossa comunidade junta vizinhos amigos famílias mesa música dança histórias avós tradição aldeia mar serra "
    "cozinha receita sabor convívio porta aberta entrada livre reserva lugar sala palco voz rua bairro domingo tarde "
    "noite verão inverno viagem saudade memória língua livro escola jogo equipa roda tambor viola bordado barro"
)
WORDS_EN = (
    "our community brings neighbours friends families table music dance stories grandparents tradition village sea "
    "kitchen recipe flavour company open door free entry booking place room stage voice street sunday evening summer "
    "winter journey longing memory language book school game team circle drum guitar embroidery clay everyone welcome"
)


def main() -> None:
    given = _arguments()
    rng = random.Random(1974)
    with _timed("schema and vocabulary"):
        call_command("prepare")
    if Event.objects.exists():
        raise CommandError("There are events in this database already.")
    for name in ("boroughs", "postcodes"):
        if source := getattr(given, name):
            with _timed(name):
                call_command(f"import_{name}", source)
    if given.fhrs:
        with _timed("fhrs"):
            call_command("import_fhrs", given.fhrs, all=True)
        with _timed("facts of businesses"):
            furnish_businesses(rng)
    with _timed(f"{given.events:,} events"):
        invent_events(rng, given.events)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("boroughs", "postcodes", "fhrs"):
        parser.add_argument(f"--{name}", metavar="FILE", help=f"what import_{name} takes")
    parser.add_argument("--events", type=int, default=50_000, metavar="N")
    return parser.parse_args()


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.1f} s", flush=True)


@transaction.atomic
def furnish_businesses(rng: random.Random) -> None:
    """Half of them open at one of some 800 different hours; a tenth speak Portuguese; some are known for things."""
    shops = list(Business.objects.order_by("fhrs_id").values_list("pk", flat=True))
    chosen = rng.sample(shops, len(shops) // 2)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE businesses_business SET opening_hours = %s, price_band = %s, accessible = %s WHERE id = %s",
            [(_hours(rng), rng.randint(1, 4), rng.random() < 0.5, shop) for shop in chosen],
        )
    speaking = rng.sample(shops, len(shops) // 10)
    tags = ("pt-PT", "pt-BR", "pt-AO", "en")
    BusinessLanguage.objects.bulk_create(
        [BusinessLanguage(business_id=shop, language_id=rng.choice(tags)) for shop in speaking], BATCH
    )
    known_for = list(Specialty.objects.values_list("pk", flat=True))
    through = Business.specialties.through
    through.objects.bulk_create(
        [through(business_id=shop, specialty_id=rng.choice(known_for)) for shop in speaking[::2]], BATCH
    )


def _hours(rng: random.Random) -> str:
    opens, closes = rng.randrange(6 * 2, 12 * 2), rng.randrange(17 * 2, 26 * 2)
    sunday = rng.choice(("Su off", "Su 10:00-16:00", "Su,PH 11:00-18:00", "PH off"))
    return f"Mo-Sa {opens // 2:02}:{opens % 2 * 30:02}-{closes // 2:02}:{closes % 2 * 30:02}; {sunday}"


@transaction.atomic
def invent_events(rng: random.Random, count: int) -> None:
    """Events as they would be handed in, posted on the board once each instead of once for every link."""
    organizers = [_organizer(number) for number in range(200)]
    town = _Town()
    with words_counted_once(), _posted_at_the_end():
        for first in range(0, count, BATCH):
            numbers = range(first, min(first + BATCH, count))
            events = [_event(rng, number, town, rng.choice(organizers)) for number in numbers]
            Event.objects.bulk_create(events)
            for link, most in zip(LINKS, (2, 2, 3), strict=True):
                _link(rng, link, [event.pk for event in events], town.of[link], most)
            Turnout.objects.bulk_create(
                [Turnout(event=event, attending=rng.randint(1, 60)) for event in events if rng.random() < 0.5]
            )


def _organizer(number: int) -> Member:
    member, _is_new = Member.objects.get_or_create(email=f"bench{number}@example.org")
    return member


class _Town:
    """What events are made of, read once."""

    def __init__(self) -> None:
        self.categories = list(Category.objects.values_list("pk", flat=True))
        self.places = list(Place.objects.filter(kind=Place.Kind.NEIGHBOURHOOD))
        self.boroughs = {borough.pk: borough for borough in Borough.objects.all()}
        self.shops = list(Business.objects.order_by("fhrs_id").values_list("pk", flat=True)[:2000]) or [None]
        self.of: dict[str, list[Any]] = {
            "regions": list(Region.objects.values_list("pk", flat=True)),
            "languages": list(Language.objects.values_list("pk", flat=True)[:8]),
            "tags": list(Tag.objects.values_list("pk", flat=True)),
        }


def _event(rng: random.Random, number: int, town: _Town, organizer: Member) -> Event:
    place = rng.choice(town.places)
    location = place.location.clone()
    location.x += rng.uniform(-0.01, 0.01)
    location.y += rng.uniform(-0.006, 0.006)
    starts_at = _start(rng)
    doing, matter = rng.choice(list(DOINGS)), rng.choice(list(MATTERS))
    return Event(
        id=UUID(int=rng.getrandbits(128), version=4),
        slug=f"bench-{number}",
        title_pt=f"{doing} de {matter} em {place.name}",
        title_en=f"{DOINGS[doing]} of {MATTERS[matter]} in {place.name}" if rng.random() < 0.9 else "",
        description_pt=" ".join(rng.choices(WORDS_PT.split(), k=60)),
        description_en=" ".join(rng.choices(WORDS_EN.split(), k=60)),
        category_id=rng.choice(town.categories),
        organizer=organizer,
        status=Event.Status.PUBLISHED,
        visibility=Event.Visibility.PUBLIC,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=rng.randint(1, 5)),
        business_id=rng.choice(town.shops) if rng.random() < 0.2 else None,
        venue_name=f"Sala {rng.randint(1, 900)}",
        borough=town.boroughs[place.borough_id],
        location=location,
        price_pence=rng.choice((0, 0, 0, 500, 800, 1200, 2000)),
        capacity=rng.choice((None, 30, 80, 200)),
        accessibility=["step_free"] if rng.random() < 0.4 else [],
        format=Event.Format.HYBRID if (is_online := rng.random() < 0.1) else Event.Format.IN_PERSON,
        online_url="https://example.org/" if is_online else "",
        is_demo=True,
    )


def _start(rng: random.Random) -> datetime:
    days = rng.randint(-365, -1) if rng.random() < 0.1 else int(rng.triangular(0, 365, 20))
    return (now() + timedelta(days=days)).replace(hour=rng.randint(9, 21), minute=rng.choice((0, 30)), second=0)


def _link(rng: random.Random, link: str, events: list[UUID], words: list[Any], most: int) -> None:
    through = getattr(Event, link).through
    column = next(field.attname for field in through._meta.fields if field.name not in {"id", "event"})
    rows = [
        through(event_id=event, **{column: word})
        for event in events
        for word in rng.sample(words, rng.randint(1, most))
    ]
    through.objects.bulk_create(rows, BATCH)


@contextmanager
def _posted_at_the_end() -> Iterator[None]:
    """Let the triggers of the board rest, then post every event."""
    tables = ("events_event", *(f"events_event_{link}" for link in LINKS))
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SELECT count(post_event(id)) FROM events_event")


if __name__ == "__main__":
    try:
        main()
    except CommandError as error:
        sys.exit(str(error))
