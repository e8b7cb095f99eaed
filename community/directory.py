"""Finding members: only what each chose to show to whoever looks has a say in it.

The database asks the question whole (``find_members``, community/migrations/0023) and answers with ids; what is
shown of them is then read through row security, like anywhere else.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.core import signing
from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from community.cursors import LONGEST, BadCursor, fingerprint
from community.fields import LanguagesField, SlugsField, WordsField, YesNoField
from community.models import Borough, Interest, Profile, Region
from community.search import spell_out
from community.vocabulary import put_into_words

PAGE_SIZE = 24


class Found(NamedTuple):
    """Members in the order of their names, and the cursor of those who follow, if any do."""

    profiles: list[Profile]
    next: str | None


class DirectoryForm(forms.Form):
    """What the directory can be asked for."""

    q = WordsField(label=_("Words"))
    region = SlugsField(model=Region, label=_("Heritage region"))
    interest = SlugsField(model=Interest, label=_("Interest"))
    language = LanguagesField(label=_("Language"))
    borough = SlugsField(model=Borough, label=_("Borough"))
    verified = YesNoField(label=_("Heritage verified"))


class Directory:
    """A question to the directory, as an address holds it. ``form`` has what was asked, and what could not be read."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.form = DirectoryForm(query)

    def is_valid(self) -> bool:
        return self.form.is_valid()

    def page(self, cursor: str | None = None) -> Found:
        """The first members, or those after a cursor. Two questions, and one for each vocabulary.

        Raises BadCursor if the cursor is none of this query.
        """
        asked = self.form.cleaned_data
        sort, after = self._read(cursor) if cursor else (None, None)
        rows = _find(
            spell_out(asked["q"] or ""),
            _facets("region", asked["region"]),
            _facets("interest", asked["interest"]),
            _facets("language", asked["language"]),
            _facets("borough", asked["borough"]),
            asked["verified"] or False,
            sort,
            after,
            PAGE_SIZE + 1,
        )
        shown = rows[:PAGE_SIZE]
        profiles = Profile.objects.with_sections().in_bulk([member for member, _sort in shown])
        found = [profiles[member] for member, _sort in shown if member in profiles]
        put_into_words(found)
        return Found(found, self._write(*shown[-1]) if len(rows) > PAGE_SIZE else None)

    def _write(self, member: Any, sort: str) -> str:
        return _signer().sign_object([fingerprint(self.query, "members"), sort, str(member)])

    def _read(self, cursor: str) -> tuple[str, str]:
        try:
            if len(cursor) > LONGEST:
                raise BadCursor
            scope, sort, member = _signer().unsign_object(cursor)
        except (signing.BadSignature, ValueError) as error:
            raise BadCursor from error
        if scope != fingerprint(self.query, "members"):
            raise BadCursor
        return sort, member


def _facets(kind: str, values: list[str] | None) -> list[str] | None:
    return [f"{kind}:{value}" for value in values] if values else None


def _find(*asked: Any) -> list[tuple[Any, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member, sort"
            " FROM find_members(%s, %s::text[], %s::text[], %s::text[], %s::text[], %s, %s, %s::uuid, %s)",
            asked,
        )
        return cursor.fetchall()


def _signer() -> signing.Signer:
    return signing.Signer(salt="community.directory")
