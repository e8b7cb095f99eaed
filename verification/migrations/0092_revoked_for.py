from django.db import migrations, models

# Each function in its new words, by replacing the old ones: (function, found, instead).
CHANGES = (
    (
        "revoke_case(uuid, text)",
        "expires_at = now(), sentence = its_sentence",
        "expires_at = now(), revoked_for = its_sentence",
    ),
    (
        "case_keeps_its_word()",
        """           OR (NEW.status <> OLD.status AND""",
        """           -- What its member read stays theirs to read; it goes with them.
           OR (OLD.decided_at IS NOT NULL AND NEW.sentence <> OLD.sentence
               AND NOT (NEW.sentence = '' AND NEW.member_id IS NULL))
           OR (NEW.revoked_for <> OLD.revoked_for AND NOT (OLD.status = 'approved' AND NEW.status = 'expired')
               AND NOT (NEW.revoked_for = '' AND NEW.member_id IS NULL))
           OR (NEW.status <> OLD.status AND""",
    ),
)

# Until now the sentence of a revocation took the place of the approval's, which its vote still has.
APART = """
UPDATE verification_case AS c SET revoked_for = c.sentence, sentence = v.sentence
  FROM verification_vote AS v
 WHERE v.id = (SELECT id FROM verification_vote WHERE case_id = c.id ORDER BY at DESC LIMIT 1)
   AND c.status = 'expired' AND c.expires_at IS NOT NULL AND c.sentence NOT IN ('', v.sentence);
"""
TOGETHER = "UPDATE verification_case SET sentence = revoked_for WHERE revoked_for <> '';"


def rewording(function: str, found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """Why a badge was taken back has a column of its own, and the sentence of a decision is never rewritten either."""

    dependencies = [("verification", "0091_used_before_at_the_approval")]

    operations = [
        migrations.AddField(
            "case",
            "revoked_for",
            models.CharField(
                "why the badge was taken back", max_length=500, blank=True, default="", db_default="", editable=False
            ),
        ),
        migrations.RunSQL(APART, TOGETHER),
        *(
            migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
            for function, found, instead in CHANGES
        ),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                name="case_is_revoked_only_once_approved",
                condition=models.Q(revoked_for="") | models.Q(status="expired", expires_at__isnull=False),
            ),
        ),
    ]
