from django.db import migrations, models

PASSWORDS = """
-- What lets someone in is changed by themselves: logged in, which the desk has said. A newer hash of the same password
-- waits until then. Nobody at the desk chooses one for another.
CREATE OR REPLACE FUNCTION credentials_are_ones_own() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF current_member() IS DISTINCT FROM OLD.id THEN
            IF NEW.password IS DISTINCT FROM OLD.password AND current_member() IS NOT NULL THEN
                RAISE insufficient_privilege USING MESSAGE = 'a password is chosen by whose it is';
            END IF;
            NEW.password := OLD.password;
            IF OLD.is_staff AND NOT administers()
               AND (NEW.email, NEW.is_active) IS DISTINCT FROM (OLD.email, OLD.is_active) THEN
                RAISE insufficient_privilege USING MESSAGE = 'only an administrator changes the account of a colleague';
            END IF;
        END IF;
        RETURN NEW;
    END $$;
"""

UNDO_PASSWORDS = """
CREATE OR REPLACE FUNCTION credentials_are_ones_own() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF current_member() IS DISTINCT FROM OLD.id AND NOT administers() THEN
            NEW.password := OLD.password;
            IF OLD.is_staff AND (NEW.email, NEW.is_active) IS DISTINCT FROM (OLD.email, OLD.is_active) THEN
                RAISE insufficient_privilege USING MESSAGE = 'only an administrator changes the account of a colleague';
            END IF;
        END IF;
        RETURN NEW;
    END $$;
"""

LETTERS = """
-- Both addresses hear of it, in their member's language, whatever else the transaction does. Their words are Python's
-- (community/models/letters.py); the job is what Letter's own way of sending puts in.
CREATE FUNCTION both_addresses_are_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        WITH letters AS (
            INSERT INTO community_letter (id, "to", subject, text, html, language, headers, created_at, kind)
            SELECT gen_random_uuid(), address, '', '', '', OLD.language, '{}', now(), its_kind
              FROM (VALUES (OLD.email, 'moved_from'), (NEW.email, 'moved_to')) AS told (address, its_kind)
            RETURNING id)
        INSERT INTO procrastinate_jobs (queue_name, task_name, args)
        SELECT 'default', 'community.tasks.send_letter', jsonb_build_object('letter_id', id) FROM letters;
        RETURN NULL;
    END $$;
CREATE TRIGGER both_addresses_are_told AFTER UPDATE OF email ON community_member
    FOR EACH ROW WHEN (current_user = 'lusotown_desk' AND NEW.email IS DISTINCT FROM OLD.email)
    EXECUTE FUNCTION both_addresses_are_told();
"""

UNDO_LETTERS = """
DROP TRIGGER both_addresses_are_told ON community_member;
DROP FUNCTION both_addresses_are_told();
"""


class Migration(migrations.Migration):
    """Nobody at the desk chooses a member's password, and none moves an account without both its addresses hearing of it.

    Whoever reads an account's mail or knows its password is that member, with two of whom a friend is vouched for. A
    password is forgotten and chosen anew by its member, with a code from their mail; the desk can only send them there.
    """

    dependencies = [("community", "0100_addresses_by_administrators")]

    operations = [
        migrations.RunSQL(PASSWORDS, UNDO_PASSWORDS),
        migrations.AddField(
            "letter",
            "kind",
            models.CharField(
                max_length=10,
                blank=True,
                default="",
                choices=[("moved_from", "to the address before"), ("moved_to", "to the new address")],
            ),
        ),
        migrations.RunSQL(LETTERS, UNDO_LETTERS),
    ]
