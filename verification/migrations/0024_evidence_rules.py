from django.db import migrations

UPLOAD = """
CREATE FUNCTION evidence_is_handed_in() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(NEW.case_id);
    BEGIN
        IF current_door() <> 'owner' THEN
            NEW.uploaded_at := now();
            IF it.member_id IS DISTINCT FROM current_member() THEN
                PERFORM refuse('case_not_found');
            ELSIF it.route <> 'document' OR it.decided_at IS NOT NULL OR it.waiting_since IS NOT NULL THEN
                PERFORM refuse('not_asked');
            ELSIF NEW.destroyed_at IS NOT NULL THEN
                PERFORM refuse('destroyed');
            END IF;
        END IF;
        IF (SELECT count(*) FROM verification_evidence WHERE case_id = it.id AND destroyed_at IS NULL) >= 5 THEN
            PERFORM refuse('five_files_a_case');
        END IF;
        -- Only what gave someone the badge stands in the way: whoever merely holds another's paper shuts nobody out.
        IF NEW.fingerprint <> '' AND EXISTS (
            SELECT FROM verification_evidence AS e JOIN verification_case AS c ON c.id = e.case_id
             WHERE e.fingerprint = NEW.fingerprint AND c.member_id <> it.member_id AND c.status = 'approved'
        ) THEN
            PERFORM refuse('used_before');
        END IF;
        IF NEW.destroyed_at IS NULL THEN
            NEW.destroy_after := NEW.uploaded_at + interval '90 days';
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER evidence_is_handed_in BEFORE INSERT ON verification_evidence
    FOR EACH ROW EXECUTE FUNCTION evidence_is_handed_in();

CREATE OR REPLACE FUNCTION case_is_complete(its_case uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT route <> 'document' OR appeal_of_id IS NOT NULL
               OR EXISTS (SELECT FROM verification_evidence WHERE case_id = its_case AND destroyed_at IS NULL)
          FROM verification_case WHERE id = its_case
    $$;
"""

UNDO_UPLOAD = """
CREATE OR REPLACE FUNCTION case_is_complete(its_case uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$ SELECT true $$;
DROP TRIGGER evidence_is_handed_in ON verification_evidence;
DROP FUNCTION evidence_is_handed_in();
"""

OPEN = """
-- Writes down that the caller opens a document; the id of the opening, good for a quarter of an hour. Beyond twenty in
-- an hour the caller is stopped, and there is none.
CREATE FUNCTION open_evidence(its_evidence uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
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

-- Whether the caller may look at a document at this moment: it stands, and they hold its case or the appeal.
CREATE FUNCTION check_opening(its_evidence uuid) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        held uuid;
        bar text;
    BEGIN
        SELECT c.id INTO held
          FROM verification_evidence AS e JOIN verification_case AS c ON e.case_id IN (c.id, c.appeal_of_id)
         WHERE e.id = its_evidence AND c.claimed_by_id = current_member() AND c.claimed_until > clock_timestamp();
        bar := CASE WHEN held IS NULL THEN 'not_claimed' ELSE recusal_of(held, current_member()) END;
        IF bar IS NOT NULL THEN
            PERFORM refuse(bar);
        ELSIF EXISTS (SELECT FROM verification_evidence WHERE id = its_evidence AND destroyed_at IS NOT NULL) THEN
            PERFORM refuse('destroyed');
        END IF;
    END $$;

-- The key of what was opened, for whoever opened it. Only of an opening that another transaction has committed: whoever
-- rolls back what was written down has no key either.
CREATE FUNCTION opened_key(its_opening uuid) RETURNS TABLE (evidence uuid, sealed_key bytea, key_id text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_opening;
    BEGIN
        SELECT * INTO it FROM verification_opening AS o
         WHERE o.id = its_opening AND o.by_id = current_member()
           AND o.at > clock_timestamp() - interval '15 minutes'
           AND o.written_in <> pg_current_xact_id()::text::bigint;
        IF NOT FOUND THEN
            PERFORM refuse('not_opened');
        END IF;
        PERFORM check_opening(it.evidence_id);
        RETURN QUERY SELECT e.id, e.sealed_key, e.key_id::text FROM verification_evidence AS e
                      WHERE e.id = it.evidence_id AND e.destroyed_at IS NULL;
    END $$;

REVOKE EXECUTE ON FUNCTION check_opening(uuid), open_evidence(uuid), opened_key(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_evidence(uuid), opened_key(uuid) TO lusotown_desk;
"""

UNDO_OPEN = """
DROP FUNCTION opened_key(uuid);
DROP FUNCTION check_opening(uuid);
DROP FUNCTION open_evidence(uuid);
"""

VANISH = """
-- Fourteen days after the decision, a day where its member withdrew; ninety after the upload at the latest.
CREATE FUNCTION evidence_follows_its_case() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_evidence SET destroy_after = CASE
            WHEN NEW.decided_at IS NULL THEN uploaded_at + interval '90 days'  -- an appeal is open: it is needed again
            ELSE least(uploaded_at + interval '90 days',
                       now() + CASE WHEN NEW.status = 'withdrawn' THEN interval '1 day' ELSE interval '14 days' END) END
         WHERE case_id IN (NEW.id, NEW.appeal_of_id) AND destroyed_at IS NULL;
        RETURN NULL;
    END $$;
CREATE TRIGGER evidence_follows_its_case AFTER UPDATE OF decided_at ON verification_case
    FOR EACH ROW WHEN (OLD.decided_at IS NULL AND NEW.decided_at IS NOT NULL)
    EXECUTE FUNCTION evidence_follows_its_case();
CREATE TRIGGER evidence_waits_for_the_appeal AFTER INSERT ON verification_case
    FOR EACH ROW WHEN (NEW.appeal_of_id IS NOT NULL AND NEW.decided_at IS NULL)
    EXECUTE FUNCTION evidence_follows_its_case();

CREATE FUNCTION evidence_goes_with_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_evidence SET destroy_after = least(destroy_after, now() + interval '1 day')
         WHERE destroyed_at IS NULL
           AND case_id IN (SELECT id FROM verification_case WHERE member_id = OLD.member_id);
        RETURN NULL;
    END $$;
-- After cases_end_with_consent, as triggers go by the alphabet.
CREATE TRIGGER evidence_goes_with_consent AFTER UPDATE OF withdrawn_at ON community_consent
    FOR EACH ROW WHEN (OLD.purpose = 'verification' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL)
    EXECUTE FUNCTION evidence_goes_with_consent();

-- For good: without its key, what lies on disk is noise. Its member may while the case is theirs or over; the worker
-- when it is due. Whether it was done now.
CREATE FUNCTION destroy_evidence(its_evidence uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        is_due boolean;
        it verification_case;
    BEGIN
        SELECT destroy_after <= now() INTO is_due FROM verification_evidence WHERE id = its_evidence;
        IF current_door() <> 'worker' THEN
            it := lock_case((SELECT case_id FROM verification_evidence WHERE id = its_evidence));
            IF it.member_id IS DISTINCT FROM current_member() THEN
                PERFORM refuse('case_not_found');
            ELSIF it.waiting_since IS NOT NULL
                  OR EXISTS (SELECT FROM verification_case WHERE appeal_of_id = it.id AND decided_at IS NULL) THEN
                PERFORM refuse('at_the_desk');
            END IF;
        ELSIF is_due IS NOT TRUE THEN
            RETURN false;
        END IF;
        UPDATE verification_evidence SET sealed_key = NULL, destroyed_at = now()
         WHERE id = its_evidence AND destroyed_at IS NULL;
        RETURN FOUND;
    END $$;

-- What should be gone and is not, from the facts and not from the deadline kept beside them. Nothing, every night.
CREATE FUNCTION overdue_evidence() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT e.id
          FROM verification_evidence AS e
          JOIN verification_case AS c ON c.id = e.case_id
          LEFT JOIN verification_case AS a ON a.appeal_of_id = c.id
         WHERE e.sealed_key IS NOT NULL
           AND (e.destroy_after <= now()
                OR e.uploaded_at <= now() - interval '90 days'
                OR (c.decided_at <= now() - interval '14 days'
                    AND (a.id IS NULL OR a.decided_at <= now() - interval '14 days'))
                OR c.member_id IS NULL
                OR (SELECT max(w.withdrawn_at) <= now() - interval '1 day' AND bool_and(w.withdrawn_at IS NOT NULL)
                      FROM community_consent AS w WHERE w.member_id = c.member_id AND w.purpose = 'verification'))
    $$;

CREATE FUNCTION case_takes_its_evidence_along() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM verification_opening
         WHERE evidence_id IN (SELECT id FROM verification_evidence WHERE case_id = OLD.id);
        DELETE FROM verification_evidence WHERE case_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER case_takes_its_evidence_along BEFORE DELETE ON verification_case
    FOR EACH ROW EXECUTE FUNCTION case_takes_its_evidence_along();

REVOKE EXECUTE ON FUNCTION destroy_evidence(uuid), overdue_evidence() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION destroy_evidence(uuid) TO lusotown_site, lusotown_worker;
GRANT EXECUTE ON FUNCTION overdue_evidence() TO lusotown_worker;
"""

UNDO_VANISH = """
DROP TRIGGER case_takes_its_evidence_along ON verification_case;
DROP FUNCTION case_takes_its_evidence_along();
DROP FUNCTION overdue_evidence();
DROP FUNCTION destroy_evidence(uuid);
DROP TRIGGER evidence_goes_with_consent ON community_consent;
DROP FUNCTION evidence_goes_with_consent();
DROP TRIGGER evidence_waits_for_the_appeal ON verification_case;
DROP TRIGGER evidence_follows_its_case ON verification_case;
DROP FUNCTION evidence_follows_its_case();
"""

POLICIES = """
ALTER TABLE verification_evidence ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_hands_evidence_in ON verification_evidence FOR INSERT TO lusotown_site
    WITH CHECK (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));
CREATE POLICY read_with_its_case ON verification_evidence FOR SELECT
    USING (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));
CREATE POLICY worker_reads_what_is_due_or_gone ON verification_evidence FOR SELECT TO lusotown_worker
    USING (destroy_after <= now() OR destroyed_at IS NOT NULL);

ALTER TABLE verification_opening ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_with_its_evidence ON verification_opening FOR SELECT
    USING (EXISTS (SELECT FROM verification_evidence AS e WHERE e.id = evidence_id));

SELECT keep_audit('verification_evidence', '', '{kind,destroyed_at}');
"""

UNDO_POLICIES = """
SELECT forget_audit('verification_evidence');
DROP POLICY read_with_its_evidence ON verification_opening;
ALTER TABLE verification_opening DISABLE ROW LEVEL SECURITY;
DROP POLICY worker_reads_what_is_due_or_gone ON verification_evidence;
DROP POLICY read_with_its_case ON verification_evidence;
DROP POLICY member_hands_evidence_in ON verification_evidence;
ALTER TABLE verification_evidence DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """A document is handed in by its member while it is their turn, opened by whoever holds its case, and vanishes.

    No door can read a key. The desk is given one for an opening that stands written down: by an earlier transaction,
    so that nobody looks and rolls back; for the case or the appeal that the moderator holds at this moment; and for
    twenty documents an hour, after which they are stopped. Its member reads when it was opened, and not by whom.
    """

    dependencies = [("verification", "0023_evidence")]

    operations = [
        migrations.RunSQL(UPLOAD, UNDO_UPLOAD),
        migrations.RunSQL(OPEN, UNDO_OPEN),
        migrations.RunSQL(VANISH, UNDO_VANISH),
        migrations.RunSQL(POLICIES, UNDO_POLICIES),
    ]
