from django.db import migrations

FORGET = """
-- Words of a case that is over may say what its papers said, which are gone after fourteen days: so are they.
CREATE FUNCTION forget_words_of_cases() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        done uuid[] := ARRAY(
            SELECT c.id FROM verification_case AS c LEFT JOIN verification_case AS a ON a.appeal_of_id = c.id
             WHERE c.decided_at <= now() - interval '14 days'
               AND (a.id IS NULL OR a.decided_at <= now() - interval '14 days')
               AND (c.note <> '' OR EXISTS (SELECT FROM verification_reply WHERE case_id = c.id AND text <> '')
                    OR EXISTS (SELECT FROM verification_note WHERE case_id = c.id))
             ORDER BY c.id FOR UPDATE OF c);
    BEGIN
        UPDATE verification_case SET note = '' WHERE id = ANY (done) AND note <> '';
        UPDATE verification_reply SET text = '' WHERE case_id = ANY (done) AND text <> '';
        DELETE FROM verification_note WHERE case_id = ANY (done);
    END $$;
REVOKE EXECUTE ON FUNCTION forget_words_of_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_words_of_cases() TO lusotown_worker;
"""


class Migration(migrations.Migration):
    """What a member wrote in a case, and moderators to one another, goes fourteen days after its end, or its appeal's.

    The route, the days, the outcome, its reason and what the desk told the member stay as long as the case does.
    """

    dependencies = [("verification", "0093_a_withdrawal_stays")]

    operations = [migrations.RunSQL(FORGET, "DROP FUNCTION forget_words_of_cases();")]
