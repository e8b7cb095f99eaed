from django.db import migrations

CLEAR = """
CREATE FUNCTION clear_notices() RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        DELETE FROM community_notice
         WHERE read_at < now() - interval '90 days' OR (read_at IS NULL AND created_at < now() - interval '1 year');
        DELETE FROM community_weeklyletter WHERE written_at < now() - interval '60 days';
    $$;
REVOKE EXECUTE ON FUNCTION clear_notices() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clear_notices() TO lusotown_worker;
"""

NARROW = """
DROP POLICY worker_knows_what_it_wrote ON community_weeklyletter;
-- Of this week, so as not to go through those who have their letter; of other weeks, as the member it writes to.
CREATE POLICY worker_knows_whom_it_wrote_to_this_week ON community_weeklyletter FOR SELECT TO lusotown_worker
    USING (
        member_id = (SELECT current_member())
        OR week = date_trunc('week', (SELECT london_today())::timestamp)::date
    );
"""

UNDO_NARROW = """
DROP POLICY worker_knows_whom_it_wrote_to_this_week ON community_weeklyletter;
CREATE POLICY worker_knows_what_it_wrote ON community_weeklyletter FOR SELECT TO lusotown_worker
    USING (true);
"""


class Migration(migrations.Migration):
    """What members were told is forgotten in time, and the worker sees only this week's letters unless it acts for one.

    A notice goes 90 days after it was read, or unread after a year; the record of a weekly letter after 60 days.
    """

    dependencies = [("community", "0063_session_presented"), ("community", "0031_matching_in_the_database")]

    operations = [
        migrations.RunSQL(CLEAR, "DROP FUNCTION clear_notices();"),
        migrations.RunSQL(NARROW, UNDO_NARROW),
    ]
