from django.db import migrations

VANISH = """
-- Fourteen days after the decision, a day where its owner withdrew; never later than was said before.
CREATE OR REPLACE FUNCTION papers_follow_their_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_evidence SET destroy_after = least(destroy_after,
            now() + CASE WHEN NEW.outcome = 'dropped' THEN interval '1 day' ELSE interval '14 days' END)
         WHERE claim_id = NEW.id AND destroyed_at IS NULL;
        RETURN NULL;
    END $$;
"""

UNDO_VANISH = """
CREATE OR REPLACE FUNCTION papers_follow_their_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_evidence SET destroy_after = least(uploaded_at + interval '90 days',
            now() + CASE WHEN NEW.outcome = 'dropped' THEN interval '1 day' ELSE interval '14 days' END)
         WHERE claim_id = NEW.id AND destroyed_at IS NULL;
        RETURN NULL;
    END $$;
"""

OPEN = """
-- What bars whoever asks from a document that hangs on a claim: one opens while one looks after the claim, and while
-- its owner has not taken their consent back.
CREATE OR REPLACE FUNCTION bar_to_claim_paper(its_evidence uuid) RETURNS text LANGUAGE plpgsql STABLE
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        held verification_listingrequest;
    BEGIN
        SELECT r.* INTO held FROM verification_evidence AS e JOIN verification_listingrequest AS r ON r.id = e.claim_id
         WHERE e.id = its_evidence AND r.outcome = ''
           AND r.claimed_by_id = current_member() AND r.claimed_until > clock_timestamp();
        RETURN CASE
            WHEN held.id IS NULL THEN 'not_claimed'
            WHEN (SELECT bool_and(withdrawn_at IS NOT NULL) FROM community_consent
                   WHERE member_id = held.member_id AND purpose = 'claim') THEN 'consent_taken_back'
            ELSE bar_to_claim(held.id) END;
    END $$;
"""

UNDO_OPEN = """
CREATE OR REPLACE FUNCTION bar_to_claim_paper(its_evidence uuid) RETURNS text LANGUAGE plpgsql STABLE
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
"""


class Migration(migrations.Migration):
    """Once the consent to a claim's documents is taken back, nobody opens them, and a decision keeps them no longer.

    The claim itself stays, so it can still be decided; that moved the end of its documents from a day to fourteen.
    """

    dependencies = [("verification", "0081_claim_papers_count")]

    operations = [
        migrations.RunSQL(VANISH, UNDO_VANISH),
        migrations.RunSQL(OPEN, UNDO_OPEN),
    ]
