from django.db import migrations

KEY = """
-- What the desk's process signs with and the database checks by: HMAC-SHA256 (RFC 2104), its key padded beforehand.
CREATE TABLE community_deskkey (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
    outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);

CREATE FUNCTION member_the_desk_vouches_for() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT split_part(said, ' ', 1)::uuid
          FROM current_setting('app.member', true) AS said, community_deskkey AS key
         WHERE split_part(said, ' ', 2) = encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(
                   concat(split_part(said, ' ', 1), ' ', pg_backend_pid(), ' ', extract(epoch FROM now())), 'UTF8'))), 'hex')
    $$;
REVOKE EXECUTE ON FUNCTION member_the_desk_vouches_for() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION member_the_desk_vouches_for() TO lusotown_site, lusotown_desk, lusotown_worker;

-- At the desk nobody is anybody without its word. Elsewhere the name alone counts: no power hangs on it there but a member's own.
CREATE OR REPLACE FUNCTION current_member() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE WHEN CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END
                         = 'lusotown_desk'
                    THEN member_the_desk_vouches_for()
                    ELSE NULLIF(split_part(current_setting('app.member', true), ' ', 1), '')::uuid END
    $$;
"""

UNDO_KEY = """
CREATE OR REPLACE FUNCTION current_member() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$ SELECT NULLIF(current_setting('app.member', true), '')::uuid $$;
DROP FUNCTION member_the_desk_vouches_for();
DROP TABLE community_deskkey;
"""

# What read the setting by itself asks current_member() from now on, and the other way round.
READERS = """
DO $do$
DECLARE
    reader regprocedure;
BEGIN
    FOREACH reader IN ARRAY ARRAY[{readers}]::regprocedure[] LOOP
        EXECUTE replace(pg_get_functiondef(reader), {found}, {instead});
    END LOOP;
END $do$;
"""
ITSELF, ASKING = "$$NULLIF(current_setting('app.member', true), '')::uuid$$", "'current_member()'"


def readers(found: str, instead: str) -> str:
    names = (
        "works_at_the_desk()",
        "administers()",
        "audiences()",
        "is_out_of_sight(uuid)",
        "desk_gives_ranks_by_its_administrators()",
        "find_members(text, text[], text[], text[], text[], boolean, text, uuid, integer)",
    )
    return READERS.format(readers=", ".join(f"'{name}'" for name in names), found=found, instead=instead)


CREDENTIALS = """
-- What lets someone in is changed by themselves: logged in, which the desk has said. A newer hash of the same password
-- waits until then. An administrator may give someone a password.
CREATE FUNCTION credentials_are_ones_own() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF current_member() IS DISTINCT FROM OLD.id AND NOT administers() THEN
            NEW.password := OLD.password;
            IF OLD.is_staff AND (NEW.email, NEW.is_active) IS DISTINCT FROM (OLD.email, OLD.is_active) THEN
                RAISE insufficient_privilege USING MESSAGE = 'only an administrator changes the account of a colleague';
            END IF;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER credentials_are_ones_own BEFORE UPDATE ON community_member
    FOR EACH ROW WHEN (
        current_user = 'lusotown_desk'
        AND (NEW.password, NEW.email, NEW.is_active) IS DISTINCT FROM (OLD.password, OLD.email, OLD.is_active)
    ) EXECUTE FUNCTION credentials_are_ones_own();

-- Half-way in, a second factor is used: that leaves the time, and a recovery code crossed out.
CREATE FUNCTION factors_are_ones_own() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF current_member() IS NOT DISTINCT FROM COALESCE(NEW.user_id, OLD.user_id)
           AND (TG_OP <> 'UPDATE' OR NEW.user_id = OLD.user_id) THEN
            RETURN COALESCE(NEW, OLD);
        ELSIF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) #- '{data,used_mask}' #- '{last_used_at}'
                   = to_jsonb(OLD) #- '{data,used_mask}' #- '{last_used_at}'
               AND COALESCE((OLD.data ->> 'used_mask')::bigint & ~(NEW.data ->> 'used_mask')::bigint = 0,
                            NOT (OLD.data ? 'used_mask' OR NEW.data ? 'used_mask')) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE insufficient_privilege USING MESSAGE = 'a second factor is changed by whose it is';
    END $$;
CREATE TRIGGER factors_are_ones_own BEFORE INSERT OR UPDATE OR DELETE ON mfa_authenticator
    FOR EACH ROW WHEN (current_user = 'lusotown_desk') EXECUTE FUNCTION factors_are_ones_own();
"""

UNDO_CREDENTIALS = """
DROP TRIGGER factors_are_ones_own ON mfa_authenticator;
DROP FUNCTION factors_are_ones_own();
DROP TRIGGER credentials_are_ones_own ON community_member;
DROP FUNCTION credentials_are_ones_own();
"""


class Migration(migrations.Migration):
    """At the desk an identity counts only with the desk's own word for it, good for one transaction.

    Whoever has the password of its role and knows the moderators' ids could else be each of them in turn. The word is a
    signature that names the connection and the transaction (community/identity.py), so that one that was overheard is
    worth nothing; its key is known to the desk's process and to a table that no role may read.
    """

    dependencies = [("community", "0081_badge_by_decision"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [
        migrations.RunSQL(KEY, UNDO_KEY),
        migrations.RunSQL(readers(ITSELF, ASKING), readers(ASKING, ITSELF)),
        migrations.RunSQL(CREDENTIALS, UNDO_CREDENTIALS),
    ]
