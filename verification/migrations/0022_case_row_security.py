from django.db import migrations

POLICIES = """
ALTER TABLE verification_case ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_opens_own_case ON verification_case FOR INSERT TO lusotown_site
    WITH CHECK (
        member_id = (SELECT current_member()) AND status = 'pending' AND decided_at IS NULL AND sentence = ''
        AND claimed_by_id IS NULL AND claimed_until IS NULL
    );
CREATE POLICY member_reads_own_cases ON verification_case FOR SELECT TO lusotown_site, lusotown_worker
    USING (member_id = (SELECT current_member()));
CREATE POLICY desk_reads_cases_but_not_of_the_reader ON verification_case FOR SELECT TO lusotown_desk
    USING ((SELECT works_at_the_desk()) AND member_id IS DISTINCT FROM (SELECT current_member()));

-- What hangs on a case is read with it.
ALTER TABLE verification_vote ENABLE ROW LEVEL SECURITY;
CREATE POLICY moderator_votes_as_oneself ON verification_vote FOR INSERT TO lusotown_desk
    WITH CHECK (by_id = (SELECT current_member()) AND (SELECT works_at_the_desk()));
CREATE POLICY desk_reads_votes_with_their_case ON verification_vote FOR SELECT TO lusotown_desk
    USING (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));

ALTER TABLE verification_reply ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_replies_in_own_case ON verification_reply FOR INSERT TO lusotown_site
    WITH CHECK (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));
CREATE POLICY read_with_its_case ON verification_reply FOR SELECT
    USING (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));

ALTER TABLE verification_conflict ENABLE ROW LEVEL SECURITY;
CREATE POLICY moderator_declares_own_conflict ON verification_conflict FOR INSERT TO lusotown_desk
    WITH CHECK (
        moderator_id = (SELECT current_member()) AND (SELECT works_at_the_desk())
        AND EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id)
    );
CREATE POLICY desk_reads_conflicts_with_their_case ON verification_conflict FOR SELECT TO lusotown_desk
    USING (EXISTS (SELECT FROM verification_case AS c WHERE c.id = case_id));

ALTER TABLE verification_stop ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reads_who_is_stopped ON verification_stop FOR SELECT TO lusotown_desk
    USING ((SELECT works_at_the_desk()));
"""

UNDO = """
DROP POLICY desk_reads_who_is_stopped ON verification_stop;
ALTER TABLE verification_stop DISABLE ROW LEVEL SECURITY;
DROP POLICY desk_reads_conflicts_with_their_case ON verification_conflict;
DROP POLICY moderator_declares_own_conflict ON verification_conflict;
ALTER TABLE verification_conflict DISABLE ROW LEVEL SECURITY;
DROP POLICY read_with_its_case ON verification_reply;
DROP POLICY member_replies_in_own_case ON verification_reply;
ALTER TABLE verification_reply DISABLE ROW LEVEL SECURITY;
DROP POLICY desk_reads_votes_with_their_case ON verification_vote;
DROP POLICY moderator_votes_as_oneself ON verification_vote;
ALTER TABLE verification_vote DISABLE ROW LEVEL SECURITY;
DROP POLICY desk_reads_cases_but_not_of_the_reader ON verification_case;
DROP POLICY member_reads_own_cases ON verification_case;
DROP POLICY member_opens_own_case ON verification_case;
ALTER TABLE verification_case DISABLE ROW LEVEL SECURITY;
"""

KEEP = """
SELECT keep_audit('verification_case', 'member_id', '{route,status,reason,expires_at}', '{claimed_by_id,claimed_until}');
SELECT keep_audit('verification_stop', 'moderator_id', '{lifted_by_id,lifted_at}');
"""

FORGET = "SELECT forget_audit('verification_stop'); SELECT forget_audit('verification_case');"


class Migration(migrations.Migration):
    """A member opens and reads their own cases, and never who at the desk had a part in them; the desk reads all but
    the reader's own. A moderator votes and declares a conflict as themselves. What becomes of a case is written down.
    """

    dependencies = [("verification", "0021_case_rules")]

    operations = [migrations.RunSQL(POLICIES, UNDO), migrations.RunSQL(KEEP, FORGET)]
