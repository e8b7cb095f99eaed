from django.db import migrations

# Each function in its new words, by replacing the old ones: (function, found, instead).
CHANGES = (
    (
        "evidence_follows_its_case()",
        """WHEN NEW.decided_at IS NULL THEN uploaded_at + interval '90 days'  -- an appeal is open: it is needed again
            ELSE least(uploaded_at + interval '90 days',""",
        """WHEN NEW.decided_at IS NULL THEN least(uploaded_at + interval '90 days',  -- an appeal is open: it is needed again
                       -- Whoever took their consent back since was promised its end, whatever they agreed to afterwards.
                       (SELECT min(w.withdrawn_at) + interval '1 day' FROM community_consent AS w
                         WHERE w.member_id = NEW.member_id AND w.purpose = 'verification'
                           AND w.withdrawn_at > uploaded_at))
            ELSE least(destroy_after,""",
    ),
    (
        "overdue_evidence()",
        "                OR c.member_id IS NULL\n",
        """                OR c.member_id IS NULL
                OR EXISTS (SELECT FROM community_consent AS w
                            WHERE w.member_id = c.member_id AND w.purpose = 'verification'
                              AND w.withdrawn_at > e.uploaded_at AND w.withdrawn_at <= now() - interval '1 day')
""",
    ),
)


def rewording(function: str, found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """A document goes a day after its consent was taken back, also if it was given anew and an appeal came in between.

    An appeal set it back to ninety days from the upload, and the nightly proof believed the consent that stood.
    """

    dependencies = [("verification", "0092_revoked_for")]

    operations = [
        migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
        for function, found, instead in CHANGES
    ]
