from django.db import migrations

# Each function in its new words, by replacing the old ones: (function, found, instead).
CHANGES = (
    (
        "own_at_the_site()",
        "verification_evidence WHERE case_id IN (SELECT id FROM own)",
        """verification_evidence WHERE case_id IN (SELECT id FROM own)
                          OR claim_id IN (SELECT id FROM verification_listingrequest WHERE member_id = current_member())""",
    ),
    (
        "desk_load()",
        """JOIN verification_case AS c ON c.id = e.case_id
             WHERE o.at""",
        """LEFT JOIN verification_case AS c ON c.id = e.case_id
              LEFT JOIN verification_listingrequest AS r ON r.id = e.claim_id
             WHERE r.member_id IS DISTINCT FROM current_member() AND o.at""",
    ),
)


def rewording(function: str, found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """The documents of claims count like those of cases: among what a moderator opened, and among what is one's own."""

    dependencies = [("verification", "0080_asked_once_a_statement")]

    operations = [
        migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
        for function, found, instead in CHANGES
    ]
