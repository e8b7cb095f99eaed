from django.db import migrations

LEASES = """
-- One moderator at a time, for half an hour by the database's clock; what someone else holds nobody changes, and what has
-- an outcome keeps it. Its argument is the column that says who decided. A listing that goes takes its name from a request
-- at any time.
CREATE FUNCTION one_looks_after_it() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        me constant uuid := current_member();
    BEGIN
        IF current_door() <> 'desk' OR to_jsonb(NEW) - 'business_id' = to_jsonb(OLD) - 'business_id' THEN
            RETURN NEW;
        END IF;
        IF OLD.outcome <> '' THEN
            PERFORM refuse('a_decision_stands');
        ELSIF OLD.claimed_by_id <> me AND OLD.claimed_until > clock_timestamp() THEN
            PERFORM refuse('claimed_by_another');
        END IF;
        IF NEW.outcome <> '' THEN
            IF (to_jsonb(NEW) ->> TG_ARGV[0])::uuid IS DISTINCT FROM me THEN
                PERFORM refuse('decided_as_another');
            END IF;
            NEW.claimed_by_id := NULL;
            NEW.claimed_until := NULL;
        ELSIF NEW.claimed_by_id IS NULL THEN
            NEW.claimed_until := NULL;
        ELSIF NEW.claimed_by_id <> me THEN
            PERFORM refuse('claimed_as_another');
        ELSIF (NEW.claimed_by_id, NEW.claimed_until) IS DISTINCT FROM (OLD.claimed_by_id, OLD.claimed_until) THEN
            NEW.claimed_until := clock_timestamp() + interval '30 minutes';
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER one_looks_after_it BEFORE UPDATE ON verification_report
    FOR EACH ROW EXECUTE FUNCTION one_looks_after_it('closed_by_id');
CREATE TRIGGER one_looks_after_it BEFORE UPDATE ON verification_listingrequest
    FOR EACH ROW EXECUTE FUNCTION one_looks_after_it('decided_by_id');

-- A listing that is taken down leaves what was asked about it, also where whoever takes it down may not see it.
CREATE FUNCTION listing_leaves_its_requests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_listingrequest SET business_id = NULL WHERE business_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER listing_leaves_its_requests BEFORE DELETE ON businesses_business
    FOR EACH ROW EXECUTE FUNCTION listing_leaves_its_requests();
"""

UNDO_LEASES = """
DROP TRIGGER listing_leaves_its_requests ON businesses_business;
DROP FUNCTION listing_leaves_its_requests();
DROP TRIGGER one_looks_after_it ON verification_listingrequest;
DROP TRIGGER one_looks_after_it ON verification_report;
DROP FUNCTION one_looks_after_it();
"""

NOT_ONES_OWN = """
-- The addresses of whoever asks, in small letters.
CREATE FUNCTION own_addresses() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT array(SELECT lower(email) FROM account_emailaddress WHERE user_id = current_member()
                      UNION SELECT lower(email) FROM community_member WHERE id = current_member())
    $$;

-- The businesses that whoever asks says are theirs, unless the desk did not believe it.
CREATE FUNCTION own_businesses() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT array(SELECT business_id FROM verification_listingrequest
                      WHERE kind = 'claim' AND outcome <> 'refused' AND business_id IS NOT NULL
                        AND (member_id = current_member() OR lower(email) = ANY (own_addresses())))
    $$;
REVOKE EXECUTE ON FUNCTION own_addresses(), own_businesses() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_addresses(), own_businesses() TO lusotown_desk;

DROP POLICY desk_keeps_listing_requests ON verification_listingrequest;
CREATE POLICY desk_keeps_listing_requests_but_not_its_own ON verification_listingrequest TO lusotown_desk
    USING (
        (SELECT works_at_the_desk())
        AND member_id IS DISTINCT FROM (SELECT current_member())
        AND lower(email) <> ALL ((SELECT own_addresses())::text[])
        AND (business_id IS NULL OR business_id <> ALL ((SELECT own_businesses())::uuid[]))
    );

CREATE POLICY anyone_reports_what_they_see ON verification_report FOR INSERT TO lusotown_site
    WITH CHECK (
        reporter_id IS NOT DISTINCT FROM (SELECT current_member())
        AND (reporter_id IS NULL OR email = '')
        AND claimed_by_id IS NULL AND outcome = ''
        AND CASE about
            WHEN 'town' THEN true
            WHEN 'event' THEN EXISTS (SELECT FROM events_event AS e WHERE e.id = about_id)
            WHEN 'business' THEN EXISTS (SELECT FROM businesses_business AS b WHERE b.id = about_id)
            WHEN 'member' THEN EXISTS (SELECT FROM community_profile AS p WHERE p.member_id = about_id)
            ELSE false END
    );
DROP POLICY desk_keeps_reports_but_not_of_the_reader ON verification_report;
CREATE POLICY desk_keeps_reports_but_not_of_or_by_the_reader ON verification_report TO lusotown_desk
    USING (
        (SELECT works_at_the_desk())
        AND about_id IS DISTINCT FROM (SELECT current_member())
        AND reporter_id IS DISTINCT FROM (SELECT current_member())
        AND lower(email) <> ALL ((SELECT own_addresses())::text[])
        AND (about <> 'business' OR about_id <> ALL ((SELECT own_businesses())::uuid[]))
        AND NOT EXISTS (SELECT FROM events_event AS e
                         WHERE about = 'event' AND e.id = about_id AND e.organizer_id = (SELECT current_member()))
    );
"""

UNDO_NOT_ONES_OWN = """
DROP POLICY desk_keeps_reports_but_not_of_or_by_the_reader ON verification_report;
CREATE POLICY desk_keeps_reports_but_not_of_the_reader ON verification_report TO lusotown_desk
    USING (
        (SELECT works_at_the_desk())
        AND about_id IS DISTINCT FROM (SELECT current_member())
        AND NOT EXISTS (SELECT FROM events_event AS e
                         WHERE about = 'event' AND e.id = about_id AND e.organizer_id = (SELECT current_member()))
    );
DROP POLICY anyone_reports_what_they_see ON verification_report;
DROP POLICY desk_keeps_listing_requests_but_not_its_own ON verification_listingrequest;
CREATE POLICY desk_keeps_listing_requests ON verification_listingrequest TO lusotown_desk
    USING ((SELECT works_at_the_desk()));
DROP FUNCTION own_businesses();
DROP FUNCTION own_addresses();
"""

AUDIT = """
SELECT forget_audit('verification_listingrequest');
SELECT keep_audit('verification_listingrequest', '', '{kind,outcome}', '{claimed_by_id,claimed_until}');
"""
UNDO_AUDIT = """
SELECT forget_audit('verification_listingrequest');
SELECT keep_audit('verification_listingrequest', '', '{kind,outcome}');
"""


class Migration(migrations.Migration):
    """Whoever works at the desk decides nothing of their own: not their claims, nor reports about or by them.

    What they see, one at a time looks after, and what was decided stands: raw SQL at the desk cannot get round it.
    """

    dependencies = [("verification", "0051_leases"), ("events", "0009_former_organizer")]

    operations = [
        migrations.RunSQL(LEASES, UNDO_LEASES),
        migrations.RunSQL(NOT_ONES_OWN, UNDO_NOT_ONES_OWN),
        migrations.RunSQL(AUDIT, UNDO_AUDIT),
    ]
