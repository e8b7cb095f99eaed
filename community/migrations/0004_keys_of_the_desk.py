from django.db import migrations

GUARDS = """
-- Who may do what is written by those who work at the desk; whoever is being logged in there is nobody yet.
-- And a hole in the site must not open the desk: a newer hash of a desk worker's password waits for the desk.
CREATE FUNCTION guard_member() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
AS $$
BEGIN
    IF current_user = 'lusotown_site' THEN
        IF OLD.is_staff OR OLD.is_superuser THEN
            NEW.password := OLD.password;
        END IF;
    ELSIF current_user = 'lusotown_desk' THEN
        IF to_jsonb(NEW) - ARRAY['password', 'last_login', 'language']
           IS DISTINCT FROM to_jsonb(OLD) - ARRAY['password', 'last_login', 'language']
           AND NOT works_at_the_desk() THEN
            RAISE insufficient_privilege USING MESSAGE = 'only those who work at the desk may change this';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER member_guarded BEFORE UPDATE ON community_member
    FOR EACH ROW EXECUTE FUNCTION guard_member();

-- The second factor of a desk worker is set up and taken away at the desk. At the site it is used, which leaves
-- the time, and a recovery code crossed out.
CREATE FUNCTION guard_authenticator() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
AS $$
BEGIN
    IF current_user <> 'lusotown_site' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF NOT EXISTS (SELECT FROM community_member
                    WHERE id IN (NEW.user_id, OLD.user_id) AND (is_staff OR is_superuser)) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) #- '{data,used_mask}' #- '{last_used_at}'
               = to_jsonb(OLD) #- '{data,used_mask}' #- '{last_used_at}'
           AND coalesce((OLD.data ->> 'used_mask')::bigint & ~(NEW.data ->> 'used_mask')::bigint = 0,
                        NOT (OLD.data ? 'used_mask' OR NEW.data ? 'used_mask')) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE insufficient_privilege USING MESSAGE = 'the second factor of who works at the desk is kept there';
END $$;
CREATE TRIGGER authenticator_guarded BEFORE INSERT OR UPDATE OR DELETE ON mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION guard_authenticator();

REVOKE EXECUTE ON FUNCTION guard_member(), guard_authenticator() FROM PUBLIC;
"""

UNDO = """
DROP TRIGGER authenticator_guarded ON mfa_authenticator;
DROP FUNCTION guard_authenticator();
DROP TRIGGER member_guarded ON community_member;
DROP FUNCTION guard_member();
"""


class Migration(migrations.Migration):
    """The site never changes what opens the desk; at the desk, nobody gives themselves rank while logging in."""

    dependencies = [("community", "0003_text_search"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunSQL(GUARDS, UNDO)]
