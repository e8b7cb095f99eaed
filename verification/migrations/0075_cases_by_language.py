from django.db import migrations, models

LANGUAGES = """
-- The languages that the caller reads: their account's, and what they say on their profile that they speak.
CREATE FUNCTION languages_i_read() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT array(
            SELECT language FROM community_member WHERE id = current_member()
             UNION
            SELECT split_part(tag, '-', 1) FROM community_languages, unnest(chosen) AS tag
             WHERE profile_id = current_member())
    $$;
REVOKE EXECUTE ON FUNCTION languages_i_read() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION languages_i_read() TO lusotown_desk;
"""

NEXT = """
DROP FUNCTION claim_next_case(text, text);

-- The longest waiting that the caller may decide and nobody holds, in the first of these languages that has one ('' is
-- every language); NULL if there is none. Two who ask at once get two.
CREATE FUNCTION claim_next_case(its_languages text[] DEFAULT ARRAY[''], its_route text DEFAULT '') RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        its_language text;
        candidate uuid;
        next_case uuid;
        bar text;
    BEGIN
        FOREACH its_language IN ARRAY its_languages LOOP
            -- In order first, and asked one by one: a recusal is dear.
            FOR candidate IN
                SELECT id FROM verification_case
                 WHERE waiting_since IS NOT NULL AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
                   AND its_language IN ('', language) AND its_route IN ('', route)
                 ORDER BY waiting_since, id
            LOOP
                bar := recusal_of(candidate, current_member());
                IF bar IN ('no_rank', 'stopped') THEN
                    RETURN NULL;
                END IF;
                CONTINUE WHEN bar IS NOT NULL;
                SELECT id INTO next_case FROM verification_case
                 WHERE id = candidate AND waiting_since IS NOT NULL
                   AND (claimed_until IS NULL OR claimed_until <= clock_timestamp()) FOR UPDATE SKIP LOCKED;
                IF next_case IS NOT NULL THEN
                    UPDATE verification_case
                       SET claimed_by_id = current_member(), claimed_until = clock_timestamp() + interval '30 minutes'
                     WHERE id = next_case;
                    RETURN next_case;
                END IF;
            END LOOP;
        END LOOP;
        RETURN NULL;
    END $$;
REVOKE EXECUTE ON FUNCTION claim_next_case(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_next_case(text[], text) TO lusotown_desk;
"""

UNDO_NEXT = """
DROP FUNCTION claim_next_case(text[], text);

CREATE FUNCTION claim_next_case(its_language text DEFAULT '', its_route text DEFAULT '') RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        candidate uuid;
        next_case uuid;
        bar text;
    BEGIN
        -- In order first, and asked one by one: a recusal is dear.
        FOR candidate IN
            SELECT id FROM verification_case
             WHERE waiting_since IS NOT NULL AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
               AND its_language IN ('', language) AND its_route IN ('', route)
             ORDER BY waiting_since, id
        LOOP
            bar := recusal_of(candidate, current_member());
            EXIT WHEN bar IN ('no_rank', 'stopped');
            CONTINUE WHEN bar IS NOT NULL;
            SELECT id INTO next_case FROM verification_case
             WHERE id = candidate AND waiting_since IS NOT NULL
               AND (claimed_until IS NULL OR claimed_until <= clock_timestamp()) FOR UPDATE SKIP LOCKED;
            EXIT WHEN next_case IS NOT NULL;
        END LOOP;
        UPDATE verification_case
           SET claimed_by_id = current_member(), claimed_until = clock_timestamp() + interval '30 minutes'
         WHERE id = next_case;
        RETURN next_case;
    END $$;
REVOKE EXECUTE ON FUNCTION claim_next_case(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_next_case(text, text) TO lusotown_desk;
"""


class Migration(migrations.Migration):
    """Cases in a language that a moderator reads come first, in the queue and as the next one: an index scan each."""

    dependencies = [("verification", "0074_counted_after_it_was_answered")]

    operations = [
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["language", "waiting_since", "id"],
                name="case_waiting_by_language",
                condition=models.Q(waiting_since__isnull=False),
            ),
        ),
        migrations.RunSQL(LANGUAGES, "DROP FUNCTION languages_i_read();"),
        migrations.RunSQL(NEXT, UNDO_NEXT),
    ]
