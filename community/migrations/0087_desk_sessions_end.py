from django.db import migrations

HOURS = """
-- Asked by the policy and the list of devices: whether a login at the desk still holds.
CREATE FUNCTION holds_at_the_desk(opened_at timestamptz, last_used_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT coalesce(opened_at > now() - interval '12 hours' AND last_used_at > now() - interval '30 minutes', false) $$;

-- Those of before say not since when.
DELETE FROM community_session WHERE door = 'desk';
DROP POLICY desk_session_by_its_key ON community_session;
CREATE POLICY desk_session_by_its_key ON community_session TO lusotown_desk
    USING (door = 'desk' AND session_key = (SELECT current_setting('app.session', true))
           AND (member_id IS NULL OR holds_at_the_desk(opened_at, last_used_at)));

-- What became of a login that is not there any more, for the page that asks for another.
CREATE FUNCTION why_desk_session_ended(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE WHEN opened_at <= now() - interval '12 hours' THEN 'long' ELSE 'idle' END
          FROM community_session
         WHERE session_key = key AND door = 'desk' AND member_id IS NOT NULL
           AND NOT holds_at_the_desk(opened_at, last_used_at)
    $$;
REVOKE EXECUTE ON FUNCTION why_desk_session_ended(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION why_desk_session_ended(text) TO lusotown_desk;

CREATE OR REPLACE VIEW community_device WITH (security_barrier) AS
    SELECT left(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 32) AS id,
           door, device, last_used_on,
           session_key = current_setting('app.session', true) AS is_this
      FROM community_session
     WHERE member_id = (SELECT current_member()) AND expire_date > now()
       AND (door = 'site' OR holds_at_the_desk(opened_at, last_used_at));
"""

UNDO_HOURS = """
CREATE OR REPLACE VIEW community_device WITH (security_barrier) AS
    SELECT left(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 32) AS id,
           door, device, last_used_on,
           session_key = current_setting('app.session', true) AS is_this
      FROM community_session
     WHERE member_id = (SELECT current_member()) AND expire_date > now();
DROP FUNCTION why_desk_session_ended(text);
DROP POLICY desk_session_by_its_key ON community_session;
CREATE POLICY desk_session_by_its_key ON community_session TO lusotown_desk
    USING (door = 'desk' AND session_key = (SELECT current_setting('app.session', true)));
DROP FUNCTION holds_at_the_desk(timestamptz, timestamptz);
"""


class Migration(migrations.Migration):
    """A login at the desk holds for half an hour without use, and for twelve hours at most; then its row is not there.

    The policy says so, so nothing that forgets to ask lets anybody in. The site's sessions are as they were.
    """

    dependencies = [("community", "0086_ranks_by_two_words")]

    operations = [migrations.RunSQL(HOURS, UNDO_HOURS)]
