from django.db import migrations

TURNS = """
CREATE TABLE community_turn (name text PRIMARY KEY);
INSERT INTO community_turn VALUES ('matching'), ('openings'), ('ranks'), ('vouches');

-- Wait for one's turn, to the end of the transaction; no longer than five seconds, whatever the caller's connection says.
CREATE FUNCTION take_turn(its_name text) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp SET lock_timeout = '5s'
    AS $$
    BEGIN
        PERFORM FROM community_turn WHERE name = its_name FOR UPDATE;
    EXCEPTION WHEN lock_not_available THEN
        RAISE insufficient_privilege USING MESSAGE = 'others_turn', CONSTRAINT = 'others_turn';
    END $$;
REVOKE EXECUTE ON FUNCTION take_turn(text) FROM PUBLIC;
"""

UNDO_TURNS = """
DROP FUNCTION take_turn(text);
DROP TABLE community_turn;
"""

# Whoever may not ask at all waits for nobody, and nobody for them; whoever lost their rank while they waited is refused.
ASKED = """
CREATE OR REPLACE FUNCTION administrator_who_asks() RETURNS uuid LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF NOT administers() THEN
            PERFORM refuse_rank('administrators_only');
        END IF;
        PERFORM take_turn('ranks');
        IF NOT administers() THEN
            PERFORM refuse_rank('administrators_only');
        END IF;
        RETURN current_member();
    END $$;
"""

UNDO_ASKED = """
CREATE OR REPLACE FUNCTION administrator_who_asks() RETURNS uuid LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('ranks'));
        IF NOT administers() THEN
            PERFORM refuse_rank('administrators_only');
        END IF;
        RETURN current_member();
    END $$;
"""

# Each function in its new words, by replacing the old ones: (function, found, instead).
CHANGES = (
    ("accept_invitation(text, text)", "pg_advisory_xact_lock(hashtext('ranks'))", "take_turn('ranks')"),
    (
        "matching_bits(community_matchingchoice, community_matchingchoice)",
        "pg_advisory_xact_lock(hashtext('community_matchingbits'))",
        "take_turn('matching')",
    ),
    ("matching_bits_anew()", "pg_advisory_xact_lock(hashtext('community_matchingbits'))", "take_turn('matching')"),
)


def rewording(function: str, found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """What goes one after the other waits at a row that no role may lock, and not for long.

    An advisory lock is anybody's who can connect: held by a role of ours, it would have kept everyone from giving ranks or
    answering for another. Locking a row takes the right to change it, which the owner's functions alone have. One of those
    can still be asked, and its transaction left open: who waits for it is refused after five seconds.
    """

    dependencies = [("community", "0101_passwords_are_ones_own")]

    operations = [
        migrations.RunSQL(TURNS, UNDO_TURNS),
        migrations.RunSQL(ASKED, UNDO_ASKED),
        *(
            migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
            for function, found, instead in CHANGES
        ),
    ]
