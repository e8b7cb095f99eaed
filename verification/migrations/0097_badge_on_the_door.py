from django.db import migrations

DOOR = """
CREATE FUNCTION badge_on_the_door_by_a_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF current_door() = 'desk'
           AND NEW.verified_at IS DISTINCT FROM (CASE WHEN TG_OP = 'UPDATE' THEN OLD.verified_at END)
           AND NOT EXISTS (
               SELECT FROM verification_listingrequest
                WHERE business_id = NEW.id AND kind = 'claim' AND outcome = 'granted'
                  AND decided_by_id = current_member() AND decided_at >= now())  -- by the same transaction
        THEN
            PERFORM refuse('badge_by_a_claim');
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER badge_on_the_door_by_a_claim BEFORE INSERT OR UPDATE OF verified_at ON businesses_business
    FOR EACH ROW EXECUTE FUNCTION badge_on_the_door_by_a_claim();
"""

UNDO = """
DROP TRIGGER badge_on_the_door_by_a_claim ON businesses_business;
DROP FUNCTION badge_on_the_door_by_a_claim();
"""


class Migration(migrations.Migration):
    """At the desk a business gets its badge by the claim that is granted, and no column of it by SQL.

    A moderator could give it to any business, their own too, past everything that holds for claims.
    """

    dependencies = [
        ("verification", "0096_every_word_goes"),
        ("businesses", "0008_by_confirmation"),
    ]

    operations = [migrations.RunSQL(DOOR, UNDO)]
