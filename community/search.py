"""What someone meant when they typed into the search box.

``understand`` turns a typed text into a ``Wish``; ``SearchQuerySet.matching`` finds what fulfils it.
The stems are PostgreSQL's (community/migrations/0003), the synonyms are ours (community/lexicon.py),
and spelling is forgiven against the words that are publicly posted (``Word``): only a word that
occurs nowhere is taken for another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection, models, transaction
from django.db.models import F, Value

from community.lexicon import INTENTS, LONGEST, SYNONYMS, WORDS, looks_like, phrase_key, singular

MAX_LENGTH = 200
MAX_TERMS = 12
RANKED = 200

OPEN, FREE, PLACE = "open", "free", "place"
TODAY, TONIGHT, TOMORROW, WEEKEND, WEEK, MONTH = "today", "tonight", "tomorrow", "weekend", "week", "month"

_POSTCODE = re.compile(
    r"\b((?:E|EC|N|NW|SE|SW|W|WC|BR|CR|DA|EN|HA|IG|KT|RM|SM|TN|TW|UB|WD)[0-9][0-9A-Z]?)(?: ?([0-9][A-Z]{2}))?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Wish:
    """What a search asks for.

    ``query`` is a tsquery as text, empty if nothing is asked of the words. ``corrected`` has each
    word that was forgiven, as typed, and the word that is shown instead. ``wants`` and ``place``
    hold what was recognised apart from the words: ``{"weekend", "free"}``, ``"SW8 1UQ"``.
    """

    text: str = ""
    query: str = ""
    terms: tuple[str, ...] = ()
    corrected: Mapping[str, str] = field(default_factory=dict)
    wants: frozenset[str] = frozenset()
    place: str = ""


class SearchQuerySet(models.QuerySet):
    """Reads for anything with a ``search`` vector."""

    def matching(self, wish: Wish) -> Self:
        """Keep what has all the words of a wish, in the order it had; an empty wish keeps everything."""
        return self.filter(search=_TextQuery(wish.query)) if wish.query else self

    def best_first(self, wish: Wish, *, among: int = RANKED) -> Self:
        """Put the best for a wish first, among the first ``among`` that it matched in the present order.

        Call it on what ``matching`` kept. Each row gains ``rank``. Ranking reads whole vectors,
        so a common word must not rank the whole town.
        """
        if not wish.query:
            return self.annotate(rank=Value(0.0))
        first = self.values("pk")[:among]
        ranked = self.filter(pk__in=first).annotate(rank=SearchRank(F("search"), _TextQuery(wish.query)))
        return ranked.order_by(F("rank").desc(), *self.query.order_by)


class _TextQuery(SearchQuery):
    """A tsquery written out, its lexemes stems already: a constant, so that the planner sees how common they are."""

    template = "%(expressions)s::text::tsquery"


class _Term(NamedTuple):
    """A word or a known phrase, and what ``search_query`` is to look for; a phrase is never misspelt."""

    words: tuple[str, ...]
    query: str
    is_certain: bool


class _Answer(NamedTuple):
    """What the vocabulary says to a term: queries for what is posted of it, or for what begins so, or words like it."""

    asked: str | None
    is_stop: bool
    posted: list[str]
    begun: str | None
    likely: list[tuple[str, str, int]]

    @property
    def query(self) -> str | None:
        return self.begun or " | ".join(f"({query})" for query in self.posted) or self.asked


def understand(text: str, *, recognise: Collection[str] = ()) -> Wish:
    """Say what a typed text asks for, forgiving its spelling; one or two short statements.

    ``recognise`` names what the caller can act on apart from words: OPEN, FREE, a time (TODAY … MONTH)
    or PLACE (a postcode). What it does not name stays in the text as words.
    Only the first MAX_LENGTH characters are read.
    """
    text = unicodedata.normalize("NFC", text.replace("\0", " "))[:MAX_LENGTH].strip()
    place, rest = _take_place(text) if PLACE in recognise else ("", text)
    wants, words = _take_wants(_words(rest), recognise)
    is_begun = _words(rest)[-1:] == words[-1:]
    terms = _terms(words)
    answers = _ask(terms, is_begun=is_begun)
    corrected = _corrections(terms, answers)
    if corrected:
        terms = _terms([corrected.get(word, word) for word in words])
        answers = _ask(terms, is_begun=is_begun)
    return Wish(
        text=text,
        query=_compose(answers),
        terms=tuple(" ".join(term.words) for term in terms),
        corrected=corrected,
        wants=wants,
        place=place,
    )


def spell_out(text: str) -> str:
    """A typed text as ``search_query()`` takes it, with synonyms and the last word as a beginning.

    Unlike ``understand`` it asks nothing of what is posted and forgives no spelling: for what not everyone may find.
    """
    terms = _terms(_words(unicodedata.normalize("NFC", text.replace("\0", " "))[:MAX_LENGTH]))
    queries = [term.query for term in terms]
    if queries and len(terms[-1].words) == 1:
        queries[-1] = f"{queries[-1]}|{terms[-1].words[0]}*"
    return " ".join(queries)


@contextmanager
def words_counted_once() -> Iterator[None]:
    """Let a bulk load, in one transaction, count its words at the end instead of with every statement.

    The counts lock each common word until the transaction ends; so a long import would hold up
    everyone who posts meanwhile. Run it as the owner.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.words', 'later', true)")
        yield
        cursor.execute("SELECT set_config('app.words', '', true), recount_words()")


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _bare(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def _take_place(text: str) -> tuple[str, str]:
    """The first postcode or postcode district in a text, and the text without it."""
    found = _POSTCODE.search(text)
    if not found:
        return "", text
    return " ".join(part.upper() for part in found.groups() if part), text[: found.start()] + text[found.end() :]


def _take_wants(words: list[str], recognise: Collection[str]) -> tuple[frozenset[str], list[str]]:
    """What the words say about time, doors and money, and the words without it."""
    wants: set[str] = set()
    left: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            want = INTENTS.get(tuple(map(_bare, words[at : at + length])))
            if want is not None and want in recognise:
                wants.add(want)
                at += length
                break
        else:
            left.append(words[at])
            at += 1
    return frozenset(wants), left


def _terms(words: list[str]) -> list[_Term]:
    """Words and the longest phrases the lexicon knows, each with all that means the same."""
    terms: list[_Term] = []
    at = 0
    while at < len(words) and len(terms) < MAX_TERMS:
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            taken = tuple(words[at : at + length])
            synonyms = SYNONYMS.get(phrase_key(tuple(map(_bare, taken))))
            if synonyms:
                query = "|".join("_".join(phrase) for phrase in synonyms)
                terms.append(_Term(taken, query, is_certain=True))
                break
        else:
            length = 1
            terms.append(_Term((words[at],), words[at], is_certain=not words[at].isalpha()))
        at += length
    return terms


def _ask(terms: list[_Term], *, is_begun: bool) -> list[_Answer]:
    """Ask the vocabulary about all terms in one statement."""
    if not terms:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked, is_stop, posted,
                   CASE WHEN is_unknown AND is_last AND EXISTS (SELECT FROM community_word WHERE search @@ begun)
                        THEN begun::text END,
                   CASE WHEN is_unknown
                        THEN (SELECT coalesce(json_agg(json_build_array(word, bare, documents)), '[]')
                                FROM forgive_word(typed)) ELSE '[]' END
              FROM (SELECT *, typed <> '' AND NOT is_stop AND posted = '{}' AS is_unknown
                      FROM (SELECT place, place = %s AS is_last, typed,
                                   typed <> '' AND search_is_stop(typed) AS is_stop,
                                   search_query(query)::text AS asked,
                                   search_query(typed || '*') AS begun,
                                   ARRAY(SELECT DISTINCT found::text
                                           FROM unnest(string_to_array(query, '|')) AS phrase,
                                                posted_query(phrase) AS found
                                          WHERE found IS NOT NULL) AS posted
                              FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS given (query, typed, place)
                            OFFSET 0) AS term) AS term
             ORDER BY place
            """,
            [
                len(terms) if is_begun else 0,
                [term.query for term in terms],
                ["" if term.is_certain else _bare(term.words[0]) for term in terms],
            ],
        )
        return [_Answer(*row) for row in cursor.fetchall()]


def _corrections(terms: list[_Term], answers: list[_Answer]) -> dict[str, str]:
    corrected = {}
    for term, answer in zip(terms, answers, strict=True):
        if not (term.is_certain or answer.is_stop or answer.posted or answer.begun):
            word = _nearest(_bare(term.words[0]), answer.likely)
            if word:
                corrected[term.words[0]] = word
    return corrected


def _nearest(typed: str, likely: list[tuple[str, str, int]]) -> str | None:
    """The word that was probably meant: fewest slips, then posted rather than merely known, then most often posted."""
    allowed = 2 if len(typed) > 6 else 1
    candidates = [(word, bare, -documents) for word, bare, documents in likely]
    candidates += [(WORDS[bare], bare, 1) for bare in looks_like(typed)]
    ranked = [
        (min(slips(typed, bare), slips(singular(typed), singular(bare))), rarity, word)
        for word, bare, rarity in candidates
        if len(bare) > 4 and len(typed) > 3
    ]
    return min((found for found in ranked if found[0] <= allowed), default=(0, 0, None))[2]


def slips(typed: str, meant: str) -> int:
    """How many letters were added, left out, replaced, or swapped with their neighbour."""
    before: list[int] = []
    above = list(range(len(meant) + 1))
    for i, one in enumerate(typed, start=1):
        row = [i]
        for j, other in enumerate(meant, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (one != other))
            if before and j > 1 and one == meant[j - 2] and typed[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]


def _compose(answers: list[_Answer]) -> str:
    """All terms together; words such as "de" and "the" count only if there is nothing else."""
    content = [answer for answer in answers if not answer.is_stop] or answers
    return " & ".join(f"({answer.query})" for answer in content if answer.query)
