"""The Portuguese catalogue: complete, true to its placeholders, and in words that all eight nations use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import django
import pytest
from django.conf import settings
from django.db.models import F, Q
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import now

from businesses.models import BusinessType, Specialty
from community.models import Borough, Language, Place, Region
from config import borrowed_words
from events.models import Category, Event
from tests.factories import BusinessFactory, EventFactory

PO = Path(settings.BASE_DIR, "locale/pt/LC_MESSAGES/django.po")
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', re.MULTILINE)
PLACEHOLDER = re.compile(r"%%\w|%\(\w+\)[srd]|%[sd]|\{\w*\}|</?\w+>")

# Words that are the same in both languages, or names, or formats of numbers.
SAME = {
    *("latitude, longitude", "online", "Online", "Markdown", "fado, feijoada, capoeira…"),
    *("fado, pastéis de nata, feijoada…", "%(km)s km", "%(length)s m", "%(length)s km", "£%(amount)s", "%(hours)s h"),
    *("%(day)s, %(times)s", "%(first)s, %(start)s – %(last)s, %(end)s"),
}

# Said in one country and odd, or something else, in another; or written in two ways on the two sides of the ocean.
ONE_SIDED = re.compile(
    r"\b(telemóve|celular|autocarro|ônibus|ecrã|tela\b|utilizador|usuário|ficheiro|arquivo|descarreg|baixar|partilh"
    r"|compartilh|carregue em|clique|morada|banheiro|casa de banho|quilómetro|quilômetro|registo|registro|contacto"
    r"|contato\b|facto\b|fato\b|equipa\b|equipe\b|pequeno-almoço|café da manhã|você|vocês|toda a gente|todo mundo"
    r"|para si\b|consigo\b|palavra-passe|género|gênero|bilhete|ingresso|comunidade portuguesa|comunidade brasileira)",
    re.IGNORECASE,
)


CALLED_LINK = re.compile(r"\blinks?\b", re.IGNORECASE)


class Entry(NamedTuple):
    """One string of a catalogue, with all its translations."""

    context: str
    words: str
    plural: str
    translations: list[str]


def entries(po: Path) -> Iterator[Entry]:
    for block in po.read_text(encoding="utf-8").split("\n\n"):
        found = {
            name: "".join(ast.literal_eval(line) for line in text.splitlines())
            for name, text in FIELD.findall(re.sub(r"(?m)^#.*\n?", "", block + "\n"))
        }
        if found.get("msgid"):
            translations = [text for name, text in found.items() if name.startswith("msgstr")]
            yield Entry(found.get("msgctxt", ""), found["msgid"], found.get("msgid_plural", ""), translations)


CATALOGUE = list(entries(PO))


def test_every_string_is_translated_and_none_is_a_guess():
    assert len(CATALOGUE) > 500
    assert [entry.words for entry in CATALOGUE if not all(entry.translations)] == []
    assert "#, fuzzy" not in PO.read_text(encoding="utf-8")


def test_placeholders_and_tags_agree():
    def placeholders(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    wrong = [
        (entry.words, text)
        for entry in CATALOGUE
        for text in entry.translations
        if placeholders(text) not in (placeholders(entry.words), placeholders(entry.plural or entry.words))
    ]

    assert wrong == []


def test_sentences_end_alike():
    def end(text: str) -> str:
        return text[-1:] if text.endswith((".", ":", "?", "!", "…")) else ""

    wrong = [
        (entry.words, text)
        for entry in CATALOGUE
        for text in entry.translations
        if end(text) != end(entry.words) and not entry.words.endswith((",", " …"))
    ]

    assert wrong == []


def test_words_that_stay_as_they_are_do_so_on_purpose():
    same = {entry.words for entry in CATALOGUE if not entry.context and entry.words in entry.translations}

    assert same == SAME


def test_no_word_belongs_to_one_side_of_the_ocean_alone():
    assert [text for entry in CATALOGUE for text in entry.translations if ONE_SIDED.search(text)] == []


def test_a_link_is_a_link_in_both_languages():
    found = [(entry.words, entry.translations) for entry in CATALOGUE if CALLED_LINK.search(entry.words)]

    assert [words for words, said in found if not words.endswith("/") and re.search("ligaç", " ".join(said))] == []


def test_quotation_marks_are_the_curved_ones():
    assert [text for entry in CATALOGUE for text in entry.translations if re.search('["«»]', text)] == []


def test_addresses_are_translated_without_accents_and_each_is_its_own():
    addresses = {entry.words: entry.translations[0] for entry in CATALOGUE if entry.words.endswith("/")}

    assert len(addresses) > 5
    assert len(set(addresses.values())) == len(addresses)
    typed = r"((<slug:slug>|<slug:provider>|<uuid:\w+>|<str:token>|[a-z-]+)/)+"
    assert [text for text in addresses.values() if not re.fullmatch(typed, text)] == []


def test_borrowed_words_are_still_said_by_django():
    catalogues = Path(django.__file__).parent.glob("**/locale/en/LC_MESSAGES/django.po")
    said = {words for po in catalogues for entry in entries(po) for words in (entry.words, entry.plural)}

    assert {*borrowed_words.DAYS, *borrowed_words.MONTHS, *borrowed_words.GAPS, *borrowed_words.DESK} - said == set()


def test_the_fifth_month_is_no_verb_of_ours():
    with translation.override("pt"):
        assert date_format(date(2026, 5, 25), "j M") == "25 Mai"


@pytest.mark.parametrize(
    ("language", "name", "written"),
    [
        ("pt", "DATE_FORMAT", "21 de novembro de 2026"),
        ("pt", "YEAR_MONTH_FORMAT", "novembro de 2026"),
        ("pt", "l", "sábado"),
        ("en", "DATE_FORMAT", "21 November 2026"),
        ("en", "MONTH_DAY_FORMAT", "21 November"),
        ("en", "SHORT_DATE_FORMAT", "21/11/2026"),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, name: str, written: str):
    with translation.override(language):
        assert date_format(date(2026, 11, 21), name) == written


# What the pages say --------------------------------------------------------------------------------

PAGES = {
    "/pt/": "/en/",
    "/pt/eventos/": "/en/events/",
    "/pt/eventos/calendario/": "/en/events/calendar/",
    "/pt/eventos/mapa/": "/en/events/map/",
    "/pt/negocios/": "/en/businesses/",
    "/pt/negocios/mapa/": "/en/businesses/map/",
    "/pt/lugares/": "/en/places/",
    "/pt/pesquisa/?q=fado": "/en/search/?q=fado",
    "/pt/sobre/": "/en/about/",
    "/pt/privacidade/": "/en/privacy/",
    "/pt/regras/": "/en/guidelines/",
    "/pt/conta/login/": "/en/account/login/",
    "/pt/conta/login/codigo/": "/en/account/login/code/",
    "/pt/conta/aderir/": "/en/account/join/",
    "/pt/conta/senha/esquecida/": "/en/account/password/forgotten/",
    "/pt/nada/": "/en/nothing/",
}
READ_ALOUD = {"alt", "aria-label", "placeholder", "title"}


class Heard(HTMLParser):
    """What a reader sees or hears of a page: text, labels, hints, and the words it keeps for scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: text or "" for name, text in attrs}
        if tag == "meta" and given.get("name", given.get("property")) in {"description", "og:description"}:
            self.handle_data(given["content"])
        for name in READ_ALOUD & given.keys():
            self.handle_data(given[name])

    def handle_data(self, data: str) -> None:
        if re.search(r"[^\W\d_]{3}", data):
            self.words.add(" ".join(data.split()))


def names() -> set[str]:
    """What is called the same in both languages, and how each language calls itself."""
    vocabulary = (Region, Language, Category, BusinessType, Specialty)
    alike = Q(name_pt=F("name_en"))
    terms = {name for kind in vocabulary for name in kind.objects.filter(alike).values_list("name_pt", flat=True)}
    places = {name for kind in (Borough, Place) for name in kind.objects.values_list("name", flat=True)}
    return {"LusoTown", "Luso", "Town", "fado", "Português", "English"} | terms | places


def said_in_both(client: Client, portuguese: str, english: str) -> set[str]:
    """What two addresses say alike, names apart."""
    pages = [client.get(address) for address in (portuguese, english)]
    assert [page["Content-Language"] for page in pages] == ["pt", "en"]
    there, here = (Heard(page.content.decode()).words for page in pages)
    assert len(there) > 3
    return (there & here) - names() - SAME


@pytest.mark.django_db
@pytest.mark.parametrize(("portuguese", "english"), PAGES.items())
def test_a_page_says_nothing_in_both_languages_alike(client: Client, portuguese: str, english: str):
    assert said_in_both(client, portuguese, english) == set()


@pytest.mark.django_db
def test_nor_does_the_page_of_an_event_or_a_business(client: Client):
    business = BusinessFactory(
        name="Casa 0", opening_hours="Mo-Sa 07:00-19:00", price_band=2, confirmed_at=now(), accessible=True
    )
    event = EventFactory(
        business=business,
        accessibility=list(Event.Access),
        capacity=80,
        format="hybrid",
        online_url="https://example.org/",
        is_demo=True,
    )

    pages = {
        f"/pt/eventos/{event.slug}/": f"/en/events/{event.slug}/",
        f"/pt/negocios/{business.slug}/": f"/en/businesses/{business.slug}/",
        f"/pt/negocios/{business.slug}/reivindicar/": f"/en/businesses/{business.slug}/claim/",
    }

    alike = set().union(*(said_in_both(client, *pair) for pair in pages.items()))
    month = date_format(event.starts_at, "M")
    assert {words for words in alike if not re.search(f"Casa 0|SW8 1UQ|^{month}$", words)} == set()


@pytest.mark.django_db
def test_nor_does_a_wrong_password_or_a_wrong_search(client: Client):
    wrong = {"login": "ana@example.org", "password": "wrong"}
    there, here = (
        Heard(client.post(address, wrong).content.decode()).words
        for address in ("/pt/conta/login/", "/en/account/login/")
    )
    search = "?near=zzz&radius_km=900&category=x&when=y&borough=z&language=xx"

    assert (there & here) - names() == set()
    assert said_in_both(client, f"/pt/eventos/{search}", f"/en/events/{search}") == set()
    assert said_in_both(client, f"/pt/negocios/{search}&type=q", f"/en/businesses/{search}&type=q") == set()


ORIGIN = re.compile(r"\borige(m|ns)\b", re.IGNORECASE)
# The law's term (ethnic origin), and what nobody may be despised for: there it is the word.
OF_ORIGIN = (
    "Where one comes from says something of one’s ethnic origin",
    "Disagree as you would at a neighbour’s table.",
)
OF_ORIGIN += ("disrespect for a culture or origin",)


def test_where_ones_family_is_from_is_called_roots_on_every_page():
    assert [
        entry.words
        for entry in entries(PO)
        if any(ORIGIN.search(words) for words in entry.translations) and not entry.words.startswith(OF_ORIGIN)
    ] == []
