from django.db import migrations

CLEAR = """
CREATE FUNCTION clear_listing_requests() RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$ DELETE FROM verification_listingrequest WHERE decided_at < now() - interval '2 years' $$;
REVOKE EXECUTE ON FUNCTION clear_listing_requests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clear_listing_requests() TO lusotown_worker;
"""


class Migration(migrations.Migration):
    """The worker may have those listing requests removed that were decided more than two years ago, and no other."""

    dependencies = [("verification", "0004_former_moderator")]

    operations = [migrations.RunSQL(CLEAR, "DROP FUNCTION clear_listing_requests();")]
