from django.db import migrations

POLICIES = """
ALTER TABLE socialaccount_socialaccount ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own_connections ON socialaccount_socialaccount
    USING (user_id = (SELECT current_member()));
CREATE POLICY read_while_signing_in ON socialaccount_socialaccount FOR SELECT TO lusotown_site
    USING (user_id = (SELECT signing_in_member()));
CREATE POLICY used_while_signing_in ON socialaccount_socialaccount FOR UPDATE TO lusotown_site
    USING (user_id = (SELECT signing_in_member())) WITH CHECK (user_id = (SELECT signing_in_member()));
ALTER TABLE socialaccount_socialtoken ENABLE ROW LEVEL SECURITY;  -- no policy: always empty
ALTER TABLE socialaccount_socialapp ENABLE ROW LEVEL SECURITY;

-- Of what a provider says of someone, nothing is kept but the number it gives them.
ALTER TABLE socialaccount_socialaccount
    ADD CONSTRAINT nothing_but_the_number_is_kept CHECK (extra_data = '{}'),
    ADD CONSTRAINT a_provider_opens_an_account_once UNIQUE (user_id, provider);
"""

UNDO_POLICIES = """
ALTER TABLE socialaccount_socialaccount
    DROP CONSTRAINT a_provider_opens_an_account_once,
    DROP CONSTRAINT nothing_but_the_number_is_kept;
ALTER TABLE socialaccount_socialapp DISABLE ROW LEVEL SECURITY;
ALTER TABLE socialaccount_socialtoken DISABLE ROW LEVEL SECURITY;
DROP POLICY used_while_signing_in ON socialaccount_socialaccount;
DROP POLICY read_while_signing_in ON socialaccount_socialaccount;
DROP POLICY member_keeps_own_connections ON socialaccount_socialaccount;
ALTER TABLE socialaccount_socialaccount DISABLE ROW LEVEL SECURITY;
"""

FUNCTIONS = """
-- Whose account it opens. One asks with the number that the provider has just vouched for; there is no listing.
CREATE FUNCTION connected_member(its_provider text, its_uid text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$ SELECT user_id FROM socialaccount_socialaccount WHERE provider = its_provider AND uid = its_uid $$;
REVOKE EXECUTE ON FUNCTION connected_member(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION connected_member(text, text) TO lusotown_site;

-- A link is made and ended, never turned to another account.
CREATE FUNCTION connections_do_not_turn() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$
    BEGIN
        RAISE insufficient_privilege USING MESSAGE = 'a connection is made and ended, never turned';
    END $$;
CREATE TRIGGER connections_do_not_turn BEFORE UPDATE ON socialaccount_socialaccount
    FOR EACH ROW WHEN ((NEW.user_id, NEW.provider, NEW.uid) IS DISTINCT FROM (OLD.user_id, OLD.provider, OLD.uid))
    EXECUTE FUNCTION connections_do_not_turn();

SELECT keep_audit('socialaccount_socialaccount', 'user_id', '{provider}', '{last_login,extra_data}');
"""

UNDO_FUNCTIONS = """
SELECT forget_audit('socialaccount_socialaccount');
DROP TRIGGER connections_do_not_turn ON socialaccount_socialaccount;
DROP FUNCTION connections_do_not_turn();
DROP FUNCTION connected_member(text, text);
"""


class Migration(migrations.Migration):
    """A member connects and disconnects their own accounts elsewhere; one of them opens the account by being presented.

    While it does, its row is read and its time of use kept. Whom it opens is asked with the provider's number for
    someone and answered with one id; nobody lists connections, and none is turned from one member to another.
    """

    dependencies = [
        ("community", "0071_consent_to_matching"),
        ("community", "0012_signing_in_by_index"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]

    operations = [migrations.RunSQL(POLICIES, UNDO_POLICIES), migrations.RunSQL(FUNCTIONS, UNDO_FUNCTIONS)]
