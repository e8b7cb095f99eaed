from django.db import migrations

POLICY = """
DROP POLICY event_seen_by_whom_it_is_for ON events_event;
CREATE POLICY event_seen_by_whom_it_is_for ON events_event FOR SELECT
    USING (
        (status <> 'draft' AND visibility = 'public')
        OR organizer_id = (SELECT current_member())
        OR (status <> 'draft' AND visibility = 'community' AND 'community' = ANY ((SELECT audiences())::text[])
            AND NOT is_out_of_sight(organizer_id))
    );
"""

UNDO = """
DROP POLICY event_seen_by_whom_it_is_for ON events_event;
CREATE POLICY event_seen_by_whom_it_is_for ON events_event FOR SELECT
    USING (
        (status <> 'draft' AND visibility = 'public')
        OR organizer_id = (SELECT current_member())
        OR (status <> 'draft' AND visibility = 'community' AND (SELECT current_member()) IS NOT NULL)
    );
"""


class Migration(migrations.Migration):
    """What is announced to members is not for those whom its organiser blocked, nor for those who blocked them.

    A public event stays public: anyone who logs out can read it. Who organises it is hidden by their profile.
    """

    dependencies = [("events", "0006_find_by_picture"), ("community", "0005_people_row_security")]

    operations = [migrations.RunSQL(POLICY, UNDO)]
