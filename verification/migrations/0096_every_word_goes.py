from django.db import migrations

WORDS = """
-- When what was written in a case is to go: fourteen days after the decision, and after that on an appeal. Not while one
-- is open.
CREATE FUNCTION words_go_at(its_case uuid) RETURNS timestamptz LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE WHEN c.decided_at IS NULL OR (a.id IS NOT NULL AND a.decided_at IS NULL) THEN 'infinity'
                    ELSE greatest(c.decided_at, a.decided_at) + interval '14 days' END
          FROM verification_case AS c LEFT JOIN verification_case AS a ON a.appeal_of_id = c.id WHERE c.id = its_case
    $$;

-- The same of why a badge should be taken back, or was: from the day it was said, and from the day it went.
CREATE FUNCTION words_on_the_badge_go_at(its_case uuid, said_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT greatest(words_go_at(its_case), said_at + interval '14 days', (
            SELECT expires_at + interval '14 days' FROM verification_case
             WHERE id = its_case AND worn_until IS NOT NULL))
    $$;

-- Words are all that goes: who said what and when, and a reason, stand. A verdict that needs words has a dash in their place.
CREATE OR REPLACE FUNCTION forget_words_of_cases() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        -- In order, and each before what hangs on it, as everywhere.
        PERFORM FROM verification_case AS c
          WHERE c.id IN (SELECT id FROM verification_case WHERE note <> '' OR sentence <> '' OR revoked_for <> ''
                          UNION ALL SELECT case_id FROM verification_reply WHERE text <> ''
                          UNION ALL SELECT case_id FROM verification_note
                          UNION ALL SELECT case_id FROM verification_vote WHERE sentence NOT IN ('', '–'))
            AND c.decided_at <= now() - interval '14 days' ORDER BY c.id FOR UPDATE;
        UPDATE verification_case SET note = '', sentence = ''
         WHERE decided_at <= now() - interval '14 days' AND (note <> '' OR sentence <> '')
           AND words_go_at(id) <= now();
        UPDATE verification_case SET revoked_for = ''
         WHERE revoked_for <> '' AND words_on_the_badge_go_at(id, expires_at) <= now();
        UPDATE verification_reply SET text = '' WHERE text <> '' AND words_go_at(case_id) <= now();
        DELETE FROM verification_note WHERE words_go_at(case_id) <= now();
        UPDATE verification_vote SET sentence = CASE verdict WHEN 'approve' THEN '' ELSE '–' END
         WHERE sentence NOT IN ('', '–') AND at <= now() - interval '14 days'
           AND CASE WHEN verdict IN ('revoke', 'keep') THEN words_on_the_badge_go_at(case_id, at)
                    ELSE words_go_at(case_id) END <= now();
    END $$;

-- The cases with words that should be gone by now. They go once a night, so this gives them a day.
CREATE FUNCTION overdue_words() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT id FROM verification_case
         WHERE (note <> '' OR sentence <> '') AND words_go_at(id) <= now() - interval '1 day'
         UNION
        SELECT id FROM verification_case
         WHERE revoked_for <> '' AND words_on_the_badge_go_at(id, expires_at) <= now() - interval '1 day'
         UNION
        SELECT case_id FROM verification_reply WHERE text <> '' AND words_go_at(case_id) <= now() - interval '1 day'
         UNION
        SELECT case_id FROM verification_note WHERE words_go_at(case_id) <= now() - interval '1 day'
         UNION
        SELECT case_id FROM verification_vote
         WHERE sentence NOT IN ('', '–')
           AND CASE WHEN verdict IN ('revoke', 'keep') THEN words_on_the_badge_go_at(case_id, at)
                    ELSE words_go_at(case_id) END <= now() - interval '1 day'
    $$;

REVOKE EXECUTE ON FUNCTION words_go_at(uuid), words_on_the_badge_go_at(uuid, timestamptz), overdue_words() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION overdue_words() TO lusotown_worker;

CREATE OR REPLACE FUNCTION questions_asked(its_case uuid) RETURNS TABLE (words text, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT CASE WHEN v.sentence = '–' THEN '' ELSE v.sentence END, v.at
          FROM verification_vote AS v JOIN verification_case AS c ON c.id = v.case_id
         WHERE v.case_id = its_case AND v.verdict = 'ask' AND c.member_id = (SELECT current_member())
         ORDER BY v.at
    $$;
"""

UNDO_WORDS = """
CREATE OR REPLACE FUNCTION questions_asked(its_case uuid) RETURNS TABLE (words text, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT v.sentence::text, v.at
          FROM verification_vote AS v JOIN verification_case AS c ON c.id = v.case_id
         WHERE v.case_id = its_case AND v.verdict = 'ask' AND c.member_id = (SELECT current_member())
         ORDER BY v.at
    $$;
CREATE OR REPLACE FUNCTION forget_words_of_cases() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        done uuid[] := ARRAY(
            SELECT c.id FROM verification_case AS c LEFT JOIN verification_case AS a ON a.appeal_of_id = c.id
             WHERE c.decided_at <= now() - interval '14 days'
               AND (a.id IS NULL OR a.decided_at <= now() - interval '14 days')
               AND (c.note <> '' OR EXISTS (SELECT FROM verification_reply WHERE case_id = c.id AND text <> '')
                    OR EXISTS (SELECT FROM verification_note WHERE case_id = c.id))
             ORDER BY c.id FOR UPDATE OF c);
    BEGIN
        UPDATE verification_case SET note = '' WHERE id = ANY (done) AND note <> '';
        UPDATE verification_reply SET text = '' WHERE case_id = ANY (done) AND text <> '';
        DELETE FROM verification_note WHERE case_id = ANY (done);
    END $$;
DROP FUNCTION overdue_words();
DROP FUNCTION words_on_the_badge_go_at(uuid, timestamptz);
DROP FUNCTION words_go_at(uuid);
"""

# The function in its new words, by replacing the old ones: (function, found, instead).
CHANGES = (
    (
        "case_keeps_its_word()",
        """           -- What its member read stays theirs to read; it goes with them.
           OR (OLD.decided_at IS NOT NULL AND NEW.sentence <> OLD.sentence
               AND NOT (NEW.sentence = '' AND NEW.member_id IS NULL))
           OR (NEW.revoked_for <> OLD.revoked_for AND NOT (OLD.status = 'approved' AND NEW.status = 'expired')
               AND NOT (NEW.revoked_for = '' AND NEW.member_id IS NULL))""",
        """           -- What its member read is never reworded; it goes in time, or with them.
           OR (OLD.decided_at IS NOT NULL AND NEW.sentence <> OLD.sentence
               AND NOT (NEW.sentence = '' AND (NEW.member_id IS NULL OR words_go_at(OLD.id) <= now())))
           OR (NEW.revoked_for <> OLD.revoked_for AND NOT (OLD.status = 'approved' AND NEW.status = 'expired')
               AND NOT (NEW.revoked_for = '' AND (
                   NEW.member_id IS NULL OR words_on_the_badge_go_at(OLD.id, OLD.expires_at) <= now())))""",
    ),
)


def rewording(function: str, found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """What the desk wrote about a case goes with what its member wrote, fourteen days after its end or its appeal's.

    Votes' sentences, questions, what the member was told with the decision, and why a badge was taken back: they may say
    what the papers said. The route, the days, the outcome, its reason and who voted how stay. What is late is counted.
    """

    dependencies = [("verification", "0095_taken_back_by_two")]

    operations = [
        migrations.RunSQL(WORDS, UNDO_WORDS),
        *(
            migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
            for function, found, instead in CHANGES
        ),
    ]
