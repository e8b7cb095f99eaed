from django.db import migrations

QUICK = """
CREATE OR REPLACE FUNCTION signing_in_member() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE account text := NULLIF(current_setting('app.signing_in', true), '');
    BEGIN
        IF account IS NULL THEN
            RETURN NULL;
        ELSIF account ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
            RETURN account::uuid;
        END IF;
        RETURN (SELECT id FROM community_member WHERE lower(email) = account);
    END $$;
"""

AS_BEFORE = """
CREATE OR REPLACE FUNCTION signing_in_member() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT id FROM community_member
         WHERE NULLIF(current_setting('app.signing_in', true), '') IN (lower(email), id::text)
    $$;
"""


class Migration(migrations.Migration):
    """Who is being signed in to is found by index, and not looked for at all when nobody is.

    Policies ask on every reading of an account; the first version compared every member's row each time.
    """

    dependencies = [("community", "0011_sessions_letters_and_the_door_in")]

    operations = [migrations.RunSQL(QUICK, AS_BEFORE)]
