from django.db import migrations

HOLD = """
CREATE FUNCTION jobs_of_doors_hold_nobody_up() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        RAISE insufficient_privilege USING MESSAGE = 'a job of a door waits for nothing and holds nobody up';
    END $$;
REVOKE EXECUTE ON FUNCTION jobs_of_doors_hold_nobody_up() FROM PUBLIC;
CREATE TRIGGER jobs_of_doors_hold_nobody_up BEFORE INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (
        current_user IN ('lusotown_site', 'lusotown_desk')
        AND (NEW.lock IS NOT NULL OR NEW.queueing_lock IS NOT NULL OR NEW.scheduled_at IS NOT NULL)
    ) EXECUTE FUNCTION jobs_of_doors_hold_nobody_up();
"""

UNDO = """
DROP TRIGGER jobs_of_doors_hold_nobody_up ON procrastinate_jobs;
DROP FUNCTION jobs_of_doors_hold_nobody_up();
"""


class Migration(migrations.Migration):
    """What the doors put in is done as soon as there is time, and takes the name of no job of the worker's own.

    The worker's rounds have a queueing lock: there is one at a time. A job of the same lock for the year 2099, put in by
    SQL of a door's role, kept the round from ever being made again: stops went untold, documents stayed beyond their
    time, and the proof that none does was silent, as it was a round itself.
    """

    dependencies = [
        ("community", "0105_consent_to_show_documents"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [migrations.RunSQL(HOLD, UNDO)]
