from django.db import migrations, models

FIRST = """
-- The first time it is the desk's turn stays: from then on a decision takes its time.
CREATE FUNCTION case_is_handed_in_once() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        NEW.handed_in_at := CASE WHEN TG_OP = 'UPDATE' AND OLD.handed_in_at IS NOT NULL THEN OLD.handed_in_at
                                 WHEN NEW.waiting_since IS NOT NULL THEN NEW.waiting_since
                                 WHEN current_door() = 'owner' THEN NEW.handed_in_at END;
        RETURN NEW;
    END $$;
-- Named to come after case_is_opened, which says when an appeal begins to wait.
CREATE TRIGGER case_is_opened_and_handed_in BEFORE INSERT OR UPDATE OF waiting_since, handed_in_at ON verification_case
    FOR EACH ROW EXECUTE FUNCTION case_is_handed_in_once();
"""

UNDO_FIRST = """
DROP TRIGGER case_is_opened_and_handed_in ON verification_case;
DROP FUNCTION case_is_handed_in_once();
"""

LOAD = """
-- What each who works at the desk did in the last 28 days, for whoever works there: numbers alone, so the caller's own case
-- is in them; and whole days, so that nobody reads off the moment of a vote.
CREATE FUNCTION desk_load()
RETURNS TABLE (moderator uuid, votes bigint, questions bigint, openings bigint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT m.id,
               (SELECT count(*) FROM verification_vote WHERE by_id = m.id AND at >= date_trunc('day', now()) - interval '28 days' AND verdict <> 'ask'),
               (SELECT count(*) FROM verification_vote WHERE by_id = m.id AND at >= date_trunc('day', now()) - interval '28 days' AND verdict = 'ask'),
               (SELECT count(*) FROM verification_opening WHERE by_id = m.id AND at >= date_trunc('day', now()) - interval '28 days')
          FROM community_member AS m WHERE m.is_staff AND m.is_active AND works_at_the_desk()
    $$;
REVOKE EXECUTE ON FUNCTION desk_load() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk_load() TO lusotown_desk;
"""


class Migration(migrations.Migration):
    """When a case was first handed in, and what the desk's statistics count by it."""

    dependencies = [("verification", "0041_console_rules"), ("community", "0082_desk_identity")]

    operations = [
        migrations.AddField("case", "handed_in_at", models.DateTimeField("handed in", null=True, editable=False)),
        migrations.RunSQL(FIRST, UNDO_FIRST),
        migrations.AddIndex("vote", models.Index(fields=["by", "at"], name="vote_by_moderator")),
        migrations.RunSQL(LOAD, "DROP FUNCTION desk_load()"),
        migrations.AlterModelOptions(
            "case",
            {
                "ordering": ("waiting_since", "number"),
                "verbose_name": "case",
                "verbose_name_plural": "cases",
                "permissions": [("view_statistics", "Can see how the desk is doing")],
            },
        ),
    ]
