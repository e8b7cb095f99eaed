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
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, NamedTuple, Self

from django.contrib.postgres.search import SearchQuery, SearchVectorExact, SearchVectorField
from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import Case, F, Func, IntegerField, Value, When
from django.db.models.expressions import Combinable

from community.asides import PLACE, Aside, open_at_end, take_asides
from community.lexicon import LONGEST, SYNONYMS, WORDS, looks_like, phrase_key, singular

MAX_LENGTH = 200
MAX_TERMS = 12
SHORTEST_BEGINNING = 3  # letters; with fewer, half the words there are begin so
RANKED = 200


@dataclass(frozen=True)
class Wish:
    """What a search asks for.

    ``query`` is a tsquery as text, empty if nothing is asked of the words. ``corrected`` has each
    word that was forgiven, as typed, and the word that is shown instead. ``wants`` and ``place``
    hold what was recognised apart from the words: ``{"weekend", "free"}``, ``"SW8 1UQ"``; ``asides``
    says where in the text. ``looser`` are queries for some of several words, the strictest first, and
    ``parts`` those of each word; ``is_loose`` once one of them has taken the place of ``query``. ``titled``
    is a query for titles that fulfil it besides.
    """

    text: str = ""
    query: str = ""
    terms: tuple[str, ...] = ()
    corrected: Mapping[str, str] = field(default_factory=dict)
    wants: frozenset[str] = frozenset()
    place: str = ""
    asides: tuple[Aside, ...] = field(default=(), compare=False)
    looser: tuple[str, ...] = field(default=(), compare=False)
    parts: tuple[str, ...] = field(default=(), compare=False)
    is_loose: bool = False
    titled: str = ""

    def loosened(self) -> Wish:
        """The same wish, content with fewer of its words."""
        return replace(self, query=self.looser[0], looser=self.looser[1:], is_loose=True)

    def of_doors(self) -> Wish:
        """The same wish of what has a door: "barbearia aberta" asks for one that is open, or is called so."""
        aside = open_at_end(self.text, self.asides)
        word = self.text[aside.start : aside.end].lower() if aside else ""
        if not aside or not self.parts or self.terms[-1] != self.corrected.get(word, word):
            return self  # "mente aberta" may be a phrase of the lexicon
        parts = self.parts[:-1]
        return replace(
            self,
            query=" & ".join(parts),
            terms=self.terms[:-1],
            corrected={typed: meant for typed, meant in self.corrected.items() if typed != word},
            wants=self.wants | {aside.kind},
            asides=tuple(sorted((*self.asides, aside), key=lambda one: one.start)),
            looser=_looser(parts),
            parts=parts,
            titled=self.query,
        )


class SearchQuerySet(models.QuerySet):
    """Reads for anything with a ``search`` vector."""

    def matching(self, wish: Wish) -> Self:
        """Keep what has all the words of a wish, in the order it had; an empty wish keeps everything."""
        return self.filter(search=_TextQuery(wish.query)) if wish.query else self

    def first_matching(self, wish: Wish, *, most: int) -> list[Any]:
        """The keys of some that have all the words of a wish, in no order; none means that there are none.

        PostgreSQL takes words to be independent. Where it expects many to have them all, it would walk the whole
        list in its order to find those few, or none (290 ms); so the words are asked for by their index first.
        """
        try:
            sql, params = self.matching(wish).order_by().values_list("pk").query.sql_with_params()
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            # The ORM has no CTE; the statement is its own, values apart.
            statement = f"WITH found AS MATERIALIZED ({sql}) SELECT * FROM found LIMIT %s"  # noqa: S608
            cursor.execute(statement, [*params, most])
            return [key for (key,) in cursor.fetchall()]

    def best_first(self, wish: Wish, *, among: int = RANKED) -> Self:
        """Put the best for a wish first, among the first ``among`` that it matched in the present order.

        Call it on what ``matching`` kept. Each row gains ``rank``: what has the words in its title comes
        before what has them in the names of its kind and place, and that before what only mentions them;
        of a loose wish, what has more of the words comes before all that. How often a word is said
        is of no matter, so that what is equally relevant stays in its order. Ranking reads whole vectors,
        so a common word must not rank the whole town.
        """
        if not wish.query:
            return self.annotate(rank=Value(0))
        first = self.values("pk")[:among]
        return self.filter(pk__in=first).annotate(rank=_rank(wish)).order_by(F("rank").desc(), *self.query.order_by)


def in_title(query: str) -> SearchVectorExact:
    """A condition: all the words of a query are in the title."""
    return SearchVectorExact(_weighing("{a}"), _TextQuery(query))


class _TextQuery(SearchQuery):
    """A tsquery written out, its lexemes stems already: a constant, so that the planner sees how common they are."""

    template = "%(expressions)s::text::tsquery"


def _rank(wish: Wish) -> Combinable:
    query = _TextQuery(wish.query)
    rank: Combinable = Case(
        When(SearchVectorExact(_weighing("{a}"), query), then=2),
        When(SearchVectorExact(_weighing("{a,b}"), query), then=1),
        default=0,
        output_field=IntegerField(),
    )
    for part in wish.parts if wish.is_loose else ():
        found = When(SearchVectorExact(F("search"), _TextQuery(part)), then=3)
        rank = rank + Case(found, default=0, output_field=IntegerField())
    return rank


def _weighing(weights: str) -> Func:
    """The words of some weights alone: A is a title, B the names of what it is and where."""
    return Func(
        F("search"), Value(weights), template='ts_filter(%(expressions)s::"char"[])', output_field=SearchVectorField()
    )


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

    ``recognise`` names what the caller can act on apart from words: kinds of aside (community/asides.py)
    and times (community/clock.py). What it does not name stays in the text as words.
    Only the first MAX_LENGTH characters are read.
    """
    text = unicodedata.normalize("NFC", text.replace("\0", " "))[:MAX_LENGTH].strip()
    asides, rest = take_asides(text, recognise)
    words = _words(rest)
    is_begun = _words(text)[-1:] == words[-1:]
    terms = _terms(words)
    answers = _ask(terms, is_begun=is_begun)
    corrected = _corrections(terms, answers)
    if corrected:
        terms = _terms([corrected.get(word, word) for word in words])
        answers = _ask(terms, is_begun=is_begun)
    parts = _parts(answers)
    return Wish(
        text=text,
        query=" & ".join(parts),
        terms=tuple(" ".join(term.words) for term in terms),
        corrected=corrected,
        wants=frozenset(aside.kind for aside in asides if aside.kind != PLACE),
        place=next((aside.value for aside in asides if aside.kind == PLACE), ""),
        asides=tuple(asides),
        looser=_looser(parts),
        parts=parts,
    )


def spell_out(text: str) -> str:
    """A typed text as ``search_query()`` takes it, with synonyms and the last word as a beginning.

    Unlike ``understand`` it asks nothing of what is posted and forgives no spelling: for what not everyone may find.
    """
    terms = _terms(_words(unicodedata.normalize("NFC", text.replace("\0", " "))[:MAX_LENGTH]))
    queries = [term.query for term in terms]
    if queries and len(terms[-1].words) == 1 and len(terms[-1].words[0]) >= SHORTEST_BEGINNING:
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
                                FROM (SELECT * FROM forgive_word(typed)
                                      UNION
                                      SELECT word, bare, documents FROM community_word
                                       WHERE bare = ANY (string_to_array(swapped, '|'))) AS likely) ELSE '[]' END
              FROM (SELECT *, typed <> '' AND NOT is_stop AND posted = '{}' AS is_unknown
                      FROM (SELECT place, place = %s AS is_last, typed, swapped,
                                   typed <> '' AND search_is_stop(typed) AS is_stop,
                                   search_query(query)::text AS asked,
                                   search_query(typed || '*') AS begun,
                                   ARRAY(SELECT DISTINCT found::text
                                           FROM unnest(string_to_array(query, '|')) AS phrase,
                                                posted_query(phrase) AS found
                                          WHERE found IS NOT NULL) AS posted
                              FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY
                                   AS given (query, typed, swapped, place)
                            OFFSET 0) AS term) AS term
             ORDER BY place
            """,
            [
                len(terms) if is_begun else 0,
                [term.query for term in terms],
                ["" if term.is_certain else _bare(term.words[0]) for term in terms],
                ["" if term.is_certain else "|".join(_swapped(_bare(term.words[0]))) for term in terms],
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
    swapped = _swapped(typed)
    ranked = [
        (min(slips(typed, bare), slips(singular(typed), singular(bare))), rarity, word)
        for word, bare, rarity in candidates
        if (len(bare) > 4 and len(typed) > 3) or bare in swapped
    ]
    return min((found for found in ranked if found[0] <= allowed), default=(0, 0, None))[2]


def _swapped(typed: str) -> list[str]:
    """A word of four letters with two neighbours swapped: the one slip that is forgiven in so short a word."""
    if len(typed) != 4:
        return []
    return [typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :] for at in range(3)]


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


def _parts(answers: list[_Answer]) -> tuple[str, ...]:
    """The query of each term; words such as "de" and "the" count only if there is nothing else."""
    content = [answer for answer in answers if not answer.is_stop] or answers
    return tuple(f"({answer.query})" for answer in content if answer.query)


def _looser(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Queries for all words but any one, then for any one of them."""
    if len(parts) < 2:
        return ()
    any_one = " | ".join(parts)
    if len(parts) == 2:
        return (any_one,)
    return " | ".join(f"({' & '.join(most)})" for most in combinations(parts, len(parts) - 1)), any_one
