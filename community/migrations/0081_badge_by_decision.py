from django.db import migrations

BADGE = """
CREATE FUNCTION badge_comes_of_a_decision() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        RAISE insufficient_privilege USING MESSAGE = 'the badge comes of a decision', CONSTRAINT = TG_NAME;
    END $$;
-- WHEN is asked as the role that writes: the functions that decide run as the owner, and pass.
CREATE TRIGGER badge_comes_of_a_decision BEFORE UPDATE ON community_profile
    FOR EACH ROW WHEN (
        current_user IN ('lusotown_site', 'lusotown_desk', 'lusotown_worker')
        AND NEW.heritage_verified_at IS DISTINCT FROM OLD.heritage_verified_at
    ) EXECUTE FUNCTION badge_comes_of_a_decision();
CREATE TRIGGER badge_comes_later BEFORE INSERT ON community_profile
    FOR EACH ROW WHEN (
        current_user IN ('lusotown_site', 'lusotown_desk', 'lusotown_worker') AND NEW.heritage_verified_at IS NOT NULL
    ) EXECUTE FUNCTION badge_comes_of_a_decision();
"""

UNDO = """
DROP TRIGGER badge_comes_later ON community_profile;
DROP TRIGGER badge_comes_of_a_decision ON community_profile;
DROP FUNCTION badge_comes_of_a_decision();
"""


class Migration(migrations.Migration):
    """No door writes the badge, the desk neither: it comes and goes with decisions, by functions of the owner's."""

    dependencies = [("community", "0080_verification_consent")]

    operations = [migrations.RunSQL(BADGE, UNDO)]
