from django.db import migrations

VOTES = """
-- Whether the caller has given their own word on a case.
CREATE FUNCTION has_voted(its_case uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT EXISTS (SELECT FROM verification_vote
                        WHERE case_id = its_case AND by_id = current_member() AND verdict <> 'ask')
    $$;

DROP POLICY desk_reads_votes_with_their_case ON verification_vote;
CREATE POLICY desk_reads_votes_that_can_sway_nobody ON verification_vote FOR SELECT TO lusotown_desk
    USING (EXISTS (SELECT FROM verification_case AS c
                    WHERE c.id = case_id
                      AND (verdict = 'ask' OR by_id = (SELECT current_member()) OR c.decided_at IS NOT NULL
                           OR has_voted(c.id))));

-- Of these cases, those that wait and have a vote: how many. Not whose, and not which.
CREATE FUNCTION votes_on(cases uuid[]) RETURNS TABLE (its_case uuid, votes bigint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT v.case_id, count(*)
          FROM verification_vote AS v JOIN verification_case AS c ON c.id = v.case_id
         WHERE v.case_id = ANY (cases) AND v.verdict <> 'ask' AND c.decided_at IS NULL
           AND c.member_id IS DISTINCT FROM current_member() AND works_at_the_desk()
         GROUP BY v.case_id
    $$;

-- Those that wait and have a vote: the two hundred that wait longest.
CREATE FUNCTION cases_voted_on() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER ROWS 100
    SET search_path = public, pg_temp
    AS $$
        SELECT c.id FROM verification_case AS c
         WHERE c.waiting_since IS NOT NULL AND c.member_id IS DISTINCT FROM current_member() AND works_at_the_desk()
           AND EXISTS (SELECT FROM verification_vote AS v WHERE v.case_id = c.id AND v.verdict <> 'ask')
         ORDER BY c.waiting_since, c.id LIMIT 200
    $$;

REVOKE EXECUTE ON FUNCTION has_voted(uuid), votes_on(uuid[]), cases_voted_on() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION has_voted(uuid), votes_on(uuid[]), cases_voted_on() TO lusotown_desk;
"""

UNDO_VOTES = """
DROP FUNCTION cases_voted_on();
DROP FUNCTION votes_on(uuid[]);
DROP POLICY desk_reads_votes_that_can_sway_nobody ON verification_vote;
CREATE POLICY desk_reads_votes_with_their_case ON verification_vote FOR SELECT TO lusotown_desk
    USING (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));
DROP FUNCTION has_voted(uuid);
"""

APPLICANT = """
-- What members may see of whoever asks, for the moderator who holds the case at this moment and nobody else. The names
-- on their papers too, where papers are to be compared with them.
CREATE FUNCTION applicant_as_shown(its_case uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT jsonb_strip_nulls(jsonb_build_object(
                   'names', CASE WHEN c.route = 'document' THEN concat_ws(' ', n.given_names, n.family_names) END,
                   'text_pt', b.text_pt, 'text_en', b.text_en, 'regions', h.regions, 'interests', i.chosen,
                   'fluency', u.fluency, 'celebrations', u.celebrations, 'year', a.year,
                   'home', CASE WHEN d.id IS NULL THEN o.name ELSE concat_ws(', ', d.name, o.name) END,
                   'languages', l.chosen))
          FROM verification_case AS c
          JOIN community_profile AS p ON p.member_id = c.member_id
          LEFT JOIN LATERAL (
               SELECT p.member_id AS shown
                WHERE p.withdrawn_at IS NULL AND p.visibility IN ('public', 'community')
                  AND NOT is_out_of_sight(p.member_id)) AS s ON true
          LEFT JOIN community_legalname AS n ON n.profile_id = p.member_id
          LEFT JOIN community_bio AS b ON b.profile_id = s.shown AND b.visibility IN ('public', 'community')
          LEFT JOIN community_heritage AS h ON h.profile_id = s.shown AND h.visibility IN ('public', 'community')
          LEFT JOIN community_interests AS i ON i.profile_id = s.shown AND i.visibility IN ('public', 'community')
          LEFT JOIN community_culture AS u ON u.profile_id = s.shown AND u.visibility IN ('public', 'community')
          LEFT JOIN community_arrival AS a ON a.profile_id = s.shown AND a.visibility IN ('public', 'community')
          LEFT JOIN community_languages AS l ON l.profile_id = s.shown AND l.visibility IN ('public', 'community')
          LEFT JOIN community_homearea AS m ON m.profile_id = s.shown AND m.visibility IN ('public', 'community')
          LEFT JOIN community_borough AS o ON o.code = m.borough_id
          LEFT JOIN community_place AS d ON d.id = m.district_id
         WHERE c.id = its_case AND c.decided_at IS NULL
           AND c.claimed_by_id = current_member() AND c.claimed_until > clock_timestamp()
           AND recusal_of(c.id, current_member()) IS NULL
    $$;
REVOKE EXECUTE ON FUNCTION applicant_as_shown(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION applicant_as_shown(uuid) TO lusotown_desk;
"""

NAMES = """
CREATE INDEX profile_by_words_of_its_name ON community_profile
    USING gin (to_tsvector('simple', search_bare(lower(display_name))));

-- The newest cases of those whose name has all of these words, or words that begin so; of five hundred members, where
-- more are called so. A policy would keep the planner from the index.
CREATE FUNCTION cases_named(words text) RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        wanted constant tsquery := (
            SELECT to_tsquery('simple', string_agg(quote_literal(word) || ':*', ' & '))
              FROM regexp_split_to_table(search_bare(lower(words)), '[^[:alnum:]]+') AS word WHERE word <> '');
    BEGIN
        IF wanted IS NULL OR NOT works_at_the_desk() THEN
            RETURN;
        END IF;
        RETURN QUERY
        WITH named AS MATERIALIZED (
            SELECT p.member_id FROM community_profile AS p
             WHERE to_tsvector('simple', search_bare(lower(p.display_name))) @@ wanted
               AND p.member_id <> current_member() LIMIT 500)
        SELECT c.id FROM named AS n CROSS JOIN LATERAL (
               SELECT each.id, each.number FROM verification_case AS each WHERE each.member_id = n.member_id
                ORDER BY each.number DESC OFFSET 0) AS c
         ORDER BY c.number DESC LIMIT 50;
    END $$;
REVOKE EXECUTE ON FUNCTION cases_named(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cases_named(text) TO lusotown_desk;
"""

NOTES = """
ALTER TABLE verification_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY moderator_notes_as_oneself ON verification_note FOR INSERT TO lusotown_desk
    WITH CHECK (
        by_id = (SELECT current_member()) AND (SELECT works_at_the_desk())
        AND EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id)
    );
CREATE POLICY desk_reads_notes_with_their_case ON verification_note FOR SELECT TO lusotown_desk
    USING (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));

CREATE FUNCTION note_is_of_this_moment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF current_door() <> 'owner' THEN
            NEW.at := clock_timestamp();
            IF (lock_case(NEW.case_id)).decided_at IS NOT NULL THEN
                PERFORM refuse('ended_already');
            END IF;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER note_is_of_this_moment BEFORE INSERT ON verification_note
    FOR EACH ROW EXECUTE FUNCTION note_is_of_this_moment();

CREATE FUNCTION case_takes_its_notes_along() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM verification_note WHERE case_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER case_takes_its_notes_along BEFORE DELETE ON verification_case
    FOR EACH ROW EXECUTE FUNCTION case_takes_its_notes_along();

SELECT keep_audit('verification_note', '', '{case_id}');
"""

UNDO_NOTES = """
SELECT forget_audit('verification_note');
DROP TRIGGER case_takes_its_notes_along ON verification_case;
DROP FUNCTION case_takes_its_notes_along();
DROP TRIGGER note_is_of_this_moment ON verification_note;
DROP FUNCTION note_is_of_this_moment();
DROP POLICY desk_reads_notes_with_their_case ON verification_note;
DROP POLICY moderator_notes_as_oneself ON verification_note;
ALTER TABLE verification_note DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """A moderator decides by themselves: until they voted they see that another did, and neither who, what nor why.

    What members may see of an applicant, the desk sees too while it looks after the case: whoever holds it, as long as
    they hold it; and beside a document, the names that its member says are on it. Notes among moderators are written as
    oneself, on a case that is open and not one's own, and stay as they are.
    """

    dependencies = [("verification", "0040_case_notes")]

    operations = [
        migrations.RunSQL(VOTES, UNDO_VOTES),
        migrations.RunSQL(APPLICANT, "DROP FUNCTION applicant_as_shown(uuid);"),
        migrations.RunSQL(NAMES, "DROP FUNCTION cases_named(text); DROP INDEX profile_by_words_of_its_name;"),
        migrations.RunSQL(NOTES, UNDO_NOTES),
    ]
