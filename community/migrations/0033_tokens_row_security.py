from django.db import migrations

POLICIES = """
ALTER TABLE community_token ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_reads_own_tokens ON community_token FOR SELECT
    USING (member_id = (SELECT current_member()));
CREATE POLICY member_makes_own_tokens ON community_token FOR INSERT
    WITH CHECK (member_id = (SELECT current_member()) AND revoked_at IS NULL AND last_used_on IS NULL);
CREATE POLICY member_revokes_own_tokens_once ON community_token FOR UPDATE
    USING (member_id = (SELECT current_member()) AND revoked_at IS NULL)
    WITH CHECK (member_id = (SELECT current_member()) AND revoked_at IS NOT NULL);
"""

UNDO_POLICIES = """
DROP POLICY member_revokes_own_tokens_once ON community_token;
DROP POLICY member_makes_own_tokens ON community_token;
DROP POLICY member_reads_own_tokens ON community_token;
ALTER TABLE community_token DISABLE ROW LEVEL SECURITY;
"""

PRESENTED = """
-- The one live token with one of these hashes, while its member is here to use it; marks the day it was used.
-- There is no asking for a token without having it.
CREATE FUNCTION token_presented(digests bytea[]) RETURNS TABLE (token bigint, member uuid, scopes text[])
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        held community_token;
        today date := (now() AT TIME ZONE 'Europe/London')::date;
    BEGIN
        SELECT t.* INTO held FROM community_token AS t
          JOIN community_member AS m ON m.id = t.member_id
          LEFT JOIN community_profile AS p ON p.member_id = m.id
         WHERE t.digest = ANY (digests[1:10]) AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
           AND m.is_active AND p.withdrawn_at IS NULL;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        IF held.last_used_on IS DISTINCT FROM today THEN
            UPDATE community_token SET last_used_on = today WHERE id = held.id;
        END IF;
        RETURN QUERY SELECT held.id, held.member_id, held.scopes::text[];
    END $$;
"""


class Migration(migrations.Migration):
    """A member sees, makes and revokes their own tokens; a token opens nothing but by being presented.

    What was revoked stays revoked. A request that carries a token reads the one row whose hash it has, through a
    function that lists nothing; a token that has expired, or whose member is closed or withdrawn, is as if it
    were not.
    """

    dependencies = [("community", "0032_tokens")]

    operations = [
        migrations.RunSQL(POLICIES, UNDO_POLICIES),
        migrations.RunSQL(PRESENTED, "DROP FUNCTION token_presented(bytea[]);"),
    ]
