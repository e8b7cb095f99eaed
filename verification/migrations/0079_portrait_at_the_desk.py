from django.db import migrations

# (found, instead): in the words that applicant_as_shown() has since 0041.
CHANGES = (
    (
        "LEFT JOIN community_bio AS b",
        "LEFT JOIN community_portrait AS f ON f.profile_id = s.shown AND f.visibility IN ('public', 'community')\n"
        "          LEFT JOIN community_bio AS b",
    ),
    ("'languages', l.chosen))", "'languages', l.chosen, 'portrait', nullif(f.picture, '')))"),
)


def rewording(found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('applicant_as_shown(uuid)'::regprocedure), $found${found}$found$,
                    $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """Whoever holds a case sees the applicant's picture too, where they show it to the audience of all the rest."""

    dependencies = [("verification", "0078_informed_votes"), ("community", "0005_people_row_security")]

    operations = [migrations.RunSQL(rewording(found, instead), rewording(instead, found)) for found, instead in CHANGES]
