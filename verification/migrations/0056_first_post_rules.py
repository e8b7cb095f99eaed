from django.db import migrations

PUBLISHED = """
-- An event comes out at the site: an account's first, any of its first thirty days, and what was taken back before. What
-- its organiser hides again needs no look.
CREATE FUNCTION event_of_a_newcomer_is_looked_at() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF NEW.status = 'draft' OR NEW.visibility = 'private' THEN
            DELETE FROM verification_firstpost WHERE event_id = NEW.id AND outcome = '';
        ELSIF current_door() = 'site' AND NEW.organizer_id IS NOT NULL
           AND (TG_OP = 'INSERT' OR OLD.status = 'draft' OR OLD.visibility = 'private')
           AND NOT EXISTS (SELECT FROM verification_firstpost WHERE event_id = NEW.id AND outcome IN ('', 'fine'))
           AND (EXISTS (SELECT FROM community_member
                         WHERE id = NEW.organizer_id AND joined_at > now() - interval '30 days')
                OR EXISTS (SELECT FROM verification_firstpost WHERE event_id = NEW.id)
                OR NOT EXISTS (SELECT FROM events_event AS e
                                WHERE e.organizer_id = NEW.organizer_id AND e.id <> NEW.id
                                  AND e.status <> 'draft' AND e.visibility <> 'private')) THEN
            INSERT INTO verification_firstpost (id, event_id, organizer_id, outcome, reason, sentence)
                VALUES (gen_random_uuid(), NEW.id, NEW.organizer_id, '', '', '');
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER event_of_a_newcomer_is_looked_at AFTER INSERT OR UPDATE OF status, visibility ON events_event
    FOR EACH ROW EXECUTE FUNCTION event_of_a_newcomer_is_looked_at();

CREATE FUNCTION event_takes_its_looks_along() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM verification_firstpost WHERE event_id = OLD.id;
        RETURN OLD;
    END $$;
CREATE TRIGGER event_takes_its_looks_along BEFORE DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION event_takes_its_looks_along();
"""

UNDO_PUBLISHED = """
DROP TRIGGER event_takes_its_looks_along ON events_event;
DROP FUNCTION event_takes_its_looks_along();
DROP TRIGGER event_of_a_newcomer_is_looked_at ON events_event;
DROP FUNCTION event_of_a_newcomer_is_looked_at();
"""

DECIDED = """
ALTER TABLE verification_firstpost ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_looks_at_first_posts_but_not_its_own ON verification_firstpost FOR SELECT TO lusotown_desk
    USING ((SELECT works_at_the_desk()) AND organizer_id IS DISTINCT FROM (SELECT current_member()));
CREATE POLICY desk_decides_on_first_posts_but_not_its_own ON verification_firstpost FOR UPDATE TO lusotown_desk
    USING ((SELECT works_at_the_desk()) AND organizer_id IS DISTINCT FROM (SELECT current_member()));
CREATE TRIGGER one_looks_after_it BEFORE UPDATE ON verification_firstpost
    FOR EACH ROW EXECUTE FUNCTION one_looks_after_it('decided_by_id');

-- Taken back it is a draft again, a new edition for calendars; nothing else of it changes.
CREATE FUNCTION event_is_taken_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE events_event SET status = 'draft', sequence = sequence + 1, updated_at = now()
         WHERE id = NEW.event_id AND status <> 'draft';
        RETURN NULL;
    END $$;
CREATE TRIGGER event_is_taken_back AFTER UPDATE OF outcome ON verification_firstpost
    FOR EACH ROW WHEN (OLD.outcome = '' AND NEW.outcome = 'back') EXECUTE FUNCTION event_is_taken_back();

SELECT keep_audit('verification_firstpost', 'organizer_id', '{event_id,outcome,reason}', '{claimed_by_id,claimed_until}');
"""

UNDO_DECIDED = """
SELECT forget_audit('verification_firstpost');
DROP TRIGGER event_is_taken_back ON verification_firstpost;
DROP FUNCTION event_is_taken_back();
DROP TRIGGER one_looks_after_it ON verification_firstpost;
DROP POLICY desk_decides_on_first_posts_but_not_its_own ON verification_firstpost;
DROP POLICY desk_looks_at_first_posts_but_not_its_own ON verification_firstpost;
ALTER TABLE verification_firstpost DISABLE ROW LEVEL SECURITY;
"""

CLEAR = """
CREATE FUNCTION clear_first_posts() RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$ DELETE FROM verification_firstpost WHERE decided_at < now() - interval '12 months' $$;
REVOKE EXECUTE ON FUNCTION clear_first_posts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clear_first_posts() TO lusotown_worker;
"""


class Migration(migrations.Migration):
    """A newcomer's event is put before the desk by the database, whoever publishes it at the site and however.

    The desk says that it is fine, or takes it back; the event itself it gets no right to change thereby. Nobody of the
    desk decides on their own.
    """

    dependencies = [("verification", "0055_first_posts"), ("events", "0009_former_organizer")]

    operations = [
        migrations.RunSQL(PUBLISHED, UNDO_PUBLISHED),
        migrations.RunSQL(DECIDED, UNDO_DECIDED),
        migrations.RunSQL(CLEAR, "DROP FUNCTION clear_first_posts();"),
    ]
