from django.db import migrations

POLICIES = """
ALTER TABLE verification_listingrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY anyone_hands_one_in ON verification_listingrequest FOR INSERT TO lusotown_site
    WITH CHECK (outcome = '');
CREATE POLICY desk_keeps_listing_requests ON verification_listingrequest TO lusotown_desk
    USING ((SELECT works_at_the_desk()));
CREATE POLICY worker_answers ON verification_listingrequest FOR SELECT TO lusotown_worker
    USING (true);
"""

UNDO = """
DROP POLICY worker_answers ON verification_listingrequest;
DROP POLICY desk_keeps_listing_requests ON verification_listingrequest;
DROP POLICY anyone_hands_one_in ON verification_listingrequest;
ALTER TABLE verification_listingrequest DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """Anyone hands a listing request in; only the desk reads it, and the worker, to answer by mail."""

    dependencies = [("verification", "0001_initial"), ("community", "0002_row_security")]

    operations = [migrations.RunSQL(POLICIES, UNDO)]
