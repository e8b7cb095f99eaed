"""What a search says beside its words: when, where, whether it is free, open, or spoken there.

``take_asides`` finds these in a typed text; the filters act on them (``TownFilterSet.heed``). It is
cautious: a word that may be meant as a word stays one, so "gluten free", "Quinta do Lago", "open mic"
and "25 de abril" are searched for. Phrases are written as people type them; accents are of no matter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from types import MappingProxyType
from typing import NamedTuple

from community.clock import (
    AFTERNOON,
    DATES,
    EACH,
    MONTH,
    MONTHS,
    MORNING,
    NEXT_MONTH,
    NEXT_WEEK,
    NEXT_WEEKEND,
    NIGHT,
    PARTED,
    TIMES,
    TODAY,
    TOMORROW,
    TONIGHT,
    WEEK,
    WEEKDAYS,
    WEEKEND,
)
from community.gazetteer import BOROUGHS, DISTRICTS, NEIGHBOURHOODS, fold
from community.lexicon import WORDS


def _listed(phrases: str) -> frozenset[str]:
    return frozenset(fold(phrase) for phrase in phrases.split("|"))


# A kind that ``open_at_end`` alone finds: open now, if that is meant.
PERHAPS_OPEN = "perhaps open"

# Kinds of aside, apart from the times: open now; open at a time that is also said; a place; free of charge;
# that events are meant; that anything is; near whoever asks.
OPEN, OPENING, PLACE, FREE, EVENTS, ANYTHING, NEAR_ME = "open", "opening", "place", "free", "events", "anything", "here"
SPEAKS_PT, SPEAKS_EN = "speaks pt", "speaks en"
SPOKEN = MappingProxyType({SPEAKS_PT: "pt", SPEAKS_EN: "en"})

ASIDES = frozenset({OPEN, OPENING, PLACE, FREE, EVENTS, ANYTHING, NEAR_ME, *SPOKEN, *TIMES})

PHRASES = f"""
{OPEN}: aberto agora | aberta agora | abertos agora | abertas agora | open now | open right now
{FREE}: grátis | gratuito | gratuita | gratuitos | gratuitas | gratuitamente | entrada livre | entrada gratuita
{FREE}: de graça | sem pagar | à borla | for free | free entry | free admission | free of charge | no charge | free
{EVENTS}: evento | eventos | event | events | things to do | something to do | what to do | whats on | what is on
{EVENTS}: coisas para fazer | coisas a fazer | algo para fazer | o que fazer | que fazer | o que há
{EVENTS}: o que há para fazer
{ANYTHING}: coisa | coisas | alguma coisa | algo | qualquer coisa | something | anything | stuff | things
{ANYTHING}: em Londres | in London
{NEAR_ME}: perto de mim | ao pé de mim | à minha volta | aqui perto | perto daqui | perto de casa
{NEAR_ME}: near me | nearby | around me | around here | close to me | near here
{TODAY}: hoje | today | no dia de hoje
{TODAY}{MORNING}: esta manhã | this morning
{TODAY}{AFTERNOON}: esta tarde | logo à tarde | this afternoon
{TONIGHT}: esta noite | logo à noite | tonight | this evening
{TOMORROW}: amanhã | tomorrow
{WEEKEND}: este fim de semana | no fim de semana | ao fim de semana | fim de semana | neste fim de semana | fds
{WEEKEND}: this weekend | at the weekend | on the weekend | the weekend | weekend
{NEXT_WEEKEND}: próximo fim de semana | no próximo fim de semana | fim de semana que vem | next weekend
{WEEK}: esta semana | nesta semana | this week
{NEXT_WEEK}: próxima semana | na próxima semana | para a semana | semana que vem | na semana que vem | next week
{MONTH}: este mês | neste mês | this month
{NEXT_MONTH}: próximo mês | no próximo mês | mês que vem | no mês que vem | next month
{SPEAKS_PT}: em português | em língua portuguesa | in portuguese | portuguese speaking | speaking portuguese
{SPEAKS_EN}: em inglês | in english | english speaking | speaking english
""".strip()

OPENING_WORDS = "aberto | aberta | abertos | abertas | que abre | que abrem | open"
BETWEEN_DATES = frozenset({"e", "a", "ou", "ate", "and", "or", "to", "till", "until"})
BETWEEN = frozenset({"", "e", "ou", "and", "or"})  # between the times that something is open
OPEN_AT_END = frozenset({"aberto", "aberta", "abertos", "abertas", "open"})
SPEAKING_WORDS = (
    "que fala | que fale | que falam | que falem | fala | falam | fale | falem | falado em | falada em | "
    "who speaks | who speak | that speaks | that speak | speaks | speak"
)
LANGUAGE_NAMES = MappingProxyType(
    {"português": SPEAKS_PT, "portuguese": SPEAKS_PT, "inglês": SPEAKS_EN, "english": SPEAKS_EN}
)

# Names of each weekday; those after the bar mean other things too (a farm, the fourth) and need a word before them.
DAY_NAMES = MappingProxyType(
    {
        "monday": "segunda-feira | monday / segunda",
        "tuesday": "terça-feira | tuesday | terça /",
        "wednesday": "quarta-feira | wednesday / quarta",
        "thursday": "quinta-feira | thursday / quinta",
        "friday": "sexta-feira | friday / sexta",
        "saturday": "sábado | saturday /",
        "sunday": "domingo | sunday /",
    }
)
BEFORE_A_DAY = (
    "no | na | este | esta | neste | nesta | próximo | próxima | no próximo | na próxima | on | this | next | on the"
)
BEFORE_EACH_DAY = "aos | às | todos os | todas as | ao | à | todo o | toda a | every"

# Parts of a day, right after it. English says "each" with them: Saturday mornings.
PARTS_OF_A_DAY = f"""
{MORNING}: de manhã | pela manhã | na parte da manhã | morning | in the morning | mornings | in the mornings
{AFTERNOON}: à tarde | de tarde | pela tarde | na parte da tarde | afternoon | in the afternoon | afternoons
{AFTERNOON}: in the afternoons
{NIGHT}: à noite | de noite | pela noite | ao serão | night | evening | at night | in the evening | nights | evenings
{NIGHT}: in the evenings
"""

# Names of each month, which need a word before them: "25 de abril", "março" and "may" are words.
MONTH_NAMES = MappingProxyType(
    {
        "january": "janeiro | january",
        "february": "fevereiro | february",
        "march": "março | march",
        "april": "abril | april",
        "may": "maio | may",
        "june": "junho | june",
        "july": "julho | july",
        "august": "agosto | august",
        "september": "setembro | september",
        "october": "outubro | october",
        "november": "novembro | november",
        "december": "dezembro | december",
    }
)
BEFORE_A_MONTH = (
    "em | este | neste | no próximo | próximo | no mês de | durante o mês de | durante | para | in | during | this "
    "| next | for | in the month of"
)


# Short names of months, after the number of a day; those after the bar are words unless "de" or a slash leads to them.
SHORT_MONTH_NAMES = MappingProxyType(
    {
        "january": "jan /",
        "february": "feb | fev /",
        "march": "mar /",
        "april": "apr | abr /",
        "may": "mai /",
        "june": "jun /",
        "july": "jul /",
        "august": "aug | ago /",
        "september": "sep | sept / set",
        "october": "oct / out",
        "november": "nov /",
        "december": "dec | dez /",
    }
)
# Before its number a month has its whole name, or one of these: "mar 5" is the sea.
SHORT_BEFORE_A_NUMBER = frozenset({"jan", "feb", "apr", "jun", "jul", "aug", "sept", "oct", "nov", "dec"})
BEFORE_A_DATE = (
    "dia | no dia | do dia | ao dia | para o dia | no próximo dia | próximo dia | em | a | para | on | on the | for "
    "| for the"
)
# Days that people and places are named after, or that are no day at all: words, unless a word leads to a date.
NAMED_DATES = _listed(
    "25 de abril | 1 de maio | 1o de maio | 10 de junho | 25 de junho | 5 de julho | 12 de julho | 7 de setembro"
    "| 24 de setembro | 11 de novembro | 28 de novembro | 24 7"
)

BEFORE_A_PLACE = """
perto de | perto do | perto da | perto dos | perto das | próximo de | próximo do | próximo da | próximo a
ao pé de | ao pé do | ao pé da | à volta de | à volta do | à volta da | junto a | junto ao | junto à | ao lado de
para os lados de | na zona de | na zona do | na zona da | no bairro de | em volta de | nos arredores de | em | no | na
nas | nos | near to | near | close to | next to | around | in | at | by | not far from
""".strip().replace("\n", " | ")

# Names of places that are words, first names or clubs as well: alone at the end of a wish they are no place.
ALSO_WORDS = _listed(
    "angel | arsenal | bank | barking | borough | bow | brentford | charlton | chelsea | crystal palace | fulham | ham"
    "| hook | lee | millwall | oval | parliament | poplar | richmond | shirley | st pauls | tottenham | victoria"
    "| welling | west ham"
)

# Before "free", or after it, they make another word of it.
NOT_BEFORE_FREE = _listed(
    "gluten | sugar | lactose | dairy | alcohol | smoke | duty | step | meat | nut | wheat | egg | hands | tax | fat"
)
NOT_AFTER_FREE = _listed("wifi | range | parking | delivery | style | kick | spirit | lance | from | will | speech")

# Beside a weekday they make something else of it: Good Friday, domingo de Ramos, Sunday roast, a segunda edição.
NOT_BEFORE_A_DAY = _listed("good | black | easter | palm | da | do | de | a | são | santo")
NOT_AFTER_A_DAY = _listed(
    "de | do | da | dos | das | gordo | santa | santo | roast | school | edição | parte | vez | mão | divisão | liga"
    "| classe | geração"
)

LONGEST_PLACE = 5  # words
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_DAY_NUMBER = re.compile(r"([0-9]{1,2})(?:o|st|nd|rd|th)?")
_YEAR = re.compile(r"[0-9]{4}")
_POSTCODE = re.compile(
    r"\b((?:E|EC|N|NW|SE|SW|W|WC|BR|CR|DA|EN|HA|IG|KT|RM|SM|TN|TW|UB|WD)[0-9][0-9A-Z]?)(?: ?([0-9][A-Z]{2}))?\b",
    re.IGNORECASE,
)

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aside:
    """A part of a typed text, from ``start`` to ``end``, and what it says; ``value`` names a place or is empty."""

    kind: str
    start: int
    end: int
    value: str = ""


class _Token(NamedTuple):
    """A word, and what stands between it and the one before."""

    bare: str
    start: int
    end: int
    lead: str


def take_asides(text: str, recognise: Collection[str]) -> tuple[list[Aside], str]:
    """The asides of a text in their order, of the kinds to ``recognise``, and the text without them."""
    tokens = _tokens(text)
    asides = _only(_postcode(text, tokens), recognise)
    at = 0
    while at < len(tokens):
        found = next(
            (
                aside
                for read in (_date, _time_or_fact, _opening, _place)
                for aside in _only(read(tokens, at), recognise)
                if not _meets(aside, asides)
            ),
            None,
        )
        at += 1
        if found:
            asides.append(found)
            while at < len(tokens) and tokens[at].start < found.end:
                at += 1
    if PLACE in recognise and not any(aside.kind == PLACE for aside in asides):
        asides += _last_place(tokens, asides)
    asides = _without_empty_talk(tokens, sorted(asides, key=lambda aside: aside.start))
    return asides, without(text, asides)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for found in _TOKEN.finditer(text):
        end = tokens[-1].end if tokens else 0
        tokens.append(_Token(fold(found[0]), *found.span(), text[end : found.start()].strip()))
    return tokens


def without(text: str, asides: Collection[Aside]) -> str:
    """A text with some of its parts left out."""
    for aside in sorted(asides, key=lambda one: one.start, reverse=True):
        text = f"{text[: aside.start]} {text[aside.end :]}"
    return " ".join(text.split())


def open_at_end(text: str, asides: Collection[Aside]) -> Aside | None:
    """ "open" as the last of the words; nothing where the text says already when."""
    if any(aside.kind in {OPEN, OPENING} | TIMES for aside in asides):
        return None
    words = [token for token in _tokens(text) if not any(_covers(aside, token) for aside in asides)]
    if words and words[-1].bare in OPEN_AT_END:
        return _aside(PERHAPS_OPEN, words, len(words) - 1, 1)
    return None


def put_together(text: str, asides: Iterable[Aside]) -> list[list[Aside]]:
    """The asides of a text in their order, "open" in one list with its times: without them it would be a word."""
    together: list[list[Aside]] = []
    for aside in asides:
        before = together[-1] if together else []
        kinds = {aside.kind, *(one.kind for one in before)}
        is_opening = OPENING in kinds and kinds <= TIMES | {OPENING}
        if before and is_opening and fold(text[before[-1].end : aside.start]) in BETWEEN:
            before.append(aside)
        else:
            together.append([aside])
    return together


def _key(phrase: str) -> Phrase:
    return tuple(fold(phrase.replace("-", " ")).split())


def _split(phrases: str) -> list[Phrase]:
    return [_key(phrase) for phrase in phrases.split("|") if phrase.strip()]


def _lines(text: str) -> Iterator[tuple[Phrase, str]]:
    for line in text.splitlines():
        kind, _, phrases = line.partition(":")
        yield from ((phrase, kind) for phrase in _split(phrases))


def _phrases() -> Iterator[tuple[Phrase, str]]:
    yield from _lines(PHRASES)
    for verb, (name, kind) in product(_split(SPEAKING_WORDS), LANGUAGE_NAMES.items()):
        yield (*verb, *_key(name)), kind


def _days() -> Iterator[tuple[Phrase, str]]:
    """Each way to name a weekday, or each of them."""
    once, each = ((), *_split(BEFORE_A_DAY)), _split(BEFORE_EACH_DAY)
    for day, names in DAY_NAMES.items():
        clear, unclear = (_split(part) for part in names.split("/"))
        for name in (*clear, *unclear):
            yield from (((*before, *name), day) for before in once if before or name in clear)
            yield from (((*before, *name), day + EACH) for before in each)
            first = f"{name[0]}s"
            for many in ((first, *name[1:]), (first, *(f"{part}s" for part in name[1:]))):
                yield from (((*before, *many), day + EACH) for before in (*each, ("on",)))
                if first.endswith("days"):
                    yield many, day + EACH


def _months() -> Iterator[tuple[Phrase, str]]:
    """Each way to say that something is in a month."""
    for month, names in MONTH_NAMES.items():
        for before, name in product(_split(BEFORE_A_MONTH), _split(names)):
            yield (*before, *name), month


def _numbered(names: Mapping[str, str]) -> dict[str, int]:
    """The number of each month by the one word that each of its names is."""
    both = ((month, name) for month, listed in names.items() for part in listed.split("/") for name in _split(part))
    return {name: MONTHS.index(month) + 1 for month, (name,) in both}


def _places() -> Iterator[Phrase]:
    for borough in BOROUGHS:
        yield _key(borough.name)
        for spot in (*NEIGHBOURHOODS[borough.slug], *DISTRICTS[borough.slug]):
            yield from (_key(name) for name in (spot.name, *spot.aliases))


_SAID = MappingProxyType({**dict(_days()), **dict(_months()), **dict(_phrases())})
_NAMED = frozenset(_places())
_UNCLEAR = {name: day for day, names in DAY_NAMES.items() for name in _split(names.split("/")[1])}
_OPENING = frozenset(_split(OPENING_WORDS))
_BEFORE_A_PLACE = frozenset(_split(BEFORE_A_PLACE))
_LONGEST = max(map(len, _SAID))
_PARTS = MappingProxyType(dict(_lines(PARTS_OF_A_DAY)))
_BEFORE_A_DATE = frozenset({(), *_split(BEFORE_A_DATE)})
_WEEKDAY_NAMES = frozenset({*_UNCLEAR, *(words for words, kind in _SAID.items() if kind in WEEKDAYS)})
_LONGEST_BEFORE_A_DATE = max(map(len, _WEEKDAY_NAMES)) + 1
_MONTHS = MappingProxyType(_numbered(MONTH_NAMES))
_UNCLEAR_MONTHS = frozenset(name for part in SHORT_MONTH_NAMES.values() for (name,) in _split(part.split("/")[1]))
_SHORT_MONTHS = MappingProxyType(_numbered(SHORT_MONTH_NAMES))
_LONGEST_PART = max(map(len, _PARTS))


def _bare(tokens: list[_Token], at: int, length: int) -> Phrase:
    return tuple(token.bare for token in tokens[at : at + length])


def _aside(kind: str, tokens: list[_Token], at: int, length: int, value: str = "") -> Aside:
    return Aside(kind, tokens[at].start, tokens[at + length - 1].end, value)


def _only(found: Iterator[Aside], recognise: Collection[str]) -> list[Aside]:
    return [aside for aside in found if aside.kind in recognise]


def _covers(aside: Aside, token: _Token) -> bool:
    return aside.start <= token.start < aside.end


def _meets(aside: Aside, others: Collection[Aside]) -> bool:
    return any(aside.start < other.end and other.start < aside.end for other in others)


def _date(tokens: list[_Token], at: int) -> Iterator[Aside]:
    """A day by its number and its month, with the weekday and the words that lead to it; no year is understood."""
    for lead in range(min(_LONGEST_BEFORE_A_DATE, len(tokens) - at - 1), -1, -1):
        if not _leads_to_a_date(_bare(tokens, at, lead)):
            continue
        month, day, length = _month_and_day(tokens, at + lead)
        kind, words = f"{month:02}-{day:02}", " ".join(_bare(tokens, at + lead, length))
        is_named = not lead and words in NAMED_DATES
        if kind in DATES and not is_named and not _is_part_of_more(tokens, at + lead, length):
            yield from _parted(kind, tokens, at, lead + length)
            yield _aside(kind, tokens, at, lead + length)


def _leads_to_a_date(words: Phrase) -> bool:
    """Such as "no dia", "sábado" or "sábado, dia"."""
    ends = range(len(words) + 1)
    return words in _BEFORE_A_DATE or any(words[:n] in _WEEKDAY_NAMES and words[n:] in _BEFORE_A_DATE for n in ends)


def _month_and_day(tokens: list[_Token], at: int) -> tuple[int, int, int]:
    """The numbers of month and day that begin here, and how many words they take; zeros where there are none."""
    first, second, third = (*_bare(tokens, at, 3), "", "")[:3]
    if day := _day_number(first):
        is_slashed = len(tokens) > at + 1 and tokens[at + 1].lead == "/"
        if is_slashed and second.isdecimal():
            return int(second), day, 2
        if second in {"de", "of"} and (month := _MONTHS.get(third) or _SHORT_MONTHS.get(third)):
            return month, day, 3
        is_clear = is_slashed or second not in _UNCLEAR_MONTHS
        if month := _MONTHS.get(second) or (is_clear and _SHORT_MONTHS.get(second)) or 0:
            return month, day, 2
    if (first in _MONTHS or first in SHORT_BEFORE_A_NUMBER) and (day := _day_number(second)):
        return _MONTHS.get(first) or _SHORT_MONTHS[first], day, 2
    return 0, 0, 0


def _day_number(word: str) -> int:
    found = _DAY_NUMBER.fullmatch(word)
    return int(found[1]) if found else 0


def _is_part_of_more(tokens: list[_Token], at: int, length: int) -> bool:
    """Whether a year follows, or other days precede: not all of it is understood, so none is."""
    after = tokens[at + length : at + length + 2]
    if after and (after[0].lead == "/" or _YEAR.fullmatch(after[0].bare)):
        return True
    if len(after) == 2 and after[0].bare == "de" and _YEAR.fullmatch(after[1].bare):
        return True
    before = tokens[max(at - 2, 0) : at]
    if len(before) == 2 and before[1].bare in BETWEEN_DATES:
        before.pop()
    return bool(before and _day_number(before[-1].bare))


def _time_or_fact(tokens: list[_Token], at: int) -> Iterator[Aside]:
    """The longest known phrase that begins here, first with the part of the day that follows it."""
    for length in range(min(_LONGEST, len(tokens) - at), 0, -1):
        words = _bare(tokens, at, length)
        kind = _SAID.get(words)
        yield from _parted(kind or _UNCLEAR.get(words, ""), tokens, at, length)
        before, after = _bare(tokens, at - 1, 1) if at else (), _bare(tokens, at + length, 1)
        if kind and not _is_another(kind, words, {*before}, {*after}):
            yield _aside(kind, tokens, at, length)
    # "fado quinta", "fado sexta": the day where it ends the wish, and is not all of it.
    last = _bare(tokens, at, 1)
    if at and at == len(tokens) - 1 and last in _UNCLEAR and tokens[at - 1].bare not in NOT_BEFORE_A_DAY:
        yield _aside(_UNCLEAR[last], tokens, at, 1)


def _parted(kind: str, tokens: list[_Token], at: int, length: int) -> Iterator[Aside]:
    """Days with the part of them that is named right after: "na quinta" may be a farm, "na quinta à tarde" is not."""
    before = {*_bare(tokens, at - 1, 1)} if at else set()
    if kind not in PARTED or _is_another(kind, _bare(tokens, at, length), before, set()):
        return
    for more in range(_LONGEST_PART, 0, -1):
        words = _bare(tokens, at + length, more)
        if part := _PARTS.get(words):
            each = EACH if kind in WEEKDAYS and words[-1].endswith("s") else ""
            yield _aside(kind + each + part, tokens, at, length + len(words))


def _is_another(kind: str, words: Phrase, before: set[str], after: set[str]) -> bool:
    """Whether a phrase means something else here, by the words beside it."""
    if words == ("free",):
        return bool(before & NOT_BEFORE_FREE or after & NOT_AFTER_FREE)
    if kind in MONTHS:  # "em Marco de Canaveses", "in March 2031": not all of it is understood, so none is
        return any(word == "de" or word.isdecimal() for word in after)
    if kind.removesuffix(EACH) in WEEKDAYS:
        return bool((len(words) == 1 and before & (NOT_BEFORE_A_DAY - {"de", "do"})) or after & NOT_AFTER_A_DAY)
    return False


def _opening(tokens: list[_Token], at: int) -> Iterator[Aside]:
    """ "open" is about a door only where a time follows."""
    for length in (2, 1):
        if _bare(tokens, at, length) in _OPENING and at + length < len(tokens):
            following = chain(_date(tokens, at + length), _time_or_fact(tokens, at + length))
            if any(aside.kind in TIMES for aside in following):
                yield _aside(OPENING, tokens, at, length)


def _place(tokens: list[_Token], at: int) -> Iterator[Aside]:
    """A place after a word that leads to one."""
    for length in (4, 3, 2, 1):
        if _bare(tokens, at, length) in _BEFORE_A_PLACE and at + length < len(tokens):
            name = at + length + (tokens[at + length].bare == "the")
            for words in range(min(LONGEST_PLACE, len(tokens) - name), 0, -1):
                if _bare(tokens, name, words) in _NAMED:
                    yield _aside(PLACE, tokens, at, name - at + words, " ".join(_bare(tokens, name, words)))


def _postcode(text: str, tokens: list[_Token]) -> Iterator[Aside]:
    """The first postcode or postcode district, with the words that lead to it."""
    found = _POSTCODE.search(text)
    if not found:
        return
    start = found.start()
    before = [token for token in tokens if token.end <= start]
    for length in (4, 3, 2, 1):
        if length <= len(before) and tuple(token.bare for token in before[-length:]) in _BEFORE_A_PLACE:
            start = before[-length].start
            break
    yield Aside(PLACE, start, found.end(), " ".join(part.upper() for part in found.groups() if part))


def _last_place(tokens: list[_Token], asides: list[Aside]) -> list[Aside]:
    """A place's bare name where the words of a wish end, unless it is another word as well."""
    taken = [any(_covers(aside, token) for aside in asides) for token in tokens]
    end = max((n + 1 for n, is_taken in enumerate(taken) if not is_taken), default=0)
    for words in range(min(LONGEST_PLACE, end), 0, -1):
        name = _bare(tokens, end - words, words)
        if name in _NAMED and not any(taken[end - words : end]):
            typed = " ".join(name)
            if typed not in ALSO_WORDS and typed not in WORDS:
                return [_aside(PLACE, tokens, end - words, words, typed)]
    return []


def _without_empty_talk(tokens: list[_Token], asides: list[Aside]) -> list[Aside]:
    """ "Something" is nothing to look for, beside anything else; alone it is a word like others."""
    is_all = all(aside.kind == ANYTHING for aside in asides) and all(
        any(_covers(aside, token) for aside in asides) for token in tokens
    )
    return [] if is_all else asides
