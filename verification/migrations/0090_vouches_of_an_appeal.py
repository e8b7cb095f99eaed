from django.db import migrations

VOID = """
-- A word is worth what its giver is: in cases that are open, the appeals that rest on it among them. Cases go back to
-- their members if too few are left; an appeal stays at the desk, which sees what is void.
CREATE OR REPLACE FUNCTION void_vouches_of(someone uuid) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        its_case uuid;
        it verification_case;
    BEGIN
        FOR its_case IN
            SELECT c.id FROM verification_vouch AS v JOIN verification_case AS c ON v.case_id IN (c.id, c.appeal_of_id)
             WHERE v.referee_id = someone AND v.status = 'given' AND c.decided_at IS NULL ORDER BY c.id
        LOOP
            it := lock_case(its_case);
            IF it.decided_at IS NULL THEN
                UPDATE verification_vouch SET status = 'void'
                 WHERE case_id IN (it.id, it.appeal_of_id) AND referee_id = someone;
                UPDATE verification_case SET waiting_since = NULL, claimed_by_id = NULL, claimed_until = NULL
                 WHERE id = its_case AND waiting_since IS NOT NULL AND NOT case_is_complete(id);
            END IF;
        END LOOP;
    END $$;
"""

UNDO_VOID = """
CREATE OR REPLACE FUNCTION void_vouches_of(someone uuid) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        its_case uuid;
    BEGIN
        FOR its_case IN
            SELECT c.id FROM verification_vouch AS v JOIN verification_case AS c ON c.id = v.case_id
             WHERE v.referee_id = someone AND v.status = 'given' AND c.decided_at IS NULL ORDER BY c.id
        LOOP
            IF (lock_case(its_case)).decided_at IS NULL THEN
                UPDATE verification_vouch SET status = 'void' WHERE case_id = its_case AND referee_id = someone;
                UPDATE verification_case SET waiting_since = NULL, claimed_by_id = NULL, claimed_until = NULL
                 WHERE id = its_case AND waiting_since IS NOT NULL AND NOT case_is_complete(id);
            END IF;
        END LOOP;
    END $$;
"""

WEIGH = """
-- Whoever was banned, left or lost the badge since the first decision has no word in the appeal either. Their rows are
-- locked first: a ban at this moment is waited for, or waits and then finds the appeal.
CREATE FUNCTION appeal_weighs_its_vouches() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM FROM community_member AS m JOIN community_profile AS p ON p.member_id = m.id
          WHERE m.id IN (SELECT referee_id FROM verification_vouch WHERE case_id = NEW.appeal_of_id)
          ORDER BY m.id FOR SHARE;
        UPDATE verification_vouch AS v SET status = 'void'
         WHERE v.case_id = NEW.appeal_of_id AND v.status = 'given'
           AND NOT EXISTS (SELECT FROM community_member AS m JOIN community_profile AS p ON p.member_id = m.id
                            WHERE m.id = v.referee_id AND m.is_active AND p.withdrawn_at IS NULL
                              AND p.heritage_verified_at IS NOT NULL);
        RETURN NULL;
    END $$;
CREATE TRIGGER appeal_weighs_its_vouches AFTER INSERT ON verification_case
    FOR EACH ROW WHEN (NEW.appeal_of_id IS NOT NULL AND NEW.decided_at IS NULL)
    EXECUTE FUNCTION appeal_weighs_its_vouches();
"""

UNDO_WEIGH = """
DROP TRIGGER appeal_weighs_its_vouches ON verification_case;
DROP FUNCTION appeal_weighs_its_vouches();
"""

FOUND, INSTEAD = (
    "v.status = 'given' AND o.decided_at IS NULL) >= 3",
    """v.status = 'given'
                     AND (o.decided_at IS NULL OR EXISTS (
                         SELECT FROM verification_case WHERE appeal_of_id = o.id AND decided_at IS NULL))) >= 3""",
)


def rewording(found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('no_referee(uuid, uuid)'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """An appeal rests on the vouches of the first case: they are open while it is, and void as those of any open case.

    Whoever vouched and is banned, withdraws or loses the badge, before the appeal or while it is open, voids their
    word; and a word that an open appeal rests on counts among the three that a referee may have open.
    """

    dependencies = [("verification", "0088_who_opened_it")]

    operations = [
        migrations.RunSQL(VOID, UNDO_VOID),
        migrations.RunSQL(WEIGH, UNDO_WEIGH),
        migrations.RunSQL(rewording(FOUND, INSTEAD), rewording(INSTEAD, FOUND)),
    ]
