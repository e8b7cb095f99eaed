from django.db import migrations

ANSWERED = """
-- One that came too late says nothing.
CREATE FUNCTION attempt_is_answered() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF cardinality(NEW.choices) > cardinality(OLD.choices) AND NEW.choices[cardinality(NEW.choices)] >= 0 THEN
            NEW.answered_at := clock_timestamp();
        END IF;
        IF cardinality(NEW.choices) >= 12 THEN
            NEW.asked_at := NULL;  -- there is no thirteenth, however long the counting waits
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER attempt_is_answered BEFORE UPDATE OF choices ON verification_attempt
    FOR EACH ROW EXECUTE FUNCTION attempt_is_answered();
"""

UNDO_ANSWERED = """
DROP TRIGGER attempt_is_answered ON verification_attempt;
DROP FUNCTION attempt_is_answered();
"""

# now() is when the transaction began: what was answered in it, was answered later.
FOUND, INSTEAD = (
    "WHERE a.id = its_attempt RETURNING * INTO it;",
    "WHERE a.id = its_attempt AND (a.answered_at IS NULL OR a.answered_at < now()) RETURNING * INTO it;",
)


def rewording(found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('finish_attempt(uuid)'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """An attempt is counted in a later transaction than the one that answered its last question.

    Else SQL of the site's role could answer the twelfth, read the score, roll back and answer it otherwise: four times, and
    it is known. As it is, what was answered stands before anybody learns what it was worth.
    """

    dependencies = [("verification", "0073_enough_or_not")]

    operations = [
        migrations.RunSQL(ANSWERED, UNDO_ANSWERED),
        migrations.RunSQL(rewording(FOUND, INSTEAD), rewording(INSTEAD, FOUND)),
    ]
