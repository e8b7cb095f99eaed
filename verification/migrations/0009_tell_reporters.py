from django.db import migrations

POLICY = """
CREATE POLICY desk_tells_reporters ON community_notice FOR INSERT TO lusotown_desk
    WITH CHECK (
        (SELECT works_at_the_desk()) AND read_at IS NULL AND topic = 'reports' AND about = 'report'
        AND EXISTS (SELECT FROM verification_report AS r
                     WHERE r.id = community_notice.about_id AND r.reporter_id = community_notice.member_id AND r.outcome <> '')
    );
"""


class Migration(migrations.Migration):
    """The desk tells a member of a report: of their own, when it is answered, and of nothing else."""

    dependencies = [("verification", "0008_report_row_security"), ("community", "0062_notice_row_security")]

    operations = [migrations.RunSQL(POLICY, "DROP POLICY desk_tells_reporters ON community_notice;")]
