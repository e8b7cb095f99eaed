from django.db import migrations, models

GIVEN = """
INSERT INTO community_consent (member_id, purpose, version, given_at)
SELECT member_id, 'matching', '1', opted_in_at FROM community_matchingchoice WHERE opted_in_at IS NOT NULL;
"""

STANDS = """
CREATE FUNCTION matching_needs_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        -- FOR SHARE: a consent that is being withdrawn at this moment is waited for.
        PERFORM FROM community_consent
          WHERE member_id = NEW.member_id AND purpose = 'matching' AND withdrawn_at IS NULL FOR SHARE;
        IF NOT FOUND THEN
            RAISE check_violation USING MESSAGE = 'matching needs a consent of its own', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER matching_needs_consent BEFORE INSERT OR UPDATE OF opted_in_at ON community_matchingchoice
    FOR EACH ROW WHEN (NEW.opted_in_at IS NOT NULL) EXECUTE FUNCTION matching_needs_consent();

CREATE FUNCTION matching_goes_with_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE community_matchingchoice SET opted_in_at = NULL WHERE member_id = OLD.member_id AND opted_in_at IS NOT NULL;
        RETURN NULL;
    END $$;
CREATE TRIGGER matching_goes_with_consent AFTER UPDATE OF withdrawn_at ON community_consent
    FOR EACH ROW WHEN (OLD.purpose = 'matching' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL)
    EXECUTE FUNCTION matching_goes_with_consent();
CREATE TRIGGER matching_goes_with_lost_consent AFTER DELETE ON community_consent
    FOR EACH ROW WHEN (OLD.purpose = 'matching' AND OLD.withdrawn_at IS NULL)
    EXECUTE FUNCTION matching_goes_with_consent();
"""

UNDO_STANDS = """
DROP TRIGGER matching_goes_with_lost_consent ON community_consent;
DROP TRIGGER matching_goes_with_consent ON community_consent;
DROP FUNCTION matching_goes_with_consent();
DROP TRIGGER matching_needs_consent ON community_matchingchoice;
DROP FUNCTION matching_needs_consent();
"""


class Migration(migrations.Migration):
    """To be matched is a consent like that to show one's heritage: versioned, in the history, taken back in one step.

    Who takes part already said yes to these words at that time: it is written down as their consent.
    """

    dependencies = [("community", "0070_clear_notices"), ("community", "0060_audit_of_matching_and_tokens")]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("heritage", "to show my heritage"),
                    ("matching", "to be matched with others who take part"),
                ],
                max_length=20,
                verbose_name="for",
            ),
        ),
        migrations.RunSQL(GIVEN, "DELETE FROM community_consent WHERE purpose = 'matching';"),
        migrations.RunSQL(STANDS, UNDO_STANDS),
    ]
