from django.db import migrations

HELPERS = """
CREATE FUNCTION current_member() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$ SELECT NULLIF(current_setting('app.member', true), '')::uuid $$;

-- The account that is being logged in to: app.signing_in is its id, or the e-mail address that was typed.
CREATE FUNCTION signing_in_member() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT id FROM community_member
         WHERE NULLIF(current_setting('app.signing_in', true), '') IN (lower(email), id::text)
    $$;

-- Whether the desk's caller works there. Only the desk's role ever asks.
CREATE FUNCTION works_at_the_desk() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT EXISTS (SELECT FROM community_member
                        WHERE id = NULLIF(current_setting('app.member', true), '')::uuid AND is_staff AND is_active)
    $$;
REVOKE EXECUTE ON FUNCTION works_at_the_desk() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION works_at_the_desk() TO lusotown_desk;
"""

POLICIES = """
ALTER TABLE community_member ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_reads_own ON community_member FOR SELECT
    USING (id IN ((SELECT current_member()), (SELECT signing_in_member())));
-- Logging in changes a row too: the time of it, and the password's hash when a newer algorithm came.
CREATE POLICY member_changes_own ON community_member FOR UPDATE
    USING (id IN ((SELECT current_member()), (SELECT signing_in_member())));
CREATE POLICY desk_keeps_members ON community_member TO lusotown_desk
    USING ((SELECT works_at_the_desk()));

ALTER TABLE community_profile ENABLE ROW LEVEL SECURITY;
CREATE POLICY profile_seen_by_whom_its_member_chose ON community_profile FOR SELECT
    USING (
        visibility = 'public'
        OR member_id = (SELECT current_member())
        OR (visibility = 'community' AND (SELECT current_member()) IS NOT NULL)
    );
CREATE POLICY member_changes_own_profile ON community_profile FOR UPDATE
    USING (member_id = (SELECT current_member()));
CREATE POLICY desk_keeps_profiles ON community_profile TO lusotown_desk
    USING ((SELECT works_at_the_desk()));

-- A session is reached by its secret key; what is held here is that each door sees its own.
ALTER TABLE community_session ENABLE ROW LEVEL SECURITY;
CREATE POLICY site_sessions ON community_session TO lusotown_site USING (door = 'site');
CREATE POLICY desk_sessions ON community_session TO lusotown_desk USING (door = 'desk');
CREATE POLICY worker_clears_sessions ON community_session TO lusotown_worker USING (expire_date < now());

ALTER TABLE account_emailaddress ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own_addresses ON account_emailaddress
    USING (user_id IN ((SELECT current_member()), (SELECT signing_in_member())));
ALTER TABLE account_emailconfirmation ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own_confirmations ON account_emailconfirmation
    USING (EXISTS (SELECT FROM account_emailaddress AS a WHERE a.id = email_address_id));
ALTER TABLE mfa_authenticator ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own_authenticators ON mfa_authenticator
    USING (user_id IN ((SELECT current_member()), (SELECT signing_in_member())));

-- Who may do what at the desk, and what was done there: the site's role has no business here at all.
ALTER TABLE community_member_groups ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reads_memberships ON community_member_groups TO lusotown_desk
    USING (member_id = (SELECT current_member()) OR (SELECT works_at_the_desk()));
ALTER TABLE community_member_user_permissions ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reads_permissions ON community_member_user_permissions TO lusotown_desk
    USING (member_id = (SELECT current_member()) OR (SELECT works_at_the_desk()));
ALTER TABLE django_admin_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reads_its_log ON django_admin_log FOR SELECT TO lusotown_desk
    USING ((SELECT works_at_the_desk()));
CREATE POLICY desk_writes_its_log ON django_admin_log FOR INSERT TO lusotown_desk
    WITH CHECK (user_id = (SELECT current_member()));
"""

UNDO = """
DROP POLICY desk_writes_its_log ON django_admin_log;
DROP POLICY desk_reads_its_log ON django_admin_log;
ALTER TABLE django_admin_log DISABLE ROW LEVEL SECURITY;
DROP POLICY desk_reads_permissions ON community_member_user_permissions;
ALTER TABLE community_member_user_permissions DISABLE ROW LEVEL SECURITY;
DROP POLICY desk_reads_memberships ON community_member_groups;
ALTER TABLE community_member_groups DISABLE ROW LEVEL SECURITY;
DROP POLICY member_keeps_own_authenticators ON mfa_authenticator;
ALTER TABLE mfa_authenticator DISABLE ROW LEVEL SECURITY;
DROP POLICY member_keeps_own_confirmations ON account_emailconfirmation;
ALTER TABLE account_emailconfirmation DISABLE ROW LEVEL SECURITY;
DROP POLICY member_keeps_own_addresses ON account_emailaddress;
ALTER TABLE account_emailaddress DISABLE ROW LEVEL SECURITY;
DROP POLICY worker_clears_sessions ON community_session;
DROP POLICY desk_sessions ON community_session;
DROP POLICY site_sessions ON community_session;
ALTER TABLE community_session DISABLE ROW LEVEL SECURITY;
DROP POLICY desk_keeps_profiles ON community_profile;
DROP POLICY member_changes_own_profile ON community_profile;
DROP POLICY profile_seen_by_whom_its_member_chose ON community_profile;
ALTER TABLE community_profile DISABLE ROW LEVEL SECURITY;
DROP POLICY desk_keeps_members ON community_member;
DROP POLICY member_changes_own ON community_member;
DROP POLICY member_reads_own ON community_member;
ALTER TABLE community_member DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """A member reads and changes their own account; a profile is seen by whom its member chose; staff work at the desk.

    An account's rows are also readable while it is being logged in to. Which columns a member may
    change is a matter of privileges (config/privileges.py): never the badge, never the desk's rights.
    """

    dependencies = [
        ("community", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunSQL(
            HELPERS,
            "DROP FUNCTION works_at_the_desk(); DROP FUNCTION signing_in_member(); DROP FUNCTION current_member();",
        ),
        migrations.RunSQL(POLICIES, UNDO),
    ]
