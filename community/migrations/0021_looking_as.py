from django.db import migrations

HELPER = """
-- What the reader lets themselves see for the rest of the transaction (app.looking_as): everything unless said.
CREATE FUNCTION looking_as() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT CASE COALESCE(current_setting('app.looking_as', true), '')
            WHEN '' THEN '{public,community,verified,private}'::text[]
            WHEN 'verified' THEN '{public,community,verified}'::text[]
            WHEN 'community' THEN '{public,community}'::text[]
            WHEN 'public' THEN '{public}'::text[]
            ELSE '{}'::text[] END
    $$;
"""

PROFILE = """
CREATE POLICY narrowed_to_an_audience ON community_profile AS RESTRICTIVE FOR SELECT
    USING (visibility = ANY ((SELECT looking_as())::text[])
           AND (withdrawn_at IS NULL OR 'private' = ANY ((SELECT looking_as())::text[])));
"""

SECTIONS = ("portrait", "bio", "heritage", "interests", "culture", "arrival", "homearea", "languages")

# Their own policy lets a member see a section of a profile that an audience may not: so the profile is asked once more.
PARTS = "".join(
    f"""
CREATE POLICY narrowed_to_an_audience ON community_{section} AS RESTRICTIVE FOR SELECT
    USING (visibility = ANY ((SELECT looking_as())::text[])
           AND ('private' = ANY ((SELECT looking_as())::text[])
                OR EXISTS (SELECT FROM community_profile AS p WHERE p.member_id = profile_id)));
"""
    for section in SECTIONS
)

UNDO = "".join(f"DROP POLICY narrowed_to_an_audience ON community_{table};\n" for table in ("profile", *SECTIONS))


class Migration(migrations.Migration):
    """A member may look at the town as a wider audience than themselves does: they then see less, never more.

    The policies are restrictive: they are asked beside all others, and so can only take away.
    """

    dependencies = [("community", "0012_signing_in_by_index")]

    operations = [
        migrations.RunSQL(HELPER, "DROP FUNCTION looking_as();"),
        migrations.RunSQL(PROFILE + PARTS, UNDO),
    ]
