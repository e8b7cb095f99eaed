from django.db import migrations

INFORMED = """
-- Why a case of this route may not be approved: nobody gives the reason of another.
CREATE FUNCTION reason_fits(its_reason text, its_route text) RETURNS boolean LANGUAGE sql IMMUTABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT its_reason IN ('no_answer', 'other') OR CASE its_route
            WHEN 'document' THEN its_reason IN (
                'unreadable', 'not_shown', 'other_name', 'expired_paper', 'altered', 'used_before')
            WHEN 'cultural_knowledge' THEN its_reason = 'answers'
            WHEN 'community_reference' THEN its_reason = 'references'
            ELSE false END
    $$;

-- After vote_is_fair, as triggers go by the alphabet: the case is locked, and whoever votes holds it.
CREATE FUNCTION vote_is_informed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case;
    BEGIN
        SELECT * INTO it FROM verification_case WHERE id = NEW.case_id;
        IF NEW.verdict = 'reject' AND NOT reason_fits(NEW.reason, it.route) THEN
            PERFORM refuse('reason_of_another_route');
        END IF;
        -- Two reasons tell of nothing that is in a document: they are given without looking, and so is a question.
        IF it.route = 'document' AND NEW.verdict <> 'ask' AND NEW.reason NOT IN ('no_answer', 'used_before') THEN
            IF EXISTS (
                SELECT FROM verification_evidence AS e
                 WHERE e.case_id IN (it.id, it.appeal_of_id) AND e.destroyed_at IS NULL
                   AND NOT EXISTS (SELECT FROM verification_opening AS o
                                    WHERE o.evidence_id = e.id AND o.by_id = NEW.by_id))
            THEN
                PERFORM refuse('documents_not_opened');
            ELSIF NEW.verdict = 'approve' AND NOT EXISTS (
                SELECT FROM verification_opening AS o JOIN verification_evidence AS e ON e.id = o.evidence_id
                 WHERE e.case_id IN (it.id, it.appeal_of_id) AND o.by_id = NEW.by_id)
            THEN
                PERFORM refuse('no_document_to_approve');
            END IF;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER vote_is_informed BEFORE INSERT ON verification_vote
    FOR EACH ROW EXECUTE FUNCTION vote_is_informed();
REVOKE EXECUTE ON FUNCTION reason_fits(text, text), vote_is_informed() FROM PUBLIC;
"""

UNDO_INFORMED = """
DROP TRIGGER vote_is_informed ON verification_vote;
DROP FUNCTION vote_is_informed();
DROP FUNCTION reason_fits(text, text);
"""


class Migration(migrations.Migration):
    """Whoever approves a document, or refuses one for what is in it, has opened each file that stands themselves.

    A question, a refusal because no answer came and one because the file was used before say nothing of what is in it,
    and need no opening. A document that nobody can open any more is not approved by whoever never saw it. A refusal
    gives a reason of the case's own route.
    """

    dependencies = [("verification", "0077_saved_filters_row_security")]

    operations = [migrations.RunSQL(INFORMED, UNDO_INFORMED)]
