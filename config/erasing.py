"""The function that erases a member, made from what the registry says of every table.

``manage.py prepare`` puts it in the database, as it grants what ``privileges`` says. It runs as the owner, so
that the worker needs no right to anybody's rows; it takes the id of a wish, not of a member, and does nothing
for a wish whose day for second thoughts is not over. It is one transaction: all of it, or nothing.
"""

from __future__ import annotations

from django.db import connection

from community.models import AuditEntry
from community.registry import MEMBER, Holding, holdings

FUNCTION = """
CREATE OR REPLACE FUNCTION erase_member(wish uuid, its_trace text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        its_member uuid;
        its_pseudonym uuid := left(its_trace, 32)::uuid;
        its_pictures text[];
    BEGIN
        SELECT member_id INTO its_member FROM community_erasure
         WHERE id = wish AND due_at <= now() AND member_id IS NOT NULL FOR UPDATE;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        -- Whoever is adding a row of theirs at this moment is waited for; afterwards nobody can.
        PERFORM FROM community_member WHERE id = its_member FOR UPDATE;
        its_pictures := ARRAY(%(pictures)s);
        UPDATE community_erasure SET member_id = NULL, trace = its_trace WHERE id = wish;
%(statements)s
        -- A picture of an event that stays, stays.
        UPDATE community_erasure SET pictures = ARRAY(
            SELECT name FROM unnest(its_pictures) AS name EXCEPT (%(kept)s)) WHERE id = wish;
    END $$;
REVOKE EXECUTE ON FUNCTION erase_member(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_member(uuid, text) TO lusotown_worker;
"""


def install() -> None:
    """Make the function anew. Run as the owner."""
    with connection.cursor() as cursor:
        cursor.execute(function())


def function() -> str:
    """Its source: the rules of every holding, in the order in which rows hang on each other."""
    # The audit comes last: it is told of every row that goes before it.
    tables = sorted(holdings(), key=lambda holding: holding.table == AuditEntry._meta.db_table)
    pictured = [table for table in tables if table.whose and "picture" in table.kinds]
    statements = "\n".join(f"        {_filled(line)};" for table in tables for line in table.erasing())
    return FUNCTION % {
        "statements": statements,
        "pictures": " UNION ".join(_filled(f"{_pictures(table)} AND {table.whose}") for table in pictured),
        "kept": " UNION ".join(_pictures(table) for table in pictured),
    }


def _pictures(table: Holding) -> str:
    return f"SELECT t.picture FROM {table.table} AS t WHERE t.picture > ''"  # noqa: S608 (our own tables)


def _filled(statement: str) -> str:
    return statement.replace(MEMBER, "its_member").replace("{pseudonym}", "its_pseudonym")
