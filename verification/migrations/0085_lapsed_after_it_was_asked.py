from django.db import migrations

FOUND, INSTEAD = (
    "AND NEW.choices[cardinality(NEW.choices)] >= 0 THEN",
    "AND (NEW.choices[cardinality(NEW.choices)] >= 0 OR OLD.asked_at >= now()) THEN",
)


def rewording(found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('attempt_is_answered()'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """A question that was asked and lapsed in one transaction counts in a later one alone, as an answer does.

    Else SQL of the site's role could ask the last question, wait forty seconds, read whether the eleven before were
    enough, roll back and be asked it anew: at which answer the ninth right one came is more than enough or not.
    """

    dependencies = [("verification", "0084_nothing_of_ones_own_business")]

    operations = [migrations.RunSQL(rewording(FOUND, INSTEAD), rewording(INSTEAD, FOUND))]
