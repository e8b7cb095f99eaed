from django.db import migrations

OWN = """
-- The rows that whoever asks is the member of, by the keys that the audit has of them: what they can read at the site.
CREATE FUNCTION own_at_the_site() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        WITH own AS (SELECT id FROM verification_case WHERE member_id = current_member())
        SELECT array(SELECT id::text FROM own
                      UNION ALL SELECT id::text FROM verification_evidence WHERE case_id IN (SELECT id FROM own)
                      UNION ALL SELECT id::text FROM verification_vouch WHERE case_id IN (SELECT id FROM own)
                      UNION ALL SELECT id::text FROM verification_listingrequest
                                 WHERE member_id = current_member() OR lower(email) = ANY (own_addresses()))
    $$;
REVOKE EXECUTE ON FUNCTION own_at_the_site() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_at_the_site() TO lusotown_desk;
"""

READ = """
-- What concerns oneself is read at the site, where nobody is named. A note and a letter with a code say what they are about.
CREATE POLICY nothing_of_ones_own ON community_auditentry AS RESTRICTIVE FOR SELECT TO lusotown_desk
    USING (
        subject IS DISTINCT FROM (SELECT current_member())
        AND NOT ARRAY[key::text, told #>> '{case_id,0}', told #>> '{case_id,1}', told #>> '{request_id,0}', told #>> '{request_id,1}']
                && (SELECT own_at_the_site())
    );

-- What was done at the desk to a wish, a report, an event or a case is read by whoever may read that.
CREATE POLICY nothing_of_ones_own ON django_admin_log AS RESTRICTIVE FOR SELECT TO lusotown_desk
    USING (
        user_id = (SELECT current_member())
        OR CASE (SELECT concat_ws('.', app_label, model) FROM django_content_type AS t WHERE t.id = content_type_id)
               WHEN 'verification.listingrequest'
                   THEN EXISTS (SELECT FROM verification_listingrequest AS r WHERE r.id::text = object_id)
               WHEN 'verification.report' THEN EXISTS (SELECT FROM verification_report AS r WHERE r.id::text = object_id)
               WHEN 'verification.firstpost' THEN EXISTS (SELECT FROM verification_firstpost AS f WHERE f.id::text = object_id)
               WHEN 'verification.case' THEN EXISTS (SELECT FROM verification_case AS c WHERE c.id::text = object_id)
               WHEN 'community.member' THEN object_id IS DISTINCT FROM (SELECT current_member())::text
               ELSE true END
    );
"""

UNDO_READ = """
DROP POLICY nothing_of_ones_own ON django_admin_log;
DROP POLICY nothing_of_ones_own ON community_auditentry;
"""

LOAD = """
-- What each who works at the desk did in the last 28 days, for whoever works there: numbers alone, without the caller's own
-- cases, and whole days, so that nobody reads off who decided theirs, or the moment of a vote.
CREATE OR REPLACE FUNCTION desk_load()
RETURNS TABLE (moderator uuid, votes bigint, questions bigint, openings bigint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        WITH cast_votes AS (
            SELECT v.by_id, v.verdict FROM verification_vote AS v JOIN verification_case AS c ON c.id = v.case_id
             WHERE v.at >= date_trunc('day', now()) - interval '28 days' AND c.member_id IS DISTINCT FROM current_member()),
        opened AS (
            SELECT o.by_id FROM verification_opening AS o JOIN verification_evidence AS e ON e.id = o.evidence_id
              JOIN verification_case AS c ON c.id = e.case_id
             WHERE o.at >= date_trunc('day', now()) - interval '28 days' AND c.member_id IS DISTINCT FROM current_member())
        SELECT m.id,
               (SELECT count(*) FROM cast_votes WHERE by_id = m.id AND verdict <> 'ask'),
               (SELECT count(*) FROM cast_votes WHERE by_id = m.id AND verdict = 'ask'),
               (SELECT count(*) FROM opened WHERE by_id = m.id)
          FROM community_member AS m WHERE m.is_staff AND m.is_active AND works_at_the_desk()
    $$;
"""

UNDO_LOAD = """
CREATE OR REPLACE FUNCTION desk_load()
RETURNS TABLE (moderator uuid, votes bigint, questions bigint, openings bigint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT m.id,
               (SELECT count(*) FROM verification_vote WHERE by_id = m.id AND at >= date_trunc('day', now()) - interval '28 days' AND verdict <> 'ask'),
               (SELECT count(*) FROM verification_vote WHERE by_id = m.id AND at >= date_trunc('day', now()) - interval '28 days' AND verdict = 'ask'),
               (SELECT count(*) FROM verification_opening WHERE by_id = m.id AND at >= date_trunc('day', now()) - interval '28 days')
          FROM community_member AS m WHERE m.is_staff AND m.is_active AND works_at_the_desk()
    $$;
"""


class Migration(migrations.Migration):
    """Whoever works at the desk learns nothing there of what the desk did to their own case, wish or account.

    The case itself was out of their sight already; the audit, the desk's log and the numbers of each moderator told who
    decided it.
    """

    dependencies = [
        ("verification", "0064_claim_paper_rules"),
        ("community", "0104_told_of_ones_own_rank"),
    ]

    operations = [
        migrations.RunSQL(OWN, "DROP FUNCTION own_at_the_site();"),
        migrations.RunSQL(READ, UNDO_READ),
        migrations.RunSQL(LOAD, UNDO_LOAD),
    ]
