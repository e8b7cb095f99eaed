from django.db import migrations

WRITE = """
-- Which door this is: the database's own name for who is connected.
CREATE FUNCTION current_door() RETURNS text LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
    AS $$ SELECT replace(CASE WHEN current_setting('role') = 'none' THEN session_user::text
                              ELSE current_setting('role') END, 'lusotown_', '') $$;

-- Arguments: the column that says whom a row concerns ('' for nobody), its primary key, the columns whose
-- values are kept, the columns that are passed over.
CREATE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
        after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
        concerned uuid := coalesce(after ->> TG_ARGV[0], before ->> TG_ARGV[0])::uuid;
        actor uuid := current_member();
        changed text[] := '{}';
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            changed := ARRAY(SELECT field.key FROM jsonb_each(after) AS field
                              WHERE field.value IS DISTINCT FROM before -> field.key AND field.key <> ALL (TG_ARGV[3]::text[])
                              ORDER BY field.key);
            IF changed = '{}' THEN
                RETURN NULL;
            END IF;
        END IF;
        INSERT INTO community_auditentry (at, door, actor, subject, by_subject, verb, kind, key, changed, told)
        SELECT clock_timestamp(), current_door(), actor, concerned, coalesce(actor = concerned, false),
               lower(TG_OP), TG_TABLE_NAME, coalesce(after ->> TG_ARGV[1], before ->> TG_ARGV[1]), changed,
               coalesce(jsonb_object_agg(name, jsonb_build_array(before -> name, after -> name)), '{}')
          FROM unnest(TG_ARGV[2]::text[]) AS name
         WHERE TG_OP <> 'UPDATE' OR name = ANY (changed);
        RETURN NULL;
    END $$;

-- Audits a table: SELECT keep_audit('community_bio', 'profile_id', '{visibility}', '{updated_at}').
CREATE FUNCTION keep_audit(audited regclass, subject text, kept text[] DEFAULT '{}', passed_over text[] DEFAULT '{}')
    RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        primary_key text := (SELECT a.attname FROM pg_index AS i
                               JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                              WHERE i.indrelid = audited AND i.indisprimary);
    BEGIN
        EXECUTE format('CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON %s '
                       'FOR EACH ROW EXECUTE FUNCTION write_audit(%L, %L, %L, %L)',
                       audited, subject, primary_key, kept, passed_over);
    END $$;

-- The undoing of keep_audit.
CREATE FUNCTION forget_audit(audited regclass) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN EXECUTE format('DROP TRIGGER audited ON %s', audited); END $$;

-- The one way out: what is older than two years, and nothing else.
CREATE FUNCTION clear_audit() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        WITH gone AS (DELETE FROM community_auditentry WHERE at < now() - interval '2 years' RETURNING 1)
        SELECT count(*) FROM gone
    $$;

REVOKE EXECUTE ON FUNCTION write_audit(), keep_audit(regclass, text, text[], text[]), forget_audit(regclass),
    clear_audit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clear_audit() TO lusotown_worker;
"""

UNDO_WRITE = """
DROP FUNCTION clear_audit();
DROP FUNCTION forget_audit(regclass);
DROP FUNCTION keep_audit(regclass, text, text[], text[]);
DROP FUNCTION write_audit();
DROP FUNCTION current_door();
"""

READ = """
ALTER TABLE community_auditentry ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_reads_what_concerns_them ON community_auditentry FOR SELECT TO lusotown_site, lusotown_worker
    USING (subject = (SELECT current_member()));
-- Whom a member put out of their sight is theirs alone.
CREATE POLICY administrators_read ON community_auditentry FOR SELECT TO lusotown_desk
    USING ((SELECT administers()) AND kind <> 'community_block');
"""

UNDO_READ = """
DROP POLICY administrators_read ON community_auditentry;
DROP POLICY member_reads_what_concerns_them ON community_auditentry;
ALTER TABLE community_auditentry DISABLE ROW LEVEL SECURITY;
"""

SECTIONS = ("portrait", "bio", "heritage", "interests", "culture", "arrival", "homearea", "languages")

# Table: (whom a row concerns, columns whose values are kept, columns passed over).
AUDITED = {
    "community_member": ("id", "is_active,is_staff,is_superuser,guidelines_version", ""),
    "community_member_groups": ("member_id", "group_id", ""),
    "community_member_user_permissions": ("member_id", "permission_id", ""),
    "community_profile": ("member_id", "visibility,contact,heritage_verified_at,withdrawn_at", ""),
    **{f"community_{section}": ("profile_id", "visibility", "updated_at") for section in SECTIONS},
    "community_legalname": ("profile_id", "", "updated_at"),
    "community_consent": ("member_id", "purpose,version,given_at,withdrawn_at", ""),
    "community_block": ("blocker_id", "", ""),
    "account_emailaddress": ("user_id", "verified,primary", ""),
    "mfa_authenticator": ("user_id", "type", "last_used_at"),
    "auth_group_permissions": ("", "group_id,permission_id", ""),
}

KEEP = "".join(
    f"SELECT keep_audit('{table}', '{subject}', '{{{kept}}}', '{{{passed_over}}}');\n"
    for table, (subject, kept, passed_over) in AUDITED.items()
)
FORGET = "".join(f"SELECT forget_audit('{table}');\n" for table in AUDITED)


class Migration(migrations.Migration):
    """Every change of an account, a profile and what guards them is written down by the database itself.

    A member reads what concerns them; an administrator reads all but blocks; nobody writes, changes or
    removes an entry, and the worker may have those removed that are older than two years.
    """

    dependencies = [
        ("community", "0040_audit"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(WRITE, UNDO_WRITE),
        migrations.RunSQL(READ, UNDO_READ),
        migrations.RunSQL(KEEP, FORGET),
    ]
