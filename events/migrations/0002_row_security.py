from django.db import migrations

POLICIES = """
ALTER TABLE events_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY event_seen_by_whom_it_is_for ON events_event FOR SELECT
    USING (
        (status <> 'draft' AND visibility = 'public')
        OR organizer_id = (SELECT current_member())
        OR (status <> 'draft' AND visibility = 'community' AND (SELECT current_member()) IS NOT NULL)
    );
CREATE POLICY organizer_adds_own_event ON events_event FOR INSERT
    WITH CHECK (organizer_id = (SELECT current_member()));
CREATE POLICY organizer_changes_own_event ON events_event FOR UPDATE
    USING (organizer_id = (SELECT current_member()));
CREATE POLICY desk_keeps_events ON events_event TO lusotown_desk
    USING ((SELECT works_at_the_desk()));
"""

# What hangs on an event is seen with it, and changed by those who may change it.
PARTS = "".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_event ON {table} FOR SELECT
    USING (EXISTS (SELECT FROM events_event AS e WHERE e.id = event_id));
CREATE POLICY organizer_keeps_own ON {table} TO lusotown_site
    USING (EXISTS (SELECT FROM events_event AS e WHERE e.id = event_id AND e.organizer_id = (SELECT current_member())));
CREATE POLICY desk_keeps ON {table} TO lusotown_desk
    USING ((SELECT works_at_the_desk()));
"""
    for table in ("events_event_regions", "events_event_languages", "events_event_tags")
)

TURNOUT = """
ALTER TABLE events_turnout ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_event ON events_turnout FOR SELECT
    USING (EXISTS (SELECT FROM events_event AS e WHERE e.id = event_id));
"""

UNDO = (
    "DROP POLICY seen_with_its_event ON events_turnout; ALTER TABLE events_turnout DISABLE ROW LEVEL SECURITY;"
    + "".join(
        f"""
DROP POLICY desk_keeps ON {table};
DROP POLICY organizer_keeps_own ON {table};
DROP POLICY seen_with_its_event ON {table};
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""
        for table in ("events_event_regions", "events_event_languages", "events_event_tags")
    )
    + """
DROP POLICY desk_keeps_events ON events_event;
DROP POLICY organizer_changes_own_event ON events_event;
DROP POLICY organizer_adds_own_event ON events_event;
DROP POLICY event_seen_by_whom_it_is_for ON events_event;
ALTER TABLE events_event DISABLE ROW LEVEL SECURITY;
"""
)


class Migration(migrations.Migration):
    """Anyone sees announced public events, members those for members, an organiser all of their own, the desk all."""

    dependencies = [("events", "0001_initial"), ("community", "0002_row_security")]

    operations = [migrations.RunSQL(POLICIES + PARTS + TURNOUT, UNDO)]
