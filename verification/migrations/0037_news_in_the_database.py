from django.db import migrations

NEWS = """
-- What a case does of which its member should hear: not what they did themselves, nor that it ends with them.
CREATE FUNCTION case_makes_news() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        its_kind text := CASE
            WHEN NEW.status = 'needs_information' THEN 'asked'
            WHEN NEW.status IN ('approved', 'rejected') THEN 'decided'
            WHEN NEW.status = 'expired' AND OLD.status <> 'approved' THEN 'expired'
            WHEN NEW.status = 'expired' AND current_door() = 'desk' THEN 'expired'
            -- With the consent it ends before its day; where it was given anew, nothing ends.
            WHEN NEW.status = 'expired' AND NEW.expires_at = OLD.expires_at AND NOT EXISTS (
                SELECT FROM verification_case WHERE member_id = NEW.member_id AND status = 'approved') THEN 'expired'
        END;
    BEGIN
        IF its_kind IS NOT NULL THEN
            INSERT INTO verification_news (id, case_id, member_id, kind, at)
                VALUES (gen_random_uuid(), NEW.id, NEW.member_id, its_kind, now());
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER case_makes_news AFTER UPDATE OF status ON verification_case
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.member_id IS NOT NULL)
    EXECUTE FUNCTION case_makes_news();

-- Ninety days before a badge ends, once; whoever has asked to be verified anew knows.
CREATE FUNCTION foresee_expiry() RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        INSERT INTO verification_news (id, case_id, member_id, kind, at)
        SELECT gen_random_uuid(), c.id, c.member_id, 'expiring', now() FROM verification_case AS c
         WHERE c.status = 'approved' AND c.expires_at > now() AND c.expires_at <= now() + interval '90 days'
           AND c.member_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM verification_case AS o WHERE o.member_id = c.member_id
                              AND (o.status IN ('pending', 'needs_information')
                                   OR (o.status = 'approved' AND o.expires_at > c.expires_at)))
        ON CONFLICT DO NOTHING
    $$;
REVOKE EXECUTE ON FUNCTION foresee_expiry() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION foresee_expiry() TO lusotown_worker;

CREATE FUNCTION case_takes_its_news_along() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM verification_news WHERE case_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER case_takes_its_news_along BEFORE DELETE ON verification_case
    FOR EACH ROW EXECUTE FUNCTION case_takes_its_news_along();
"""

UNDO_NEWS = """
DROP TRIGGER case_takes_its_news_along ON verification_case;
DROP FUNCTION case_takes_its_news_along();
DROP FUNCTION foresee_expiry();
DROP TRIGGER case_makes_news ON verification_case;
DROP FUNCTION case_makes_news();
"""

STOPS = """
UPDATE verification_stop SET told_at = at;
SELECT forget_audit('verification_stop');
SELECT keep_audit('verification_stop', 'moderator_id', '{lifted_by_id,lifted_at}', '{told_at}');

-- Whom to tell of stops that nobody was told of: everyone else at the desk. From now on they were.
CREATE FUNCTION tell_of_stops() RETURNS TABLE (email text, language text) LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        WITH untold AS (UPDATE verification_stop SET told_at = now() WHERE told_at IS NULL RETURNING moderator_id)
        SELECT m.email, m.language FROM untold JOIN community_member AS m ON m.id <> untold.moderator_id
         WHERE m.is_staff AND m.is_active
    $$;
REVOKE EXECUTE ON FUNCTION tell_of_stops() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tell_of_stops() TO lusotown_worker;
"""

UNDO_STOPS = """
DROP FUNCTION tell_of_stops();
SELECT forget_audit('verification_stop');
SELECT keep_audit('verification_stop', 'moderator_id', '{lifted_by_id,lifted_at}');
"""

POLICIES = """
ALTER TABLE verification_news ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker_reads_what_is_untold ON verification_news FOR SELECT TO lusotown_worker
    USING (told_at IS NULL);
CREATE POLICY member_reads_own_news ON verification_news FOR SELECT TO lusotown_site, lusotown_worker
    USING (member_id = (SELECT current_member()));
CREATE POLICY worker_marks_as_told ON verification_news FOR UPDATE TO lusotown_worker
    USING (member_id = (SELECT current_member()));
CREATE POLICY worker_tells_members_of_their_cases ON community_notice FOR INSERT TO lusotown_worker
    WITH CHECK (
        member_id = (SELECT current_member()) AND read_at IS NULL AND topic = 'cases' AND about = 'news'
        AND EXISTS (SELECT FROM verification_news AS n
                     WHERE n.id = community_notice.about_id AND n.member_id = community_notice.member_id)
    );
"""

UNDO_POLICIES = """
DROP POLICY worker_tells_members_of_their_cases ON community_notice;
DROP POLICY worker_marks_as_told ON verification_news;
DROP POLICY member_reads_own_news ON verification_news;
DROP POLICY worker_reads_what_is_untold ON verification_news;
ALTER TABLE verification_news DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """A case that moves leaves news in the same transaction, whoever moved it; no door writes or changes them.

    The worker reads what is untold, and as the member marks it and leaves a notice about it. It learns whom at the desk
    to tell of a stop, once a stop.
    """

    dependencies = [("verification", "0036_news"), ("community", "0095_topic_of_cases")]

    operations = [
        migrations.RunSQL(NEWS, UNDO_NEWS),
        migrations.RunSQL(STOPS, UNDO_STOPS),
        migrations.RunSQL(POLICIES, UNDO_POLICIES),
    ]
