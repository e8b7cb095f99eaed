"""Pages that stay put while rows are inserted: the next page begins after the last row's sort keys.

A cursor is signed, and good only for the query that gave it: another list, other filters or another order refuse it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core import signing
from django.db.models import BooleanField, F, Func, Model, OrderBy, QuerySet, Value
from django.http import QueryDict

Row = TypeVar("Row", bound=Model)
Rows = TypeVar("Rows", bound=QuerySet)

PRESENTATION = frozenset({"cursor", "page_size", "lang", "format", "translations"})
LONGEST = 1000


class BadCursor(ValueError):
    """The cursor was not made here, or was made for another query."""


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of rows: names of fields or annotations, the last of them unique; all one way.

    ``reach`` is for an order whose index knows the first key alone (a distance): it keeps the rows
    whose first key is no more than a value, so that a page sorts only what may stand on it.
    """

    keys: tuple[str, ...]
    descending: bool = False
    reach: Callable[[Any, Any], Any] | None = None

    def by(self, *, backwards: bool = False) -> list[OrderBy]:
        """The ORDER BY of this order, or of its reverse."""
        return [OrderBy(F(key), descending=self.descending != backwards) for key in self.keys]

    def beyond(self, values: Sequence[Any], *, backwards: bool) -> Func:
        """Rows after (or before) the one with these key values, as one row comparison that an index can serve."""
        row = Func(*(F(key) for key in self.keys), function="ROW")
        mark = Func(*(Value(value) for value in values), function="ROW")
        sign = " < " if self.descending != backwards else " > "
        return Func(row, mark, template="%(expressions)s", arg_joiner=sign, output_field=BooleanField())


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows in order, and the cursors of the pages around them."""

    rows: list[Row]
    next: str | None
    previous: str | None


def paginate(queryset: QuerySet[Row], order: Order, *, size: int, cursor: str | None, query: QueryDict) -> Page[Row]:
    """One page of ``size`` rows: the first, or the one a cursor points to.

    ``query`` is what was asked: a cursor of another query raises BadCursor.
    """
    # The keys too: the same words may be sorted otherwise a moment later, and a mark of other types breaks the query.
    scope = fingerprint(query, queryset.model._meta.label, order.keys, order.descending)
    backwards, mark = _read(cursor, scope) if cursor else (False, None)
    if mark is not None:
        queryset = queryset.filter(order.beyond(mark, backwards=backwards))
    if backwards:
        rows = list(queryset.order_by(*order.by(backwards=True))[: size + 1])
    else:
        rows = list(first_of(queryset, order, most=size + 1))
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    follows = bool(rows) and (has_more if not backwards else True)
    precedes = bool(rows) and (has_more if backwards else mark is not None)
    return Page(
        rows,
        next=_write(rows[-1], order, scope, backwards=False) if follows else None,
        previous=_write(rows[0], order, scope, backwards=True) if precedes else None,
    )


def first_of(queryset: Rows, order: Order, *, most: int) -> Rows:
    """The first rows in an order, read by its first key alone where only that has an index.

    What is equally far stands in the order of the keys that follow, so no two readings differ.
    """
    if order.reach:
        edge = queryset.order_by(order.keys[0]).values_list(order.keys[0], flat=True)[most - 1 : most]
        for value in edge:
            queryset = order.reach(queryset, value)
    return queryset.order_by(*order.by())[:most]


def fingerprint(query: QueryDict, *what: object) -> str:
    """What a cursor is bound to: ``what`` it pages, and everything that was asked, apart from how it is shown."""
    asked = sorted((name, value) for name, values in query.lists() if name not in PRESENTATION for value in values)
    return hashlib.sha256(repr((*what, asked)).encode()).hexdigest()[:12]


def _write(row: Model, order: Order, scope: str, *, backwards: bool) -> str:
    values = [_pack(getattr(row, key)) for key in order.keys]
    return _signer().sign_object([scope, int(backwards), *values])


def _read(cursor: str, scope: str) -> tuple[bool, list[Any]]:
    if len(cursor) > LONGEST:
        raise BadCursor
    try:
        given_scope, backwards, *values = _signer().unsign_object(cursor)
    except signing.BadSignature as error:
        raise BadCursor from error
    if given_scope != scope:
        raise BadCursor
    return bool(backwards), [_unpack(value) for value in values]


def _signer() -> signing.Signer:
    return signing.Signer(salt="community.cursors")


def _pack(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, UUID):
        return {"id": value.hex}
    return value


def _unpack(value: Any) -> Any:
    match value:
        case {"at": str(at)}:
            return datetime.fromisoformat(at)
        case {"id": str(pk)}:
            return UUID(pk)
    return value
