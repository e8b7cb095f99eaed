from django.db import migrations, models

# Its member reads who opened a document, and not by name: each number is one person of the desk, counted from the first
# who opened a document of that member's. Numbers are a member's own, so that no two can be put together to learn more.
NUMBERS = """
CREATE FUNCTION number_opening() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    BEGIN
        WITH owner AS (
            SELECT c.member_id AS of_a_case, r.member_id AS of_a_claim
              FROM verification_evidence AS e
              LEFT JOIN verification_case AS c ON c.id = e.case_id
              LEFT JOIN verification_listingrequest AS r ON r.id = e.claim_id
             WHERE e.id = NEW.evidence_id
        ), earlier AS (
            SELECT o.by_id, o.number
              FROM verification_opening AS o
              JOIN verification_evidence AS e ON e.id = o.evidence_id
              LEFT JOIN verification_case AS c ON c.id = e.case_id
              LEFT JOIN verification_listingrequest AS r ON r.id = e.claim_id
              JOIN owner ON coalesce(c.member_id, r.member_id) = coalesce(owner.of_a_case, owner.of_a_claim)
        )
        SELECT coalesce(min(number) FILTER (WHERE by_id = NEW.by_id), coalesce(max(number), 0) + 1)
          INTO NEW.number FROM earlier;
        RETURN NEW;
    END $$;
CREATE TRIGGER number_opening BEFORE INSERT ON verification_opening
    FOR EACH ROW EXECUTE FUNCTION number_opening();

WITH told AS (
    SELECT o.id, o.by_id, o.at, coalesce(c.member_id, r.member_id) AS whose
      FROM verification_opening AS o
      JOIN verification_evidence AS e ON e.id = o.evidence_id
      LEFT JOIN verification_case AS c ON c.id = e.case_id
      LEFT JOIN verification_listingrequest AS r ON r.id = e.claim_id
), firsts AS (
    SELECT id, whose, min(at) OVER (PARTITION BY whose, coalesce(by_id, id)) AS first FROM told
), numbered AS (
    SELECT id, dense_rank() OVER (PARTITION BY whose ORDER BY first) AS number FROM firsts
)
UPDATE verification_opening AS o SET number = numbered.number FROM numbered WHERE numbered.id = o.id;
"""

UNDO = """
DROP TRIGGER number_opening ON verification_opening;
DROP FUNCTION number_opening();
"""


class Migration(migrations.Migration):
    dependencies = [("verification", "0087_questions_stay_readable")]

    operations = [
        migrations.AddField(
            "opening", "number", models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="who")
        ),
        migrations.RunSQL(NUMBERS, UNDO),
    ]
