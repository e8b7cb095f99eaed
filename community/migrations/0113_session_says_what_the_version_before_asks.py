from importlib import import_module

from django.db import migrations

# What came before, to go back to; and how to drop it.
BEFORE = import_module("community.migrations.0112_session_says_if_it_is_the_days_first")
DROP = BEFORE.BEFORE.DROP

SAYS = """
-- With the caller's own rights: the policies decide what of it there is to see. The steps stand one after the
-- other because each makes the next one's rows visible. The version of 0111, which this may run beside until it is
-- restarted, asks for last_used_on.
CREATE FUNCTION session_presented(
    presented text, at timestamptz,
    OUT session_data text, OUT last_used_on date, OUT is_first_today boolean, OUT member uuid, OUT unread integer,
    OUT account community_member
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.session', presented, true);
    SELECT s.session_data, s.last_used_on, s.last_used_on <> (at AT TIME ZONE 'Europe/London')::date, s.member_id
      INTO session_data, last_used_on, is_first_today, member
      FROM community_session s WHERE s.session_key = presented AND s.expire_date > at;
    PERFORM set_config('app.member', coalesce(member::text, ''), true);
    -- The desk has yet to sign who it is, and reads nobody's notices.
    IF member IS NOT NULL AND current_user = 'lusotown_site' THEN
        SELECT count(*) INTO unread
          FROM (SELECT FROM community_notice n
                 WHERE n.member_id = member AND n.in_app AND n.read_at IS NULL LIMIT 99) AS waiting;
        SELECT m.* INTO account FROM community_member m WHERE m.id = member;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    """Between ``prepare`` and the restart the version before serves: its question of a session is answered still."""

    dependencies = [("community", "0112_session_says_if_it_is_the_days_first")]

    operations = [migrations.RunSQL(DROP + SAYS, DROP + BEFORE.SAYS)]
