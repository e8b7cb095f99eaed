from django.db import migrations

FOUND, INSTEAD = "pg_advisory_xact_lock(hashtext('verification_vouch'))", "take_turn('vouches')"


def rewording(found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('answer_vouch(text, boolean)'::regprocedure),
                    $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """Vouches wait for each other at a row that no role may lock (community/migrations/0102)."""

    dependencies = [("verification", "0071_stops_that_stay"), ("community", "0102_turns")]

    operations = [migrations.RunSQL(rewording(FOUND, INSTEAD), rewording(INSTEAD, FOUND))]
