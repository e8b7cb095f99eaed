from importlib import import_module

from django.db import migrations

# What came before, to go back to.
PRESENTED = import_module("community.migrations.0063_session_presented").PRESENTED
DROP = "DROP FUNCTION session_presented(text, timestamptz);"

BRINGS = """
-- With the caller's own rights: the policies decide what of it there is to see. The steps stand one after the
-- other because each makes the next one's rows visible.
CREATE FUNCTION session_presented(
    presented text, at timestamptz,
    OUT session_data text, OUT last_used_on date, OUT member uuid, OUT unread integer, OUT account community_member
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.session', presented, true);
    SELECT s.session_data, s.last_used_on, s.member_id INTO session_data, last_used_on, member
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
    """A session that is presented brings its member's own row: one question less on every request of theirs."""

    dependencies = [("community", "0110_matches_in_fewer_sums")]

    operations = [migrations.RunSQL(DROP + BRINGS, DROP + PRESENTED)]
