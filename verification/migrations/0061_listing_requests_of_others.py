from django.db import migrations

FAIR = """
CREATE FUNCTION listing_request_is_decided_fairly() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF OLD.member_id = current_member() THEN
            PERFORM refuse('own_case');
        ELSIF OLD.outcome <> '' THEN
            PERFORM refuse('a_decision_stands');
        ELSIF NEW.decided_by_id IS DISTINCT FROM current_member() THEN
            PERFORM refuse('vote_of_another');
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER listing_request_is_decided_fairly BEFORE UPDATE ON verification_listingrequest
    FOR EACH ROW WHEN (
        current_user = 'lusotown_desk'
        AND (NEW.outcome, NEW.sentence, NEW.decided_at, NEW.decided_by_id)
            IS DISTINCT FROM (OLD.outcome, OLD.sentence, OLD.decided_at, OLD.decided_by_id)
    ) EXECUTE FUNCTION listing_request_is_decided_fairly();
"""

UNDO_FAIR = """
DROP TRIGGER listing_request_is_decided_fairly ON verification_listingrequest;
DROP FUNCTION listing_request_is_decided_fairly();
"""


class Migration(migrations.Migration):
    """A moderator decides no owner's wish of their own, none in another's name, and none that was decided."""

    dependencies = [("verification", "0060_votes_on_the_same_papers")]

    operations = [migrations.RunSQL(FAIR, UNDO_FAIR)]
