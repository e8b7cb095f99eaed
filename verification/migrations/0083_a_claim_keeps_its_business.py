import django.db.models.deletion
from django.db import migrations, models

FOUND, INSTEAD = (
    "RETURN NEW;\n        ELSIF EXISTS (SELECT FROM verification_stop",
    "RETURN NEW;\n        END IF;\n"
    "        IF NEW.outcome <> OLD.outcome THEN\n"
    "            NEW.decided_at := clock_timestamp();  -- from here its documents and their openings are kept by the day\n"
    "        END IF;\n"
    "        IF EXISTS (SELECT FROM verification_stop",
)


def rewording(found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('claim_is_decided_fairly()'::regprocedure),
                    $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """A request is decided at the moment it is decided, and about the business that it was handed in for.

    SQL of the desk's role could date a decision years back, and the next night the claim was forgotten with its
    documents and every opening of them; or hang a claim that was proved, or granted, on another business. The desk loses
    its right to the column: where a listing goes, a trigger empties it (0052), and Django need not do so too.
    """

    dependencies = [
        ("verification", "0082_when_the_yes_is_taken_back"),
        ("businesses", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(rewording(FOUND, INSTEAD), rewording(INSTEAD, FOUND)),
        migrations.AlterField(
            "listingrequest",
            "business",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="listing_requests",
                to="businesses.business",
                verbose_name="business",
            ),
        ),
    ]
