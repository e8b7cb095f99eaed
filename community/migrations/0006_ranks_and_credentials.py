from django.db import migrations

ADMINISTERS = """
-- Whether the desk's caller is an administrator. Only the desk's role ever asks.
CREATE FUNCTION administers() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT EXISTS (SELECT FROM community_member
                        WHERE id = NULLIF(current_setting('app.member', true), '')::uuid
                          AND is_superuser AND is_staff AND is_active)
    $$;
REVOKE EXECUTE ON FUNCTION administers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION administers() TO lusotown_desk;
"""

# WHEN is asked as the role that writes; the function then runs as the owner, who may read every account.
MEMBERS = """
CREATE FUNCTION desk_gives_ranks_by_its_administrators() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller uuid := NULLIF(current_setting('app.member', true), '')::uuid;
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF (NEW.is_staff OR NEW.is_superuser) AND NOT administers() THEN
                RAISE insufficient_privilege USING MESSAGE = 'only an administrator gives someone a place at the desk';
            END IF;
        ELSIF NOT works_at_the_desk() AND to_jsonb(NEW) - ARRAY['password', 'last_login', 'language']
              IS DISTINCT FROM to_jsonb(OLD) - ARRAY['password', 'last_login', 'language'] THEN
            RAISE insufficient_privilege USING MESSAGE = 'only those who work at the desk change this';
        ELSIF (NEW.is_staff, NEW.is_superuser) IS DISTINCT FROM (OLD.is_staff, OLD.is_superuser)
              AND (caller IS NOT DISTINCT FROM OLD.id OR NOT administers()) THEN
            RAISE insufficient_privilege USING MESSAGE = 'only another administrator changes a rank';
        ELSIF OLD.is_staff AND caller IS DISTINCT FROM OLD.id AND NOT administers()
              AND (NEW.password, NEW.email, NEW.is_active) IS DISTINCT FROM (OLD.password, OLD.email, OLD.is_active)
              AND NULLIF(current_setting('app.signing_in', true), '') IS DISTINCT FROM OLD.id::text
              AND NULLIF(current_setting('app.signing_in', true), '') IS DISTINCT FROM lower(OLD.email) THEN
            RAISE insufficient_privilege USING MESSAGE = 'only an administrator changes the account of a colleague';
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER desk_gives_ranks_by_its_administrators BEFORE INSERT OR UPDATE ON community_member
    FOR EACH ROW WHEN (current_user = 'lusotown_desk') EXECUTE FUNCTION desk_gives_ranks_by_its_administrators();

-- What opens the desk is never changed through the site: a hole there would open the desk. A newer hash of the
-- same password waits until they come in at the desk.
CREATE FUNCTION desk_credentials_change_at_the_desk() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF NEW.email IS DISTINCT FROM OLD.email THEN
            RAISE insufficient_privilege USING MESSAGE = 'what opens the desk is changed at the desk';
        END IF;
        NEW.password := OLD.password;
        RETURN NEW;
    END $$;
CREATE TRIGGER desk_credentials_change_at_the_desk BEFORE UPDATE ON community_member
    FOR EACH ROW WHEN (
        current_user = 'lusotown_site' AND (OLD.is_staff OR OLD.is_superuser)
        AND (NEW.password, NEW.email) IS DISTINCT FROM (OLD.password, OLD.email)
    ) EXECUTE FUNCTION desk_credentials_change_at_the_desk();

-- On the site a desk worker's second factor is used, which leaves the time, and a recovery code crossed out.
CREATE FUNCTION desk_factors_change_at_the_desk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM community_member
                        WHERE id IN (NEW.user_id, OLD.user_id) AND (is_staff OR is_superuser)) THEN
            RETURN COALESCE(NEW, OLD);
        END IF;
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) #- '{data,used_mask}' #- '{last_used_at}'
                   = to_jsonb(OLD) #- '{data,used_mask}' #- '{last_used_at}'
               AND COALESCE((OLD.data ->> 'used_mask')::bigint & ~(NEW.data ->> 'used_mask')::bigint = 0,
                            NOT (OLD.data ? 'used_mask' OR NEW.data ? 'used_mask')) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE insufficient_privilege USING MESSAGE = 'what opens the desk is changed at the desk';
    END $$;
CREATE TRIGGER desk_factors_change_at_the_desk BEFORE INSERT OR UPDATE OR DELETE ON mfa_authenticator
    FOR EACH ROW WHEN (current_user = 'lusotown_site') EXECUTE FUNCTION desk_factors_change_at_the_desk();

-- Who sees a member is the member's choice: the desk may correct a name, and nothing of that.
CREATE FUNCTION desk_opens_no_profile() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        RAISE insufficient_privilege USING MESSAGE = 'who sees a profile is its member''s choice';
    END $$;
CREATE TRIGGER desk_opens_no_profile BEFORE UPDATE ON community_profile
    FOR EACH ROW WHEN (
        current_user = 'lusotown_desk' AND (NEW.visibility, NEW.contact) IS DISTINCT FROM (OLD.visibility, OLD.contact)
    ) EXECUTE FUNCTION desk_opens_no_profile();
"""

UNDO_MEMBERS = """
DROP TRIGGER desk_opens_no_profile ON community_profile;
DROP FUNCTION desk_opens_no_profile();
DROP TRIGGER desk_factors_change_at_the_desk ON mfa_authenticator;
DROP FUNCTION desk_factors_change_at_the_desk();
DROP TRIGGER desk_credentials_change_at_the_desk ON community_member;
DROP FUNCTION desk_credentials_change_at_the_desk();
DROP TRIGGER desk_gives_ranks_by_its_administrators ON community_member;
DROP FUNCTION desk_gives_ranks_by_its_administrators();
"""

GROUPS = """
DROP POLICY desk_reads_memberships ON community_member_groups;
CREATE POLICY desk_reads_memberships ON community_member_groups FOR SELECT TO lusotown_desk
    USING (member_id = (SELECT current_member()) OR (SELECT works_at_the_desk()));
CREATE POLICY administrators_give_memberships ON community_member_groups TO lusotown_desk
    USING (member_id <> (SELECT current_member()) AND (SELECT administers()));

DROP POLICY desk_reads_permissions ON community_member_user_permissions;
CREATE POLICY desk_reads_permissions ON community_member_user_permissions FOR SELECT TO lusotown_desk
    USING (member_id = (SELECT current_member()) OR (SELECT works_at_the_desk()));
CREATE POLICY administrators_give_permissions ON community_member_user_permissions TO lusotown_desk
    USING (member_id <> (SELECT current_member()) AND (SELECT administers()));

ALTER TABLE auth_group ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reads_groups ON auth_group FOR SELECT TO lusotown_desk USING (true);
CREATE POLICY administrators_make_groups ON auth_group TO lusotown_desk USING ((SELECT administers()));
ALTER TABLE auth_group_permissions ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reads_what_groups_may ON auth_group_permissions FOR SELECT TO lusotown_desk USING (true);
CREATE POLICY administrators_say_what_groups_may ON auth_group_permissions TO lusotown_desk
    USING ((SELECT administers()));
"""

UNDO_GROUPS = """
DROP POLICY administrators_say_what_groups_may ON auth_group_permissions;
DROP POLICY desk_reads_what_groups_may ON auth_group_permissions;
ALTER TABLE auth_group_permissions DISABLE ROW LEVEL SECURITY;
DROP POLICY administrators_make_groups ON auth_group;
DROP POLICY desk_reads_groups ON auth_group;
ALTER TABLE auth_group DISABLE ROW LEVEL SECURITY;

DROP POLICY administrators_give_permissions ON community_member_user_permissions;
DROP POLICY desk_reads_permissions ON community_member_user_permissions;
CREATE POLICY desk_reads_permissions ON community_member_user_permissions TO lusotown_desk
    USING (member_id = (SELECT current_member()) OR (SELECT works_at_the_desk()));
DROP POLICY administrators_give_memberships ON community_member_groups;
DROP POLICY desk_reads_memberships ON community_member_groups;
CREATE POLICY desk_reads_memberships ON community_member_groups TO lusotown_desk
    USING (member_id = (SELECT current_member()) OR (SELECT works_at_the_desk()));
"""


class Migration(migrations.Migration):
    """Ranks are given by administrators, never to oneself; what opens the desk is never changed through the site.

    The site may check a moderator's password and codes, as moderators are members too, but it changes neither:
    so SQL as its role, under any identity, does not lead to the desk.
    """

    dependencies = [
        ("community", "0005_people_row_security"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(ADMINISTERS, "DROP FUNCTION administers();"),
        migrations.RunSQL(MEMBERS, UNDO_MEMBERS),
        migrations.RunSQL(GROUPS, UNDO_GROUPS),
    ]
