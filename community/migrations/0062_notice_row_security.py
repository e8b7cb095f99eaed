from django.db import migrations

POLICIES = """
ALTER TABLE community_notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_reads_own_notices ON community_notice FOR SELECT
    USING (member_id = (SELECT current_member()));
CREATE POLICY member_marks_own_as_read ON community_notice FOR UPDATE TO lusotown_site
    USING (member_id = (SELECT current_member()))
    WITH CHECK (member_id = (SELECT current_member()) AND read_at IS NOT NULL);
CREATE POLICY desk_writes_letters ON community_notice FOR INSERT TO lusotown_desk
    WITH CHECK ((SELECT works_at_the_desk()) AND read_at IS NULL AND topic = 'desk');

ALTER TABLE community_noticechoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own_choices ON community_noticechoice
    USING (member_id = (SELECT current_member()));
CREATE POLICY desk_asks_how_to_tell ON community_noticechoice FOR SELECT TO lusotown_desk
    USING ((SELECT works_at_the_desk()) AND topic <> 'week');
CREATE POLICY worker_asks_whom_to_write_to ON community_noticechoice FOR SELECT TO lusotown_worker
    USING ('digest' = ANY (channels));

ALTER TABLE community_weekly ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own_weekly ON community_weekly
    USING (member_id = (SELECT current_member()));

ALTER TABLE community_weeklyletter ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker_knows_what_it_wrote ON community_weeklyletter FOR SELECT TO lusotown_worker
    USING (true);
CREATE POLICY worker_writes_as_the_member ON community_weeklyletter FOR INSERT TO lusotown_worker
    WITH CHECK (member_id = (SELECT current_member()));
"""

UNDO = """
DROP POLICY worker_writes_as_the_member ON community_weeklyletter;
DROP POLICY worker_knows_what_it_wrote ON community_weeklyletter;
ALTER TABLE community_weeklyletter DISABLE ROW LEVEL SECURITY;
DROP POLICY member_keeps_own_weekly ON community_weekly;
ALTER TABLE community_weekly DISABLE ROW LEVEL SECURITY;
DROP POLICY worker_asks_whom_to_write_to ON community_noticechoice;
DROP POLICY desk_asks_how_to_tell ON community_noticechoice;
DROP POLICY member_keeps_own_choices ON community_noticechoice;
ALTER TABLE community_noticechoice DISABLE ROW LEVEL SECURITY;
DROP POLICY desk_writes_letters ON community_notice;
DROP POLICY member_marks_own_as_read ON community_notice;
DROP POLICY member_reads_own_notices ON community_notice;
ALTER TABLE community_notice DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """What a member is told, and how, is theirs alone; they mark it as read and change nothing else of it.

    The desk leaves a letter and reads none; it asks by which ways a member is told, but not of their
    weekly letter. The worker learns who gets a weekly letter and acts as each of them for the rest.
    """

    dependencies = [("community", "0061_notices")]

    operations = [migrations.RunSQL(POLICIES, UNDO)]
