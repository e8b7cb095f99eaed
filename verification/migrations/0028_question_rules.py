from django.db import migrations

ATTEMPT = """
-- An attempt of the caller's own, locked after its case.
CREATE FUNCTION lock_attempt(its_attempt uuid) RETURNS verification_attempt LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_attempt;
        its_case verification_case := lock_case((SELECT case_id FROM verification_attempt WHERE id = its_attempt));
    BEGIN
        IF its_case.member_id IS DISTINCT FROM current_member() THEN
            PERFORM refuse('case_not_found');
        END IF;
        SELECT * INTO it FROM verification_attempt WHERE id = its_attempt FOR UPDATE;
        RETURN it;
    END $$;

-- Counts what was right; nine hand the case in, with fewer its member does or tries once more.
CREATE FUNCTION finish_attempt(its_attempt uuid) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_attempt;
    BEGIN
        UPDATE verification_attempt AS a SET finished_at = clock_timestamp(), asked_at = NULL, score = (
            SELECT count(*) FROM unnest(a.choices) WITH ORDINALITY AS chosen (choice, place)
             WHERE choice >= 0 AND substr(a.orders[place], choice + 1, 1) = '0')
         WHERE a.id = its_attempt RETURNING * INTO it;
        UPDATE verification_case SET waiting_since = now()
         WHERE id = it.case_id AND status = 'pending' AND waiting_since IS NULL AND it.score >= 9;
    END $$;

-- Draws twelve questions about a nation, of those not met before first, and the order of their answers.
CREATE FUNCTION start_attempt(its_case uuid, its_nation text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(its_case);
        open_one verification_attempt;
        met text[];
        questions text[];
        shuffled text[];
        attempt uuid;
    BEGIN
        IF it.member_id IS DISTINCT FROM current_member() THEN
            PERFORM refuse('case_not_found');
        ELSIF it.route <> 'cultural_knowledge' OR it.decided_at IS NOT NULL OR it.waiting_since IS NOT NULL THEN
            PERFORM refuse('not_asked');
        END IF;
        SELECT * INTO open_one FROM verification_attempt WHERE case_id = its_case AND finished_at IS NULL;
        IF open_one.started_at > clock_timestamp() - interval '12 minutes' THEN
            PERFORM refuse('attempt_is_open');
        ELSIF open_one.id IS NOT NULL THEN
            PERFORM finish_attempt(open_one.id);
        END IF;
        IF (SELECT count(*) FROM verification_attempt AS a JOIN verification_case AS c ON c.id = a.case_id
             WHERE c.member_id = it.member_id AND a.started_at > now() - interval '90 days') >= 2 THEN
            PERFORM refuse('two_tries_in_ninety_days');
        END IF;
        met := ARRAY(SELECT unnest(a.drawn) FROM verification_attempt AS a JOIN verification_case AS c ON c.id = a.case_id
                      WHERE c.member_id = it.member_id);
        SELECT array_agg(slug), array_agg(shuffle) INTO questions, shuffled
          FROM (SELECT slug FROM verification_question WHERE nation = its_nation AND is_asked
                 ORDER BY slug = ANY (met), gen_random_uuid() LIMIT 12) AS drawn
         CROSS JOIN LATERAL (SELECT string_agg(n::text, '' ORDER BY gen_random_uuid()) AS shuffle
                               FROM generate_series(0, 3) AS n WHERE drawn.slug <> '') AS options;
        IF cardinality(questions) IS DISTINCT FROM 12 THEN
            PERFORM refuse('no_such_nation');
        END IF;
        INSERT INTO verification_attempt (id, case_id, nation, drawn, orders, choices, started_at)
            VALUES (gen_random_uuid(), its_case, its_nation, questions, shuffled, '{}', clock_timestamp())
            RETURNING id INTO attempt;
        RETURN attempt;
    END $$;

-- The question that is open, its answers shuffled, and how long it stays so; no row once all are answered. One that was
-- left too long is lost.
CREATE FUNCTION attempt_question(its_attempt uuid, its_language text)
    RETURNS TABLE (place integer, asks text, options text[], seconds_left integer) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_attempt := lock_attempt(its_attempt);
        seconds integer;
    BEGIN
        IF it.finished_at IS NOT NULL THEN
            RETURN;
        END IF;
        IF it.asked_at <= clock_timestamp() - interval '40 seconds' THEN
            it.choices := it.choices || -1::smallint;
            it.asked_at := NULL;
        END IF;
        it.asked_at := coalesce(it.asked_at, clock_timestamp());
        UPDATE verification_attempt SET choices = it.choices, asked_at = it.asked_at WHERE id = it.id;
        seconds := extract(epoch FROM least(it.asked_at + interval '40 seconds', it.started_at + interval '12 minutes')
                                      - clock_timestamp());
        IF cardinality(it.choices) >= 12 OR seconds < 0 OR it.started_at <= clock_timestamp() - interval '12 minutes' THEN
            PERFORM finish_attempt(it.id);
            RETURN;
        END IF;
        RETURN QUERY
            SELECT cardinality(it.choices) + 1,
                   CASE its_language WHEN 'pt' THEN q.asks_pt ELSE q.asks_en END,
                   ARRAY(SELECT (CASE its_language WHEN 'pt' THEN q.options_pt ELSE q.options_en END)[digit::integer + 1]
                           FROM string_to_table(it.orders[cardinality(it.choices) + 1], NULL)
                                WITH ORDINALITY AS o (digit, n) ORDER BY n),
                   seconds
              FROM verification_question AS q WHERE q.slug = it.drawn[cardinality(it.choices) + 1];
    END $$;

-- Takes the answer to the open question, by its place among those shown; whether there is another question.
CREATE FUNCTION answer_attempt(its_attempt uuid, its_place integer, its_choice integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_attempt := lock_attempt(its_attempt);
        is_late boolean;
    BEGIN
        IF it.finished_at IS NOT NULL OR it.asked_at IS NULL OR its_place IS DISTINCT FROM cardinality(it.choices) + 1
           OR its_choice NOT BETWEEN 0 AND 3 OR its_choice IS NULL THEN
            PERFORM refuse('not_asked');
        END IF;
        is_late := clock_timestamp() > least(it.asked_at + interval '40 seconds', it.started_at + interval '12 minutes');
        UPDATE verification_attempt
           SET choices = choices || (CASE WHEN is_late THEN -1 ELSE its_choice END)::smallint, asked_at = NULL
         WHERE id = it.id;
        IF its_place < 12 AND it.started_at > clock_timestamp() - interval '12 minutes' THEN
            RETURN true;
        END IF;
        PERFORM finish_attempt(it.id);
        RETURN false;
    END $$;

REVOKE EXECUTE ON FUNCTION lock_attempt(uuid), finish_attempt(uuid), start_attempt(uuid, text),
    attempt_question(uuid, text), answer_attempt(uuid, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION start_attempt(uuid, text), attempt_question(uuid, text),
    answer_attempt(uuid, integer, integer) TO lusotown_site;

CREATE OR REPLACE FUNCTION case_is_complete(its_case uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE
            WHEN appeal_of_id IS NOT NULL THEN true
            WHEN route = 'document'
                THEN EXISTS (SELECT FROM verification_evidence WHERE case_id = its_case AND destroyed_at IS NULL)
            WHEN route = 'community_reference' THEN has_two_vouches(its_case)
            ELSE EXISTS (SELECT FROM verification_attempt WHERE case_id = its_case AND finished_at IS NOT NULL) END
          FROM verification_case WHERE id = its_case
    $$;

CREATE FUNCTION case_takes_its_attempts_along() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM verification_attempt WHERE case_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER case_takes_its_attempts_along BEFORE DELETE ON verification_case
    FOR EACH ROW EXECUTE FUNCTION case_takes_its_attempts_along();

ALTER TABLE verification_question ENABLE ROW LEVEL SECURITY;
ALTER TABLE verification_attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_with_its_case ON verification_attempt FOR SELECT
    USING (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));
"""

UNDO = """
DROP POLICY read_with_its_case ON verification_attempt;
ALTER TABLE verification_attempt DISABLE ROW LEVEL SECURITY;
ALTER TABLE verification_question DISABLE ROW LEVEL SECURITY;
DROP TRIGGER case_takes_its_attempts_along ON verification_case;
DROP FUNCTION case_takes_its_attempts_along();
CREATE OR REPLACE FUNCTION case_is_complete(its_case uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE
            WHEN appeal_of_id IS NOT NULL THEN true
            WHEN route = 'document'
                THEN EXISTS (SELECT FROM verification_evidence WHERE case_id = its_case AND destroyed_at IS NULL)
            WHEN route = 'community_reference' THEN has_two_vouches(its_case)
            ELSE true END
          FROM verification_case WHERE id = its_case
    $$;
DROP FUNCTION answer_attempt(uuid, integer, integer);
DROP FUNCTION attempt_question(uuid, text);
DROP FUNCTION start_attempt(uuid, text);
DROP FUNCTION finish_attempt(uuid);
DROP FUNCTION lock_attempt(uuid);
"""


class Migration(migrations.Migration):
    """The questions and their right answers are read by functions alone, which draw, shuffle, time and count.

    Its member begins an attempt, twice in ninety days over all of their cases, is asked one question after the other,
    forty seconds each and twelve minutes in all, and reads the score.
    """

    dependencies = [("verification", "0027_questions")]

    operations = [migrations.RunSQL(ATTEMPT, UNDO)]
