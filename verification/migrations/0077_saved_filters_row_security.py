from django.db import migrations

POLICIES = """
ALTER TABLE verification_savedfilter ENABLE ROW LEVEL SECURITY;
CREATE POLICY moderator_keeps_own_filters ON verification_savedfilter TO lusotown_desk
    USING (member_id = (SELECT current_member()) AND (SELECT works_at_the_desk()));
"""

UNDO = """
DROP POLICY moderator_keeps_own_filters ON verification_savedfilter;
ALTER TABLE verification_savedfilter DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """A moderator keeps, sees and removes their own filters at the desk, and nobody else's."""

    dependencies = [("verification", "0076_saved_filters")]

    operations = [migrations.RunSQL(POLICIES, UNDO)]
