from django.db import migrations

HANDED_IN = """
DROP POLICY anyone_hands_one_in ON verification_listingrequest;
CREATE POLICY anyone_hands_one_in ON verification_listingrequest FOR INSERT TO lusotown_site
    WITH CHECK (outcome = '' AND proved_at IS NULL AND claimed_by_id IS NULL
                AND member_id IS NOT DISTINCT FROM (SELECT current_member()));
"""

UNDO_HANDED_IN = """
DROP POLICY anyone_hands_one_in ON verification_listingrequest;
CREATE POLICY anyone_hands_one_in ON verification_listingrequest FOR INSERT TO lusotown_site
    WITH CHECK (outcome = '' AND member_id IS NOT DISTINCT FROM (SELECT current_member()));
"""

CODES = """
ALTER TABLE verification_claimcode ENABLE ROW LEVEL SECURITY;
-- Whether a claim may be seen, its own policy says: none of one's own, nor of what one says is one's own.
CREATE POLICY desk_reads_letters_with_their_claim ON verification_claimcode FOR SELECT TO lusotown_desk
    USING (EXISTS (SELECT FROM verification_listingrequest AS r WHERE r.id = request_id));
CREATE POLICY moderator_prints_letters_of_what_they_look_after ON verification_claimcode FOR INSERT TO lusotown_desk
    WITH CHECK (EXISTS (SELECT FROM verification_listingrequest AS r
                         WHERE r.id = request_id AND r.kind = 'claim' AND r.outcome = '' AND r.proved_at IS NULL
                           AND r.claimed_by_id = (SELECT current_member()) AND r.claimed_until > clock_timestamp()));

-- Thirty days and no try, whatever is written; the letter before is dead.
CREATE FUNCTION letter_takes_the_place_of_the_one_before() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF current_door() <> 'owner' THEN
            PERFORM FROM verification_listingrequest WHERE id = NEW.request_id FOR UPDATE;
            -- Where the policy does not agree, nothing of this stays done.
            DELETE FROM verification_claimcode WHERE request_id = NEW.request_id;
            NEW.printed_at := clock_timestamp();
            NEW.until := clock_timestamp() + interval '30 days';
            NEW.tries := 0;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER letter_takes_the_place_of_the_one_before BEFORE INSERT ON verification_claimcode
    FOR EACH ROW EXECUTE FUNCTION letter_takes_the_place_of_the_one_before();

CREATE FUNCTION request_takes_its_code_along() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM verification_claimcode WHERE request_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER request_takes_its_code_along BEFORE DELETE ON verification_listingrequest
    FOR EACH ROW EXECUTE FUNCTION request_takes_its_code_along();

SELECT keep_audit('verification_claimcode', '', '{request_id}', '{tries}');
"""

UNDO_CODES = """
SELECT forget_audit('verification_claimcode');
DROP TRIGGER request_takes_its_code_along ON verification_listingrequest;
DROP FUNCTION request_takes_its_code_along();
DROP TRIGGER letter_takes_the_place_of_the_one_before ON verification_claimcode;
DROP FUNCTION letter_takes_the_place_of_the_one_before();
DROP POLICY moderator_prints_letters_of_what_they_look_after ON verification_claimcode;
DROP POLICY desk_reads_letters_with_their_claim ON verification_claimcode;
ALTER TABLE verification_claimcode DISABLE ROW LEVEL SECURITY;
"""

PROOFS = """
-- Where a claim stands, for whoever has its link: not who handed it in.
CREATE FUNCTION claim_presented(its_request uuid)
RETURNS TABLE (business_id uuid, business_name text, outcome text, way text, created_at timestamptz, proved_by text,
               proved_at timestamptz, letter_until timestamptz, tries smallint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT r.business_id, r.business_name, r.outcome, r.way, r.created_at, r.proved_by, r.proved_at, c.until, c.tries
          FROM verification_listingrequest AS r LEFT JOIN verification_claimcode AS c ON c.request_id = r.id
         WHERE r.id = its_request AND r.kind = 'claim'
    $$;

-- What a code that was typed is good for: 'proved', 'wrong', or 'dead'. Typed right it proves; wrong it counts.
CREATE FUNCTION type_claim_code(its_request uuid, digests bytea[]) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        code verification_claimcode;
    BEGIN
        PERFORM FROM verification_listingrequest WHERE id = its_request AND outcome = '' AND proved_at IS NULL FOR UPDATE;
        IF FOUND THEN
            SELECT * INTO code FROM verification_claimcode
             WHERE request_id = its_request AND until > clock_timestamp() AND tries < 5 FOR UPDATE;
        END IF;
        IF code.id IS NULL THEN
            RETURN 'dead';
        ELSIF code.digest = ANY (digests) THEN
            UPDATE verification_listingrequest SET proved_at = now(), proved_by = 'letter' WHERE id = its_request;
            DELETE FROM verification_claimcode WHERE id = code.id;
            RETURN 'proved';
        END IF;
        UPDATE verification_claimcode SET tries = tries + 1 WHERE id = code.id;
        RETURN CASE WHEN code.tries >= 4 THEN 'dead' ELSE 'wrong' END;
    END $$;

-- That whoever claims reads the mail of an address of the business. It is the site's word alone, so it grants nothing.
CREATE FUNCTION prove_claim_by_mail(its_request uuid, address text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_listingrequest SET proved_at = now(), proved_by = 'mail', proof_email = address
         WHERE id = its_request AND kind = 'claim' AND outcome = '' AND proved_at IS NULL;
        RETURN FOUND;
    END $$;

REVOKE EXECUTE ON FUNCTION claim_presented(uuid), type_claim_code(uuid, bytea[]), prove_claim_by_mail(uuid, text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_presented(uuid), type_claim_code(uuid, bytea[]), prove_claim_by_mail(uuid, text)
    TO lusotown_site;
"""

UNDO_PROOFS = """
DROP FUNCTION prove_claim_by_mail(uuid, text);
DROP FUNCTION type_claim_code(uuid, bytea[]);
DROP FUNCTION claim_presented(uuid);
"""


class Migration(migrations.Migration):
    """A moderator prints a letter for a claim that they look after; the code in it is typed at the site, five times.

    Nobody reads a code's hash: functions compare it. A proof is written by functions alone, and grants nothing.
    """

    dependencies = [("verification", "0053_claims_proved")]

    operations = [
        migrations.RunSQL(HANDED_IN, UNDO_HANDED_IN),
        migrations.RunSQL(CODES, UNDO_CODES),
        migrations.RunSQL(PROOFS, UNDO_PROOFS),
    ]
