from django.db import migrations

NOW = """
-- At the desk, what is given an outcome is given it at this moment. Its argument is the column that says when.
CREATE FUNCTION it_is_decided_now() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], clock_timestamp()));
    END $$;
REVOKE EXECUTE ON FUNCTION it_is_decided_now() FROM PUBLIC;
CREATE TRIGGER it_is_decided_now BEFORE UPDATE ON verification_report
    FOR EACH ROW WHEN (current_user = 'lusotown_desk' AND OLD.outcome = '' AND NEW.outcome <> '')
    EXECUTE FUNCTION it_is_decided_now('closed_at');
CREATE TRIGGER it_is_decided_now BEFORE UPDATE ON verification_firstpost
    FOR EACH ROW WHEN (current_user = 'lusotown_desk' AND OLD.outcome = '' AND NEW.outcome <> '')
    EXECUTE FUNCTION it_is_decided_now('decided_at');
"""

UNDO = """
DROP TRIGGER it_is_decided_now ON verification_firstpost;
DROP TRIGGER it_is_decided_now ON verification_report;
DROP FUNCTION it_is_decided_now();
"""


class Migration(migrations.Migration):
    """Reports and newcomers' events are answered at the moment they are answered, as claims are since 0083.

    Both are forgotten some time after: SQL that dated an answer back had a report gone the next night.
    """

    dependencies = [("verification", "0085_lapsed_after_it_was_asked")]

    operations = [migrations.RunSQL(NOW, UNDO)]
