from django.db import migrations

PRESENTED = """
-- With the caller's own rights: the policies decide what of it there is to see. The steps stand one after the
-- other because each makes the next one's rows visible.
CREATE FUNCTION session_presented(
    presented text, at timestamptz,
    OUT session_data text, OUT last_used_on date, OUT member uuid, OUT unread integer
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.session', presented, true);
    SELECT s.session_data, s.last_used_on, s.member_id INTO session_data, last_used_on, member
      FROM community_session s WHERE s.session_key = presented AND s.expire_date > at;
    PERFORM set_config('app.member', coalesce(member::text, ''), true);
    IF member IS NOT NULL AND current_user = 'lusotown_site' THEN  -- the desk reads nobody's notices
        SELECT count(*) INTO unread
          FROM (SELECT FROM community_notice n
                 WHERE n.member_id = member AND n.in_app AND n.read_at IS NULL LIMIT 99) AS waiting;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    """A session that is presented says in one question what it holds, whose it is and how much they have not read.

    As questions of their own these took most of the time that knowing the reader costs.
    """

    dependencies = [("community", "0062_notice_row_security")]

    operations = [migrations.RunSQL(PRESENTED, "DROP FUNCTION session_presented(text, timestamptz)")]
