from django.db import migrations, models

MARK = """
-- What no ROLLBACK takes back: a sequence. It holds how many were stopped so far and, in its lowest forty bits, the end of
-- the id of whoever it was last.
CREATE SEQUENCE verification_stopped;

CREATE FUNCTION end_of_id(someone uuid) RETURNS bigint LANGUAGE sql IMMUTABLE
    SET search_path = public, pg_temp
    AS $$ SELECT ('x' || right(someone::text, 10))::bit(40)::bigint $$;

-- Stops a moderator, once, by a mark that stands.
CREATE FUNCTION stop_moderator(someone uuid, its_mark bigint) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        INSERT INTO verification_stop (id, moderator_id, mark) VALUES (gen_random_uuid(), someone, its_mark)
            ON CONFLICT (moderator_id) WHERE lifted_at IS NULL DO UPDATE SET mark = excluded.mark;
        UPDATE verification_case SET claimed_by_id = NULL, claimed_until = NULL WHERE claimed_by_id = someone;
    END $$;

-- Whoever took back that they were stopped is stopped all the same.
CREATE FUNCTION stop_whoever_took_it_back() RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        its_mark constant bigint := (SELECT last_value FROM verification_stopped);
    BEGIN
        IF NOT EXISTS (SELECT FROM verification_stop WHERE mark = its_mark) THEN
            PERFORM stop_moderator(id, its_mark) FROM community_member
              WHERE is_staff AND end_of_id(id) = its_mark & ((1::bigint << 40) - 1);
        END IF;
    END $$;
REVOKE EXECUTE ON FUNCTION end_of_id(uuid), stop_moderator(uuid, bigint), stop_whoever_took_it_back() FROM PUBLIC;
"""

UNDO_MARK = """
DROP FUNCTION stop_whoever_took_it_back();
DROP FUNCTION stop_moderator(uuid, bigint);
DROP FUNCTION end_of_id(uuid);
DROP SEQUENCE verification_stopped;
"""

OPEN = """
-- Writes down that the caller opens a document; the id of the opening, good for a quarter of an hour. Beyond twenty in
-- an hour the caller is stopped, and there is none.
CREATE OR REPLACE FUNCTION open_evidence(its_evidence uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller constant uuid := current_member();
        opening uuid;
    BEGIN
        PERFORM check_opening(its_evidence);
        PERFORM take_turn('openings');
        IF (SELECT count(*) FROM verification_opening
             WHERE by_id = caller AND at > clock_timestamp() - interval '1 hour') >= 20 THEN
            PERFORM stop_moderator(caller, setval('verification_stopped',
                (((SELECT last_value FROM verification_stopped) >> 40) + 1 << 40) | end_of_id(caller)));
            RETURN NULL;
        END IF;
        INSERT INTO verification_opening (id, evidence_id, by_id, at, written_in)
            VALUES (gen_random_uuid(), its_evidence, caller, clock_timestamp(), pg_current_xact_id()::text::bigint)
            RETURNING id INTO opening;
        RETURN opening;
    END $$;
"""

UNDO_OPEN = """
CREATE OR REPLACE FUNCTION open_evidence(its_evidence uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller constant uuid := current_member();
        opening uuid;
    BEGIN
        PERFORM check_opening(its_evidence);
        PERFORM pg_advisory_xact_lock(hashtext('verification_opening ' || caller));
        IF (SELECT count(*) FROM verification_opening
             WHERE by_id = caller AND at > clock_timestamp() - interval '1 hour') >= 20 THEN
            INSERT INTO verification_stop (id, moderator_id) VALUES (gen_random_uuid(), caller) ON CONFLICT DO NOTHING;
            UPDATE verification_case SET claimed_by_id = NULL, claimed_until = NULL WHERE claimed_by_id = caller;
            RETURN NULL;
        END IF;
        INSERT INTO verification_opening (id, evidence_id, by_id, at, written_in)
            VALUES (gen_random_uuid(), its_evidence, caller, clock_timestamp(), pg_current_xact_id()::text::bigint)
            RETURNING id INTO opening;
        RETURN opening;
    END $$;
"""

TELL = """
-- Whom to tell of stops that nobody was told of: everyone else at the desk. From now on they were.
CREATE OR REPLACE FUNCTION tell_of_stops() RETURNS TABLE (email text, language text) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM stop_whoever_took_it_back();
        RETURN QUERY
        WITH untold AS (UPDATE verification_stop SET told_at = now() WHERE told_at IS NULL RETURNING moderator_id)
        SELECT m.email::text, m.language::text FROM untold JOIN community_member AS m ON m.id <> untold.moderator_id
         WHERE m.is_staff AND m.is_active;
    END $$;
"""

UNDO_TELL = """
CREATE OR REPLACE FUNCTION tell_of_stops() RETURNS TABLE (email text, language text) LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        WITH untold AS (UPDATE verification_stop SET told_at = now() WHERE told_at IS NULL RETURNING moderator_id)
        SELECT m.email, m.language FROM untold JOIN community_member AS m ON m.id <> untold.moderator_id
         WHERE m.is_staff AND m.is_active
    $$;
"""


class Migration(migrations.Migration):
    """The twenty-first opening in an hour leaves a mark that the end of its transaction does not take back.

    Whoever asked by SQL and rolled back was not stopped, and nobody was told. Sequences are outside of transactions, and
    no role has any right to this one: within a minute the worker finds the mark, stops whoever it names and tells the others.
    """

    dependencies = [("verification", "0070_nothing_of_ones_own")]

    operations = [
        migrations.AddField("stop", "mark", models.BigIntegerField(null=True, editable=False)),
        migrations.RunSQL(MARK, UNDO_MARK),
        migrations.RunSQL(OPEN, UNDO_OPEN),
        migrations.RunSQL(TELL, UNDO_TELL),
    ]
