from django.db import migrations

POLICIES = """
ALTER TABLE verification_report ENABLE ROW LEVEL SECURITY;
-- The subqueries run as the reporter: what they may not see is not there to be reported.
CREATE POLICY anyone_reports_what_they_see ON verification_report FOR INSERT TO lusotown_site
    WITH CHECK (
        reporter_id IS NOT DISTINCT FROM (SELECT current_member())
        AND (reporter_id IS NULL OR email = '')
        AND taken_by_id IS NULL AND outcome = ''
        AND CASE about
            WHEN 'town' THEN true
            WHEN 'event' THEN EXISTS (SELECT FROM events_event AS e WHERE e.id = about_id)
            WHEN 'business' THEN EXISTS (SELECT FROM businesses_business AS b WHERE b.id = about_id)
            WHEN 'member' THEN EXISTS (SELECT FROM community_profile AS p WHERE p.member_id = about_id)
            ELSE false END
    );
CREATE POLICY reporter_reads_own ON verification_report FOR SELECT TO lusotown_site, lusotown_worker
    USING (reporter_id = (SELECT current_member()));
CREATE POLICY desk_keeps_reports_but_not_of_the_reader ON verification_report TO lusotown_desk
    USING (
        (SELECT works_at_the_desk())
        AND about_id IS DISTINCT FROM (SELECT current_member())
        AND NOT EXISTS (SELECT FROM events_event AS e
                         WHERE about = 'event' AND e.id = about_id AND e.organizer_id = (SELECT current_member()))
    );
"""

UNDO = """
DROP POLICY desk_keeps_reports_but_not_of_the_reader ON verification_report;
DROP POLICY reporter_reads_own ON verification_report;
DROP POLICY anyone_reports_what_they_see ON verification_report;
ALTER TABLE verification_report DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """Anyone reports what they can see; they alone read it again, and the desk, except whoever of it is reported."""

    dependencies = [
        ("verification", "0007_reports"),
        ("events", "0009_former_organizer"),
        ("community", "0005_people_row_security"),
    ]

    operations = [migrations.RunSQL(POLICIES, UNDO)]
