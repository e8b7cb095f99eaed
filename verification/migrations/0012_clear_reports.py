from django.db import migrations

CLEAR = """
CREATE FUNCTION clear_reports() RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$ DELETE FROM verification_report WHERE closed_at < now() - interval '12 months' $$;
REVOKE EXECUTE ON FUNCTION clear_reports() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clear_reports() TO lusotown_worker;
"""


class Migration(migrations.Migration):
    """The worker may have those reports removed that were answered more than twelve months ago, and no other."""

    dependencies = [("verification", "0011_member_listing_requests_row_security")]

    operations = [migrations.RunSQL(CLEAR, "DROP FUNCTION clear_reports();")]
