from django.db import migrations

HOURS = """
CREATE FUNCTION logins_keep_their_hours() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        moment constant timestamptz := clock_timestamp();  -- not now(): a transaction can be kept open
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.member_id IS NOT NULL THEN
            IF NEW.member_id IS DISTINCT FROM OLD.member_id THEN
                RAISE insufficient_privilege USING MESSAGE = 'a login at the desk stays whose it is';
            ELSIF coalesce(OLD.opened_at <= moment - interval '12 hours'
                           OR OLD.last_used_at <= moment - interval '30 minutes', true) THEN
                RETURN NULL;  -- it is not there any more, as its policy says
            END IF;
            NEW.opened_at := OLD.opened_at;
            NEW.last_used_at := greatest(OLD.last_used_at, least(NEW.last_used_at, moment));
        ELSIF NEW.member_id IS NOT NULL THEN
            IF current_member() IS DISTINCT FROM NEW.member_id THEN
                RAISE insufficient_privilege USING MESSAGE = 'a login at the desk takes the desk''s own word';
            END IF;
            NEW.opened_at := least(NEW.opened_at, moment);
            NEW.last_used_at := moment;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER logins_keep_their_hours BEFORE INSERT OR UPDATE ON community_session
    FOR EACH ROW WHEN (current_user = 'lusotown_desk') EXECUTE FUNCTION logins_keep_their_hours();
"""

UNDO_HOURS = """
DROP TRIGGER logins_keep_their_hours ON community_session;
DROP FUNCTION logins_keep_their_hours();
"""


class Migration(migrations.Migration):
    """Since when a login at the desk is open never changes, and its last use goes forward alone, to this moment.

    So SQL with the key of one's own login keeps it no longer than twelve hours, and wakes none that slept. What a session
    holds could be copied into a row of its own: one that is somebody's takes the desk's signature for them, and one
    that is nobody's lets nobody in (community/sessions.py).
    """

    dependencies = [("community", "0102_turns")]

    operations = [migrations.RunSQL(HOURS, UNDO_HOURS)]
