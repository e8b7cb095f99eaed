from django.db import migrations

# Each function in its new words, by replacing the old ones: (function, found, instead).
CHANGES = (
    (
        "vote_moves_the_case()",
        "SELECT count(*) FILTER (WHERE verdict = 'approve'), count",
        """IF it.waiting_since IS NULL THEN  -- another row of the same statement gave it back
            PERFORM refuse('not_waiting');
        END IF;
        -- An approval is of the papers that were there.
        SELECT count(*) FILTER (WHERE verdict = 'approve' AND NOT EXISTS (
                   SELECT FROM verification_evidence AS e
                    WHERE e.case_id = NEW.case_id AND e.uploaded_at > verification_vote.at)), count""",
    ),
    (
        "evidence_is_handed_in()",
        "NEW.uploaded_at := now();",
        "NEW.uploaded_at := clock_timestamp();  -- with the case locked, so votes come before or after",
    ),
    (
        "lock_case(uuid)",
        "PERFORM FROM community_member",
        """IF current_setting('transaction_isolation') <> 'read committed' THEN  -- its rules would be asked of the past
            PERFORM refuse('read_committed_only');
        END IF;
        PERFORM FROM community_member""",
    ),
)


def rewording(function: str, found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """Two approvals of a document are of the same papers: one that was given before another was handed in counts no more.

    Whoever was asked could else take away what a first moderator approved, and have a second approve something else.
    Nor does one statement give two verdicts, or a transaction that sees the past move a case.
    """

    dependencies = [("verification", "0056_first_post_rules")]

    operations = [
        migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
        for function, found, instead in CHANGES
    ]
