from django.db import migrations

USED = """
-- Whether a file gave someone else a badge that stands, in their case or in the appeal that rests on it.
CREATE FUNCTION gave_another_the_badge(its_fingerprint text, its_member uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT its_fingerprint <> '' AND EXISTS (
            SELECT FROM verification_evidence AS e JOIN verification_case AS c ON e.case_id IN (c.id, c.appeal_of_id)
             WHERE e.fingerprint = its_fingerprint AND c.member_id <> its_member AND c.status = 'approved')
    $$;
REVOKE EXECUTE ON FUNCTION gave_another_the_badge(text, uuid) FROM PUBLIC;
INSERT INTO community_turn VALUES ('approvals');
"""

UNDO_USED = """
DELETE FROM community_turn WHERE name = 'approvals';
DROP FUNCTION gave_another_the_badge(text, uuid);
"""

# Each function in its new words, by replacing the old ones: (function, found, instead).
CHANGES = (
    (
        "evidence_is_handed_in()",
        """NEW.fingerprint <> '' AND EXISTS (
            SELECT FROM verification_evidence AS e JOIN verification_case AS c ON c.id = e.case_id
             WHERE e.fingerprint = NEW.fingerprint AND c.member_id <> it.member_id AND c.status = 'approved'
        ) THEN""",
        "gave_another_the_badge(NEW.fingerprint, it.member_id) THEN",
    ),
    (
        "vote_moves_the_case()",
        "            ELSE 'pending' END;\n",
        """            ELSE 'pending' END;
        IF outcome = 'approved' AND it.route = 'document' THEN
            PERFORM take_turn('approvals');  -- of two at the same moment, one sees the other
            IF EXISTS (
                SELECT FROM verification_evidence AS e
                 WHERE e.case_id IN (it.id, it.appeal_of_id) AND gave_another_the_badge(e.fingerprint, it.member_id)
                   -- Not what its member took back before whoever approves had looked.
                   AND (e.destroyed_at IS NULL OR EXISTS (
                       SELECT FROM verification_opening WHERE evidence_id = e.id AND by_id = NEW.by_id)))
            THEN
                PERFORM refuse('used_before');
            END IF;
        END IF;
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
    """A file that gave someone the badge gives nobody else one, also where both were handed in before either approval.

    It was asked when a document came in alone. Now the approval that decides asks too, one after the other.
    """

    dependencies = [("verification", "0090_vouches_of_an_appeal"), ("community", "0102_turns")]

    operations = [
        migrations.RunSQL(USED, UNDO_USED),
        *(
            migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
            for function, found, instead in CHANGES
        ),
    ]
