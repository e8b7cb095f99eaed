from django.db import migrations

ADDRESS = """
CREATE FUNCTION addresses_are_for_administrators() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF NOT administers() THEN
            RAISE insufficient_privilege USING MESSAGE = 'only an administrator changes an address';
        ELSIF OLD.is_staff OR OLD.is_superuser THEN
            RAISE insufficient_privilege USING MESSAGE = 'new keys take the word of two administrators';
        ELSIF EXISTS (SELECT FROM community_invitation WHERE member_id = OLD.id AND accepted_at IS NULL
                         AND withdrawn_at IS NULL AND expires_at > now()) THEN
            RAISE insufficient_privilege USING MESSAGE = 'whoever is invited keeps the address until they are in';
        END IF;
        RETURN NEW;
    END $$;
-- Named to come after the others, which say more where they say no.
CREATE TRIGGER of_addresses_administrators_decide BEFORE UPDATE ON community_member
    FOR EACH ROW WHEN (current_user = 'lusotown_desk' AND NEW.email IS DISTINCT FROM OLD.email)
    EXECUTE FUNCTION addresses_are_for_administrators();
"""

UNDO_ADDRESS = """
DROP TRIGGER of_addresses_administrators_decide ON community_member;
DROP FUNCTION addresses_are_for_administrators();
"""

# A signature is good for a transaction that sees what is so at each moment. In the others every statement sees what was
# so when it began, and whatever counts or asks who was stopped since would be told of the past.
WORD, AT_EACH_MOMENT = (
    "''hex'')",
    "''hex'')\n           AND current_setting(''transaction_isolation'') = ''read committed''",
)
VOUCH = """
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('member_the_desk_vouches_for()'::regprocedure), '{found}', '{instead}');
END $do$;
"""


class Migration(migrations.Migration):
    """Whose address an account has is who can log in to it: a mailed code is enough at the site.

    A moderator who changes two members' addresses could vouch as both for a friend, and approve that alone. So an
    address is changed at the desk by administrators, and a colleague's or an invited member's by nobody there. And an
    identity at the desk counts in READ COMMITTED alone, so that no rule is asked of an old snapshot.
    """

    dependencies = [("community", "0095_topic_of_cases")]

    operations = [
        migrations.RunSQL(ADDRESS, UNDO_ADDRESS),
        migrations.RunSQL(
            VOUCH.format(found=WORD, instead=AT_EACH_MOMENT), VOUCH.format(found=AT_EACH_MOMENT, instead=WORD)
        ),
    ]
