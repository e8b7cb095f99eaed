from django.db import migrations

QUESTIONS = """
-- What the desk asked in a case of the caller's own, in words and time alone: who asked is nobody's to read there.
CREATE FUNCTION questions_asked(its_case uuid) RETURNS TABLE (words text, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT v.sentence::text, v.at
          FROM verification_vote AS v JOIN verification_case AS c ON c.id = v.case_id
         WHERE v.case_id = its_case AND v.verdict = 'ask' AND c.member_id = (SELECT current_member())
         ORDER BY v.at
    $$;
REVOKE EXECUTE ON FUNCTION questions_asked(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION questions_asked(uuid) TO lusotown_site;
"""


class Migration(migrations.Migration):
    """A member reads what they were asked beside what they answered, and not only until they did."""

    dependencies = [("verification", "0086_answered_now")]

    operations = [migrations.RunSQL(QUESTIONS, "DROP FUNCTION questions_asked(uuid);")]
