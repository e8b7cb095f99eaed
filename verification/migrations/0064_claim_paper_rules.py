from django.db import migrations


def rewording(function: str, found: str, instead: str) -> str:
    """A function in its new words, by replacing some of the old ones."""
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


ASK = """
-- Its member first, then the claim, as erasing does.
CREATE FUNCTION lock_claim(its_claim uuid) RETURNS verification_listingrequest LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_listingrequest;
    BEGIN
        IF current_setting('transaction_isolation') <> 'read committed' THEN  -- its rules would be asked of the past
            PERFORM refuse('read_committed_only');
        END IF;
        PERFORM FROM community_member WHERE id = (SELECT member_id FROM verification_listingrequest WHERE id = its_claim)
            FOR KEY SHARE;
        SELECT * INTO it FROM verification_listingrequest WHERE id = its_claim FOR UPDATE;
        IF NOT FOUND THEN
            PERFORM refuse('claim_not_found');
        END IF;
        RETURN it;
    END $$;

-- The claims that whoever asks stands too near to: they said so, or they share a business with the member who claims.
CREATE FUNCTION claims_too_near() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        WITH mine AS (SELECT businesses_of(current_member()) AS business_id),
             partners AS (
                SELECT member_id FROM verification_listingrequest JOIN mine USING (business_id)
                 WHERE kind = 'claim' AND outcome NOT IN ('refused', 'dropped')
                 UNION
                SELECT organizer_id FROM events_event JOIN mine USING (business_id))
        SELECT array(SELECT claim_id FROM verification_conflict
                      WHERE moderator_id = current_member() AND claim_id IS NOT NULL
                      UNION
                     SELECT r.id FROM verification_listingrequest AS r JOIN partners USING (member_id)
                      WHERE r.member_id <> current_member())
    $$;

-- What bars whoever asks from a claim that they hold; NULL if nothing does.
CREATE FUNCTION bar_to_claim(its_claim uuid) RETURNS text LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE
            WHEN NOT EXISTS (SELECT FROM community_member WHERE id = current_member() AND is_staff AND is_active)
                THEN 'no_rank'
            WHEN EXISTS (SELECT FROM verification_stop WHERE moderator_id = current_member() AND lifted_at IS NULL)
                THEN 'stopped'
            WHEN r.member_id = current_member() OR lower(r.email) = ANY (own_addresses())
                 OR r.business_id = ANY (own_businesses()) THEN 'own_case'
            WHEN r.id = ANY (claims_too_near()) THEN 'conflict'
        END FROM verification_listingrequest AS r WHERE r.id = its_claim
    $$;

REVOKE EXECUTE ON FUNCTION lock_claim(uuid), claims_too_near(), bar_to_claim(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claims_too_near() TO lusotown_desk;
"""

UNDO_ASK = """
DROP FUNCTION bar_to_claim(uuid);
DROP FUNCTION claims_too_near();
DROP FUNCTION lock_claim(uuid);
"""

HAND_IN = """
DROP TRIGGER evidence_is_handed_in ON verification_evidence;
CREATE TRIGGER evidence_is_handed_in BEFORE INSERT ON verification_evidence
    FOR EACH ROW WHEN (NEW.case_id IS NOT NULL) EXECUTE FUNCTION evidence_is_handed_in();

CREATE FUNCTION claim_paper_is_handed_in() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_listingrequest := lock_claim(NEW.claim_id);
    BEGIN
        IF current_door() <> 'owner' THEN
            NEW.uploaded_at := clock_timestamp();
            IF current_member() IS NULL OR it.member_id IS DISTINCT FROM current_member() THEN
                PERFORM refuse('claim_not_found');
            ELSIF it.kind <> 'claim' OR it.outcome <> '' THEN
                PERFORM refuse('ended_already');
            ELSIF NEW.destroyed_at IS NOT NULL THEN
                PERFORM refuse('destroyed');
            END IF;
            -- FOR SHARE: a consent that is being withdrawn at this moment is waited for.
            PERFORM FROM community_consent
              WHERE member_id = it.member_id AND purpose = 'claim' AND withdrawn_at IS NULL FOR SHARE;
            IF NOT FOUND THEN
                PERFORM refuse('paper_needs_consent');
            END IF;
        END IF;
        IF (SELECT count(*) FROM verification_evidence WHERE claim_id = it.id AND destroyed_at IS NULL) >= 3 THEN
            PERFORM refuse('three_files_a_claim');
        END IF;
        IF NEW.destroyed_at IS NULL THEN
            NEW.destroy_after := NEW.uploaded_at + interval '90 days';
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER claim_paper_is_handed_in BEFORE INSERT ON verification_evidence
    FOR EACH ROW WHEN (NEW.claim_id IS NOT NULL) EXECUTE FUNCTION claim_paper_is_handed_in();

CREATE POLICY member_hands_papers_in_with_own_claim ON verification_evidence FOR INSERT TO lusotown_site
    WITH CHECK (EXISTS (SELECT FROM verification_listingrequest AS r
                         WHERE r.id = claim_id AND r.member_id = (SELECT current_member())));
CREATE POLICY member_reads_papers_of_own_claims ON verification_evidence FOR SELECT TO lusotown_site, lusotown_worker
    USING (EXISTS (SELECT FROM verification_listingrequest AS r
                    WHERE r.id = claim_id AND r.member_id = (SELECT current_member())));
-- Whether a claim may be seen, its own policy says.
CREATE POLICY desk_reads_papers_with_their_claim ON verification_evidence FOR SELECT TO lusotown_desk
    USING (EXISTS (SELECT FROM verification_listingrequest AS r WHERE r.id = claim_id));
"""

UNDO_HAND_IN = """
DROP POLICY desk_reads_papers_with_their_claim ON verification_evidence;
DROP POLICY member_reads_papers_of_own_claims ON verification_evidence;
DROP POLICY member_hands_papers_in_with_own_claim ON verification_evidence;
DROP TRIGGER claim_paper_is_handed_in ON verification_evidence;
DROP FUNCTION claim_paper_is_handed_in();
DROP TRIGGER evidence_is_handed_in ON verification_evidence;
CREATE TRIGGER evidence_is_handed_in BEFORE INSERT ON verification_evidence
    FOR EACH ROW EXECUTE FUNCTION evidence_is_handed_in();
"""

OPEN = """
-- What bars whoever asks from a document that hangs on a claim: one opens while one looks after the claim.
CREATE FUNCTION bar_to_claim_paper(its_evidence uuid) RETURNS text LANGUAGE plpgsql STABLE
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        held uuid;
    BEGIN
        SELECT r.id INTO held FROM verification_evidence AS e JOIN verification_listingrequest AS r ON r.id = e.claim_id
         WHERE e.id = its_evidence AND r.outcome = ''
           AND r.claimed_by_id = current_member() AND r.claimed_until > clock_timestamp();
        RETURN CASE WHEN held IS NULL THEN 'not_claimed' ELSE bar_to_claim(held) END;
    END $$;

-- Whoever is stopped holds no claim any more either.
CREATE FUNCTION stop_frees_claims() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_listingrequest SET claimed_by_id = NULL, claimed_until = NULL
         WHERE claimed_by_id = NEW.moderator_id AND outcome = '';
        RETURN NULL;
    END $$;
CREATE TRIGGER stop_frees_claims AFTER INSERT ON verification_stop
    FOR EACH ROW EXECUTE FUNCTION stop_frees_claims();

REVOKE EXECUTE ON FUNCTION bar_to_claim_paper(uuid) FROM PUBLIC;
"""

UNDO_OPEN = """
DROP TRIGGER stop_frees_claims ON verification_stop;
DROP FUNCTION stop_frees_claims();
DROP FUNCTION bar_to_claim_paper(uuid);
"""

DECIDE = """
-- What the desk may do with a claim, beyond its lease. Named to come before one_looks_after_it.
CREATE FUNCTION claim_is_decided_fairly() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF current_door() <> 'desk' OR to_jsonb(NEW) - 'business_id' = to_jsonb(OLD) - 'business_id'
           OR (NEW.outcome = OLD.outcome AND NEW.claimed_by_id IS NULL) THEN  -- letting go is free
            RETURN NEW;
        ELSIF EXISTS (SELECT FROM verification_stop WHERE moderator_id = current_member() AND lifted_at IS NULL) THEN
            PERFORM refuse('stopped');
        ELSIF NEW.outcome = 'dropped' THEN
            PERFORM refuse('its_owner_withdraws');
        ELSIF NEW.outcome = 'refused' AND NEW.reason = ''
              AND EXISTS (SELECT FROM verification_evidence WHERE claim_id = NEW.id) THEN
            PERFORM refuse('refused_for_a_reason');
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER claim_is_decided_fairly BEFORE UPDATE ON verification_listingrequest
    FOR EACH ROW EXECUTE FUNCTION claim_is_decided_fairly();

DROP POLICY desk_keeps_listing_requests_but_not_its_own ON verification_listingrequest;
CREATE POLICY desk_keeps_listing_requests_but_not_its_own ON verification_listingrequest TO lusotown_desk
    USING (
        (SELECT works_at_the_desk())
        AND member_id IS DISTINCT FROM (SELECT current_member())
        AND lower(email) <> ALL ((SELECT own_addresses())::text[])
        AND (business_id IS NULL OR business_id <> ALL ((SELECT own_businesses())::uuid[]))
        AND id <> ALL ((SELECT claims_too_near())::uuid[])
    );

CREATE POLICY moderator_declares_own_conflict_with_a_claim ON verification_conflict FOR INSERT TO lusotown_desk
    WITH CHECK (
        moderator_id = (SELECT current_member()) AND (SELECT works_at_the_desk())
        AND EXISTS (SELECT FROM verification_listingrequest AS r WHERE r.id = claim_id)
    );
CREATE POLICY moderator_reads_own_conflicts_with_claims ON verification_conflict FOR SELECT TO lusotown_desk
    USING (claim_id IS NOT NULL AND moderator_id = (SELECT current_member()));

CREATE FUNCTION conflict_frees_the_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_listingrequest SET claimed_by_id = NULL, claimed_until = NULL
         WHERE id = NEW.claim_id AND claimed_by_id = NEW.moderator_id AND outcome = '';
        RETURN NULL;
    END $$;
CREATE TRIGGER conflict_frees_the_claim AFTER INSERT ON verification_conflict
    FOR EACH ROW WHEN (NEW.claim_id IS NOT NULL) EXECUTE FUNCTION conflict_frees_the_claim();
"""

UNDO_DECIDE = """
DROP TRIGGER conflict_frees_the_claim ON verification_conflict;
DROP FUNCTION conflict_frees_the_claim();
DROP POLICY moderator_reads_own_conflicts_with_claims ON verification_conflict;
DROP POLICY moderator_declares_own_conflict_with_a_claim ON verification_conflict;
DROP POLICY desk_keeps_listing_requests_but_not_its_own ON verification_listingrequest;
CREATE POLICY desk_keeps_listing_requests_but_not_its_own ON verification_listingrequest TO lusotown_desk
    USING (
        (SELECT works_at_the_desk())
        AND member_id IS DISTINCT FROM (SELECT current_member())
        AND lower(email) <> ALL ((SELECT own_addresses())::text[])
        AND (business_id IS NULL OR business_id <> ALL ((SELECT own_businesses())::uuid[]))
    );
DROP TRIGGER claim_is_decided_fairly ON verification_listingrequest;
DROP FUNCTION claim_is_decided_fairly();
"""

VANISH = """
-- Fourteen days after the decision, a day where its owner withdrew; ninety after the upload at the latest.
CREATE FUNCTION papers_follow_their_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_evidence SET destroy_after = least(uploaded_at + interval '90 days',
            now() + CASE WHEN NEW.outcome = 'dropped' THEN interval '1 day' ELSE interval '14 days' END)
         WHERE claim_id = NEW.id AND destroyed_at IS NULL;
        RETURN NULL;
    END $$;
CREATE TRIGGER papers_follow_their_claim AFTER UPDATE OF outcome ON verification_listingrequest
    FOR EACH ROW WHEN (OLD.outcome = '' AND NEW.outcome <> '') EXECUTE FUNCTION papers_follow_their_claim();

CREATE FUNCTION claim_papers_go_with_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_evidence SET destroy_after = least(destroy_after, now() + interval '1 day')
         WHERE destroyed_at IS NULL
           AND claim_id IN (SELECT id FROM verification_listingrequest WHERE member_id = OLD.member_id);
        RETURN NULL;
    END $$;
CREATE TRIGGER claim_papers_go_with_consent AFTER UPDATE OF withdrawn_at ON community_consent
    FOR EACH ROW WHEN (OLD.purpose = 'claim' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL)
    EXECUTE FUNCTION claim_papers_go_with_consent();

-- Of a claim, its member may destroy a document at any time but while a moderator looks after it.
CREATE FUNCTION check_own_claim_paper(its_evidence uuid) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_listingrequest :=
            lock_claim((SELECT claim_id FROM verification_evidence WHERE id = its_evidence));
    BEGIN
        IF current_member() IS NULL OR it.member_id IS DISTINCT FROM current_member() THEN
            PERFORM refuse('claim_not_found');
        ELSIF it.claimed_until > clock_timestamp() THEN
            PERFORM refuse('looked_at_now');
        END IF;
    END $$;

-- What should be gone and is not, of claims; from the facts, as overdue_evidence() counts of cases.
CREATE FUNCTION overdue_claim_papers() RETURNS SETOF uuid LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT e.id
          FROM verification_evidence AS e
          JOIN verification_listingrequest AS r ON r.id = e.claim_id
         WHERE e.sealed_key IS NOT NULL
           AND (e.destroy_after <= now()
                OR e.uploaded_at <= now() - interval '90 days'
                OR r.decided_at <= now() - CASE WHEN r.outcome = 'dropped' THEN interval '1 day'
                                                ELSE interval '14 days' END
                OR r.member_id IS NULL
                OR (SELECT max(w.withdrawn_at) <= now() - interval '1 day' AND bool_and(w.withdrawn_at IS NOT NULL)
                      FROM community_consent AS w WHERE w.member_id = r.member_id AND w.purpose = 'claim'))
    $$;

CREATE FUNCTION claim_takes_its_papers_along() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM verification_opening
         WHERE evidence_id IN (SELECT id FROM verification_evidence WHERE claim_id = OLD.id);
        DELETE FROM verification_evidence WHERE claim_id = OLD.id;
        DELETE FROM verification_conflict WHERE claim_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER claim_takes_its_papers_along BEFORE DELETE ON verification_listingrequest
    FOR EACH ROW EXECUTE FUNCTION claim_takes_its_papers_along();

REVOKE EXECUTE ON FUNCTION check_own_claim_paper(uuid), overdue_claim_papers() FROM PUBLIC;
"""

UNDO_VANISH = """
DROP TRIGGER claim_takes_its_papers_along ON verification_listingrequest;
DROP FUNCTION claim_takes_its_papers_along();
DROP FUNCTION overdue_claim_papers();
DROP FUNCTION check_own_claim_paper(uuid);
DROP TRIGGER claim_papers_go_with_consent ON community_consent;
DROP FUNCTION claim_papers_go_with_consent();
DROP TRIGGER papers_follow_their_claim ON verification_listingrequest;
DROP FUNCTION papers_follow_their_claim();
"""

AT_THE_SITE = """
DROP FUNCTION claim_presented(uuid);
-- Where a claim stands, for whoever has its link: not who handed it in, only whether an account holds it.
CREATE FUNCTION claim_presented(its_request uuid)
RETURNS TABLE (business_id uuid, business_name text, outcome text, way text, created_at timestamptz, proved_by text,
               proved_at timestamptz, letter_until timestamptz, tries smallint, has_account boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT r.business_id, r.business_name, r.outcome, r.way, r.created_at, r.proved_by, r.proved_at, c.until,
               c.tries, r.member_id IS NOT NULL
          FROM verification_listingrequest AS r LEFT JOIN verification_claimcode AS c ON c.request_id = r.id
         WHERE r.id = its_request AND r.kind = 'claim'
    $$;

-- Whoever has the link of a claim that no account holds may hold it with theirs. Whether it was done.
CREATE FUNCTION take_claim_on(its_request uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_listingrequest SET member_id = current_member()
         WHERE id = its_request AND kind = 'claim' AND outcome = '' AND member_id IS NULL
           AND current_member() IS NOT NULL;
        RETURN FOUND;
    END $$;

-- At the wish of whoever handed it in: the account that holds it, or who has its link where none does.
CREATE FUNCTION withdraw_claim(its_request uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_listingrequest := lock_claim(its_request);
    BEGIN
        IF it.kind <> 'claim' OR it.outcome <> ''
           OR (it.member_id IS NOT NULL AND it.member_id IS DISTINCT FROM current_member()) THEN
            RETURN false;
        END IF;
        UPDATE verification_listingrequest
           SET outcome = 'dropped', decided_at = now(), claimed_by_id = NULL, claimed_until = NULL
         WHERE id = its_request;
        DELETE FROM verification_claimcode WHERE request_id = its_request;
        RETURN true;
    END $$;

REVOKE EXECUTE ON FUNCTION claim_presented(uuid), take_claim_on(uuid), withdraw_claim(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_presented(uuid), take_claim_on(uuid), withdraw_claim(uuid) TO lusotown_site;
"""

UNDO_AT_THE_SITE = """
DROP FUNCTION withdraw_claim(uuid);
DROP FUNCTION take_claim_on(uuid);
DROP FUNCTION claim_presented(uuid);
CREATE FUNCTION claim_presented(its_request uuid)
RETURNS TABLE (business_id uuid, business_name text, outcome text, way text, created_at timestamptz, proved_by text,
               proved_at timestamptz, letter_until timestamptz, tries smallint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT r.business_id, r.business_name, r.outcome, r.way, r.created_at, r.proved_by, r.proved_at, c.until, c.tries
          FROM verification_listingrequest AS r LEFT JOIN verification_claimcode AS c ON c.request_id = r.id
         WHERE r.id = its_request AND r.kind = 'claim'
    $$;
REVOKE EXECUTE ON FUNCTION claim_presented(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_presented(uuid) TO lusotown_site;
"""

# Each function in its new words: (function, found, instead). Of cases they say what they said before.
CHANGES = (
    (
        "check_opening(uuid)",
        "CASE WHEN held IS NULL THEN 'not_claimed' ELSE recusal_of(held, current_member()) END",
        "CASE WHEN held IS NULL THEN bar_to_claim_paper(its_evidence) ELSE recusal_of(held, current_member()) END",
    ),
    (
        "destroy_evidence(uuid)",
        "IF current_door() <> 'worker' THEN",
        """IF current_door() <> 'worker'
           AND EXISTS (SELECT FROM verification_evidence WHERE id = its_evidence AND claim_id IS NOT NULL) THEN
            PERFORM check_own_claim_paper(its_evidence);
        ELSIF current_door() <> 'worker' THEN""",
    ),
    ("overdue_evidence()", "SELECT e.id\n", "SELECT overdue_claim_papers() UNION ALL SELECT e.id\n"),
    ("own_businesses()", "outcome <> 'refused'", "outcome NOT IN ('refused', 'dropped')"),
    ("businesses_of(uuid)", "outcome <> 'refused'", "outcome NOT IN ('refused', 'dropped')"),
)


class Migration(migrations.Migration):
    """A member hands up to three documents in with a claim of theirs; whoever looks after it opens them; they vanish.

    They are evidence: opened, counted and destroyed by the functions that do so for cases, which learn here whom a
    claim's document is for. A moderator who stands too near to a claim, by their own word or as they share a business
    with who claims, does not see it; who is stopped takes on and decides none. Only its owner withdraws a claim, and
    where there were documents a refusal says why.
    """

    dependencies = [("verification", "0063_claim_papers")]

    operations = [
        migrations.RunSQL(ASK, UNDO_ASK),
        migrations.RunSQL(HAND_IN, UNDO_HAND_IN),
        migrations.RunSQL(OPEN, UNDO_OPEN),
        migrations.RunSQL(DECIDE, UNDO_DECIDE),
        migrations.RunSQL(VANISH, UNDO_VANISH),
        migrations.RunSQL(AT_THE_SITE, UNDO_AT_THE_SITE),
        *(
            migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
            for function, found, instead in CHANGES
        ),
    ]
