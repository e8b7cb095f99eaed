from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

KEEP = """
-- 0, 1, 2–3, 4–7, 8–15 …: few changes of a turnout change this, so few rewrite the board's indexes.
CREATE FUNCTION doublings(people integer) RETURNS smallint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN people < 1 THEN 0 ELSE 1 + floor(log(2.0, people)) END::smallint $$;

CREATE FUNCTION turnout_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE events_posting SET popularity = doublings(NEW.attending)
     WHERE event_id = NEW.event_id AND popularity <> doublings(NEW.attending);
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION turnout_changed() FROM PUBLIC;
CREATE TRIGGER turnout_to_board AFTER INSERT OR UPDATE OF attending ON events_turnout
    FOR EACH ROW EXECUTE FUNCTION turnout_changed();

-- An event that comes back to the board brings its turnout along.
CREATE FUNCTION posting_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.popularity := coalesce((SELECT doublings(attending) FROM events_turnout WHERE event_id = NEW.event_id), 0);
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION posting_added() FROM PUBLIC;
CREATE TRIGGER posting_brings_turnout BEFORE INSERT ON events_posting
    FOR EACH ROW EXECUTE FUNCTION posting_added();
"""

UNDO = """
DROP TRIGGER posting_brings_turnout ON events_posting;
DROP FUNCTION posting_added();
DROP TRIGGER turnout_to_board ON events_turnout;
DROP FUNCTION turnout_changed();
DROP FUNCTION doublings(integer);
"""


class Migration(migrations.Migration):
    """The board knows, coarsely, how many come to an event, so that the most popular are found by an index."""

    dependencies = [("events", "0004_titles_and_pictures_in_words")]

    operations = [
        migrations.AddField("posting", "popularity", models.PositiveSmallIntegerField(default=0)),
        migrations.AddIndex(
            "posting",
            models.Index(
                fields=["popularity", "event"], name="posting_by_popularity", condition=models.Q(is_over=False)
            ),
        ),
        # Without it a language that is seldom spoken walks the whole board (44,886 rows, 112 ms).
        migrations.AddIndex("posting", GinIndex(fields=["languages"], name="posting_by_language")),
        migrations.RunSQL(KEEP, UNDO),
        # A walk along the board reads thousands of vectors: in the row, not one by one from the TOAST table
        # (measured on 50,000 events: 44 ms out of the row, 14 ms in it).
        migrations.RunSQL(
            "ALTER TABLE events_posting ALTER COLUMN search SET STORAGE MAIN",
            "ALTER TABLE events_posting ALTER COLUMN search SET STORAGE EXTENDED",
        ),
    ]
