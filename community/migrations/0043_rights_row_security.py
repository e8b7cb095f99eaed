from django.db import migrations

POLICIES = """
ALTER TABLE community_export ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_asks_for_a_copy ON community_export FOR INSERT TO lusotown_site
    WITH CHECK (member_id = (SELECT current_member()) AND ready_at IS NULL);
CREATE POLICY member_reads_own_copy ON community_export FOR SELECT TO lusotown_site
    USING (member_id = (SELECT current_member()));
CREATE POLICY member_takes_own_copy ON community_export FOR DELETE TO lusotown_site
    USING (member_id = (SELECT current_member()));
CREATE POLICY worker_makes_copies ON community_export TO lusotown_worker
    USING (true);

ALTER TABLE community_erasure ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_reads_own_wish ON community_erasure FOR SELECT TO lusotown_site, lusotown_worker
    USING (member_id = (SELECT current_member()));
CREATE POLICY worker_reads_what_is_due ON community_erasure FOR SELECT TO lusotown_worker
    USING (due_at <= now());
CREATE POLICY worker_finishes_what_is_due ON community_erasure FOR UPDATE TO lusotown_worker
    USING (due_at <= now() AND member_id IS NULL);
"""

UNDO_POLICIES = """
DROP POLICY worker_finishes_what_is_due ON community_erasure;
DROP POLICY worker_reads_what_is_due ON community_erasure;
DROP POLICY member_reads_own_wish ON community_erasure;
ALTER TABLE community_erasure DISABLE ROW LEVEL SECURITY;
DROP POLICY worker_makes_copies ON community_export;
DROP POLICY member_takes_own_copy ON community_export;
DROP POLICY member_reads_own_copy ON community_export;
DROP POLICY member_asks_for_a_copy ON community_export;
ALTER TABLE community_export DISABLE ROW LEVEL SECURITY;
"""

WISHES = """
-- Whoever asks, asks for themselves: there is nobody to name. Invisible at once, logged out of every browser but the
-- one at hand. Asked for again, nothing changes.
CREATE FUNCTION ask_erasure() RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        me uuid := current_member();
    BEGIN
        IF me IS NULL THEN
            RAISE insufficient_privilege USING MESSAGE = 'nobody asks to be erased for someone else';
        END IF;
        INSERT INTO community_erasure (id, member_id, asked_at, due_at, pictures, trace)
            VALUES (gen_random_uuid(), me, now(), now() + interval '24 hours', '{}', '')
            ON CONFLICT (member_id) DO NOTHING;
        UPDATE community_profile SET withdrawn_at = now() WHERE member_id = me AND withdrawn_at IS NULL;
        DELETE FROM community_session
         WHERE member_id = me AND session_key <> coalesce(current_setting('app.session', true), '');
        RETURN (SELECT due_at FROM community_erasure WHERE member_id = me);
    END $$;

-- Changing one's mind; whether there was still time. Whoever was made invisible for another reason stays so.
CREATE FUNCTION take_back_erasure() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        me uuid := current_member();
        asked timestamptz;
    BEGIN
        DELETE FROM community_erasure WHERE member_id = me RETURNING asked_at INTO asked;
        UPDATE community_profile SET withdrawn_at = NULL WHERE member_id = me AND withdrawn_at = asked;
        RETURN asked IS NOT NULL;
    END $$;

-- What is older than two years: the desk's log, and that someone was erased.
CREATE FUNCTION clear_old_traces() RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        DELETE FROM django_admin_log WHERE action_time < now() - interval '2 years';
        DELETE FROM community_erasure WHERE erased_at < now() - interval '2 years';
    $$;
REVOKE EXECUTE ON FUNCTION ask_erasure(), take_back_erasure(), clear_old_traces() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ask_erasure(), take_back_erasure() TO lusotown_site;
GRANT EXECUTE ON FUNCTION clear_old_traces() TO lusotown_worker;
"""

UNDO_WISHES = """
DROP FUNCTION clear_old_traces();
DROP FUNCTION take_back_erasure();
DROP FUNCTION ask_erasure();
"""


class Migration(migrations.Migration):
    """A member asks for a copy of their own data and takes it; the worker makes it. A member asks for themselves to be
    erased, and takes it back within a day, through two functions that know nobody else; the worker sees only what is
    due. What erases (``erase_member``) is made from the registry: config/erasing.py.
    """

    dependencies = [
        ("community", "0042_exports_and_erasures"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunSQL(POLICIES, UNDO_POLICIES),
        migrations.RunSQL(WISHES, UNDO_WISHES),
    ]
