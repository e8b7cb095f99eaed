"""Everything one of the roles may read, looked through for somebody: row by row, whatever the table or view."""

from __future__ import annotations

from uuid import UUID

import psycopg
from psycopg import sql

# Every table and view that the role of this connection may read, with the columns it may read. Those that came with an
# extension are the same in every town; PostgreSQL's own describe tables, besides its samples of them and what runs.
READABLE = """
    SELECT c.oid::regclass::text, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
       AND has_schema_privilege(c.relnamespace, 'USAGE')
       AND (c.relnamespace = 'pg_catalog'::regnamespace) = %(of_postgresql)s
       AND c.relnamespace <> 'information_schema'::regnamespace  -- the same as pg_catalog, in other words
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
     GROUP BY c.oid
     ORDER BY 1
"""
# Functions that answer with members: they read what no role may, so they are asked as the pages do.
ANSWERS = {
    "find_members()": (
        "SELECT member, sort FROM find_members('', NULL, NULL, NULL, NULL, false, NULL::text, NULL::uuid, 1000000)"
    ),
    "best_matches()": "SELECT * FROM best_matches(1000000)",
    "compatibility_with()": "SELECT * FROM unnest(%(ids)s::uuid[]) AS asked, compatibility_with(asked)",
}


def sources(connection: psycopg.Connection, *, of_postgresql: bool = False) -> dict[str, str]:
    """What the role of a connection may read: the name of each table, view and function, and the question to it."""
    found = connection.execute(READABLE, {"of_postgresql": of_postgresql}).fetchall()
    questions = {name: f"SELECT {', '.join(columns)} FROM {name}" for name, columns in found}
    return questions if of_postgresql else questions | ANSWERS


def sweep(
    connection: psycopg.Connection, marks: dict[str, str], *, as_member: str | None, of_postgresql: bool = False
) -> set[tuple[str, str]]:
    """Where a reader meets any of these marks, as pairs of the place and the mark's name.

    ``marks`` are texts by name, found in any column, in any case; of a UUID the bare figures are looked for too.
    ``as_member`` is the identity of the transaction; None reads as a stranger. With ``of_postgresql`` it is
    PostgreSQL's own tables that are read: its statistics have samples, and who is connected shows statements.
    """
    connection.execute("SELECT set_config('app.member', %s, true)", [as_member or ""])
    spelled_out = [(name, spelling) for name, text in marks.items() for spelling in _spellings(text)]
    given = {
        "names": [name for name, _text in spelled_out],
        "texts": [text for _name, text in spelled_out],
        "ids": [text for text in marks.values() if len(_spellings(text)) > 1],
    }
    parts = [
        sql.SQL(  # each row as one text, written out once for all marks: OFFSET keeps the inner question whole
            "SELECT DISTINCT {}, mark.name"
            " FROM (SELECT lower(source::text) AS said FROM ({}) AS source OFFSET 0) AS line"
            " JOIN unnest(%(names)s::text[], %(texts)s::text[]) AS mark (name, text)"
            " ON position(mark.text IN line.said) > 0"
        ).format(name, sql.SQL(question))
        for name, question in sources(connection, of_postgresql=of_postgresql).items()
    ]
    return set(connection.execute(sql.SQL(" UNION ALL ").join(parts), given).fetchall())


def _spellings(text: str) -> list[str]:
    """A text as it may stand in a row, in small letters."""
    try:
        return [text.lower(), UUID(text).hex]
    except ValueError:
        return [text.lower()]
