from django.db import migrations

ASK = """
CREATE FUNCTION vouch_is_asked_for() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(NEW.case_id);
    BEGIN
        IF current_door() <> 'owner' THEN
            NEW.created_at := now();
            NEW.expires_at := now() + interval '14 days';
            IF it.member_id IS DISTINCT FROM current_member() THEN
                PERFORM refuse('case_not_found');
            ELSIF it.route <> 'community_reference' OR it.decided_at IS NOT NULL OR it.waiting_since IS NOT NULL THEN
                PERFORM refuse('not_asked');
            ELSIF (SELECT count(*) FROM verification_vouch
                    WHERE case_id = it.id AND status = 'open' AND expires_at > now()) >= 4 THEN
                PERFORM refuse('four_links_at_once');
            END IF;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER vouch_is_asked_for BEFORE INSERT ON verification_vouch
    FOR EACH ROW EXECUTE FUNCTION vouch_is_asked_for();

-- Why someone may not vouch in a case; NULL if they may.
CREATE FUNCTION no_referee(its_case uuid, someone uuid) RETURNS text LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE
            WHEN c.member_id IS NULL OR c.decided_at IS NOT NULL OR someone IS NULL THEN 'no_such_vouch'
            WHEN EXISTS (SELECT FROM community_block WHERE (blocker_id, blocked_id) IN (
                            (c.member_id, someone), (someone, c.member_id))) THEN 'no_such_vouch'
            WHEN c.member_id = someone THEN 'own_case'
            WHEN EXISTS (SELECT FROM verification_vouch WHERE case_id = c.id AND referee_id = someone)
                THEN 'vouched_already'
            WHEN NOT EXISTS (SELECT FROM community_member AS m JOIN community_profile AS p ON p.member_id = m.id
                              WHERE m.id = someone AND m.is_active AND p.withdrawn_at IS NULL
                                AND p.heritage_verified_at <= now() - interval '90 days')
                THEN 'not_verified_long_enough'
            WHEN (SELECT count(*) FROM verification_vouch AS v JOIN verification_case AS o ON o.id = v.case_id
                   WHERE v.referee_id = someone AND v.status = 'given' AND o.decided_at IS NULL) >= 3
                THEN 'three_vouches_at_once'
            -- Whoever the applicant vouched for, and those they vouched for, and so on.
            WHEN EXISTS (
                WITH RECURSIVE vouched_for (member_id) AS (
                    SELECT c.member_id
                     UNION
                    SELECT o.member_id FROM vouched_for AS f
                      JOIN verification_vouch AS v ON v.referee_id = f.member_id AND v.status = 'given'
                      JOIN verification_case AS o ON o.id = v.case_id
                     WHERE o.member_id IS NOT NULL)
                SELECT FROM vouched_for WHERE member_id = someone)
                THEN 'a_ring'
        END FROM verification_case AS c WHERE c.id = its_case
    $$;

-- What a link asks, for the member who holds it: whom they would vouch for, and why they may not. Nothing else opens it.
CREATE FUNCTION vouch_presented(its_digest text)
    RETURNS TABLE (applicant text, answer_until timestamptz, bar text) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT p.display_name::text, v.expires_at, no_referee(v.case_id, current_member())
          FROM verification_vouch AS v
          JOIN verification_case AS c ON c.id = v.case_id
          JOIN community_profile AS p ON p.member_id = c.member_id
         WHERE v.digest = its_digest AND v.status = 'open' AND v.expires_at > now()
           AND no_referee(v.case_id, current_member()) IS DISTINCT FROM 'no_such_vouch'
    $$;

-- One after the other, whoever answers: two who vouch for each other at the same moment make a ring too.
CREATE FUNCTION answer_vouch(its_digest text, gives boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_vouch;
        bar text;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('verification_vouch'));
        SELECT * INTO it FROM verification_vouch
         WHERE digest = its_digest AND status = 'open' AND expires_at > now();
        IF NOT FOUND THEN
            PERFORM refuse('no_such_vouch');
        END IF;
        PERFORM lock_case(it.case_id);
        bar := no_referee(it.case_id, current_member());
        IF bar IN ('no_such_vouch', 'own_case') OR (gives AND bar IS NOT NULL) THEN
            PERFORM refuse(bar);
        END IF;
        UPDATE verification_vouch SET
            status = CASE WHEN gives THEN 'given' ELSE 'declined' END,
            referee_id = CASE WHEN gives THEN current_member() END,
            answered_at = now()
         WHERE id = it.id;
        UPDATE verification_case SET waiting_since = now()
         WHERE id = it.case_id AND status = 'pending' AND waiting_since IS NULL AND has_two_vouches(id);
    END $$;

CREATE FUNCTION has_two_vouches(its_case uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$ SELECT count(*) >= 2 FROM verification_vouch WHERE case_id = its_case AND status = 'given' $$;

REVOKE EXECUTE ON FUNCTION no_referee(uuid, uuid), vouch_presented(text), answer_vouch(text, boolean),
    has_two_vouches(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vouch_presented(text), answer_vouch(text, boolean) TO lusotown_site;

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
"""

UNDO_ASK = """
CREATE OR REPLACE FUNCTION case_is_complete(its_case uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT route <> 'document' OR appeal_of_id IS NOT NULL
               OR EXISTS (SELECT FROM verification_evidence WHERE case_id = its_case AND destroyed_at IS NULL)
          FROM verification_case WHERE id = its_case
    $$;
DROP FUNCTION has_two_vouches(uuid);
DROP FUNCTION answer_vouch(text, boolean);
DROP FUNCTION vouch_presented(text);
DROP FUNCTION no_referee(uuid, uuid);
DROP TRIGGER vouch_is_asked_for ON verification_vouch;
DROP FUNCTION vouch_is_asked_for();
"""

VOID = """
-- A word is worth what its giver is: in cases that are open, and those go back to their members if too few are left.
CREATE FUNCTION void_vouches_of(someone uuid) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        its_case uuid;
    BEGIN
        FOR its_case IN
            SELECT c.id FROM verification_vouch AS v JOIN verification_case AS c ON c.id = v.case_id
             WHERE v.referee_id = someone AND v.status = 'given' AND c.decided_at IS NULL ORDER BY c.id
        LOOP
            IF (lock_case(its_case)).decided_at IS NULL THEN
                UPDATE verification_vouch SET status = 'void' WHERE case_id = its_case AND referee_id = someone;
                UPDATE verification_case SET waiting_since = NULL, claimed_by_id = NULL, claimed_until = NULL
                 WHERE id = its_case AND waiting_since IS NOT NULL AND NOT case_is_complete(id);
            END IF;
        END LOOP;
    END $$;
REVOKE EXECUTE ON FUNCTION void_vouches_of(uuid) FROM PUBLIC;

CREATE FUNCTION vouches_go_with_their_referee() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM void_vouches_of((to_jsonb(OLD) ->> TG_ARGV[0])::uuid);
        RETURN NULL;
    END $$;
CREATE TRIGGER vouches_go_with_a_ban AFTER UPDATE OF is_active ON community_member
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION vouches_go_with_their_referee('id');
CREATE TRIGGER vouches_go_with_the_badge AFTER UPDATE OF heritage_verified_at, withdrawn_at ON community_profile
    FOR EACH ROW WHEN ((OLD.heritage_verified_at IS NOT NULL AND NEW.heritage_verified_at IS NULL)
                       OR (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL))
    EXECUTE FUNCTION vouches_go_with_their_referee('member_id');

CREATE FUNCTION case_takes_its_vouches_along() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM verification_vouch WHERE case_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER case_takes_its_vouches_along BEFORE DELETE ON verification_case
    FOR EACH ROW EXECUTE FUNCTION case_takes_its_vouches_along();

CREATE OR REPLACE FUNCTION conflicts_of(its_case uuid, its_moderator uuid) RETURNS SETOF text LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT kind FROM verification_conflict
         WHERE moderator_id = its_moderator AND case_id IN (SELECT its_case UNION ALL
               SELECT appeal_of_id FROM verification_case WHERE id = its_case)
         UNION
        SELECT 'business' FROM verification_case AS c
         WHERE c.id = its_case
           AND EXISTS (SELECT businesses_of(c.member_id) INTERSECT SELECT businesses_of(its_moderator))
         UNION
        -- One of them vouched for the other, then or now, whatever became of it.
        SELECT 'vouch' FROM verification_case AS c
         WHERE c.id = its_case
           AND EXISTS (SELECT FROM verification_vouch AS v JOIN verification_case AS o ON o.id = v.case_id
                        WHERE (v.referee_id, o.member_id) IN ((its_moderator, c.member_id), (c.member_id, its_moderator)))
    $$;
"""

UNDO_VOID = """
CREATE OR REPLACE FUNCTION conflicts_of(its_case uuid, its_moderator uuid) RETURNS SETOF text LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT kind FROM verification_conflict
         WHERE moderator_id = its_moderator AND case_id IN (SELECT its_case UNION ALL
               SELECT appeal_of_id FROM verification_case WHERE id = its_case)
         UNION
        SELECT 'business' FROM verification_case AS c
         WHERE c.id = its_case
           AND EXISTS (SELECT businesses_of(c.member_id) INTERSECT SELECT businesses_of(its_moderator))
    $$;
DROP TRIGGER case_takes_its_vouches_along ON verification_case;
DROP FUNCTION case_takes_its_vouches_along();
DROP TRIGGER vouches_go_with_the_badge ON community_profile;
DROP TRIGGER vouches_go_with_a_ban ON community_member;
DROP FUNCTION vouches_go_with_their_referee();
DROP FUNCTION void_vouches_of(uuid);
"""

POLICIES = """
ALTER TABLE verification_vouch ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_asks_for_a_vouch ON verification_vouch FOR INSERT TO lusotown_site
    WITH CHECK (status = 'open' AND EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));
CREATE POLICY read_with_its_case ON verification_vouch FOR SELECT
    USING (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));
CREATE POLICY referee_reads_own ON verification_vouch FOR SELECT TO lusotown_site, lusotown_worker
    USING (referee_id = (SELECT current_member()));

SELECT keep_audit('verification_vouch', 'referee_id', '{status}');
"""

UNDO_POLICIES = """
SELECT forget_audit('verification_vouch');
DROP POLICY referee_reads_own ON verification_vouch;
DROP POLICY read_with_its_case ON verification_vouch;
DROP POLICY member_asks_for_a_vouch ON verification_vouch;
ALTER TABLE verification_vouch DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """An applicant makes links; whoever presents one answers it once, as themselves, and no door writes an answer.

    A referee wears the badge for ninety days, has at most three open vouches, is not out of the applicant's sight, and
    was not vouched for by them over any chain. Whoever is banned, withdraws or loses the badge voids their word.
    """

    dependencies = [("verification", "0025_vouches"), ("community", "0081_badge_by_decision")]

    operations = [
        migrations.RunSQL(ASK, UNDO_ASK),
        migrations.RunSQL(VOID, UNDO_VOID),
        migrations.RunSQL(POLICIES, UNDO_POLICIES),
    ]
