"""What is kept about people, said once for every column of every table.

Each app says in its ``privacy.py`` what its tables hold (``HOLDINGS``). From the same words come the document
for members and regulators (docs/privacy.md), the export, and the function that erases a member. A column
without a word here fails the suite, and so does a word without a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

MEMBER = "{member}"  # in SQL: the id of the member in question


class Kind(StrEnum):
    """What kind of data a column holds, as UK law sees it."""

    NONE = "nothing about a person"
    PERSONAL = "personal"
    SPECIAL = "special category"
    SECRET = "secret"  # noqa: S105 (a word)


@dataclass(frozen=True)
class Erasure:
    """What becomes of a member's rows when they are erased: in words, and as SQL over a table ``t``."""

    words: str
    statements: tuple[str, ...] = ()


NOTHING = Erasure("no row is about a member")
DELETED = Erasure("deleted", ("DELETE FROM {table} AS t WHERE {touched}",))
WITH_PARENT = "with the row it belongs to"

# How long things are kept. Each is held by the account itself or by a nightly job.
ACCOUNT = "as long as the account, or until its member removes it"
TOWN = "as long as the town needs it"
TWO_YEARS = "two years"


@dataclass(frozen=True)
class Holding:
    """One table: why it is kept and for how long, what each column is, who may take it along, how it is erased.

    ``whose`` is SQL over ``t`` that finds a member's rows, ``touched`` what erasing them must reach (the same
    unless said). ``withheld`` names columns that an export leaves out, with the reason; secrets always are.
    ``export`` says why a whole table is not taken along. ``unaudited`` says why its changes are not written down.
    """

    table: str
    why: str
    kept: str = ACCOUNT
    whose: str = ""
    touched: str = ""
    plain: str = ""
    personal: str = ""
    special: str = ""
    secret: str = ""
    withheld: Mapping[str, str] = field(default_factory=dict)
    export: str = ""
    erasure: Erasure = NOTHING
    unaudited: str = ""

    @property
    def kinds(self) -> dict[str, Kind]:
        """Each column's kind."""
        groups = {
            Kind.NONE: self.plain,
            Kind.PERSONAL: self.personal,
            Kind.SPECIAL: self.special,
            Kind.SECRET: self.secret,
        }
        return {column: kind for kind, columns in groups.items() for column in columns.split()}

    @property
    def exported(self) -> list[str]:
        """The columns a member takes along."""
        if not self.whose or self.export:
            return []
        return [name for name, kind in self.kinds.items() if kind != Kind.SECRET and name not in self.withheld]

    def erasing(self) -> Iterator[str]:
        """The SQL that erases a member's rows here, with ``{member}`` and ``{pseudonym}`` still to be filled in."""
        for statement in self.erasure.statements:
            yield statement.replace("{table}", self.table).replace("{touched}", f"({self.touched or self.whose})")


def vocabulary(table: str, columns: str, why: str = "the town's vocabulary, the same for everyone") -> Holding:
    """A table that says nothing about anybody."""
    return Holding(table, why, kept=TOWN, plain=columns, unaudited="no person in it")


def holdings() -> list[Holding]:
    """Those of every app, from the top of the line of layers down: what hangs on a row comes before it."""
    return [
        holding
        for app in apps.get_app_configs()
        if module_has_submodule(app.module, "privacy")
        for holding in import_module(f"{app.name}.privacy").HOLDINGS
    ]
