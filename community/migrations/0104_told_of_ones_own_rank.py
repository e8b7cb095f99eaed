from django.db import migrations

TOLD = """
DROP FUNCTION staff_change_told(bigint);

-- Marks a change as told, and says to whom and with which names: each administrator but who did it, and the member whose
-- rank it is. A second time, nobody.
CREATE FUNCTION staff_change_told(change bigint)
    RETURNS TABLE (email text, language text, member_name text, by_name text, is_ones_own boolean)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        WITH told AS (UPDATE community_staffchange SET told_at = now() WHERE id = change AND told_at IS NULL RETURNING *)
        SELECT m.email, m.language, coalesce(whom.display_name, '–'), coalesce(who.display_name, ''), own.it
          FROM told AS c
          JOIN community_member AS m ON m.is_active
         CROSS JOIN LATERAL (SELECT m.id = c.member_id AND c.kind IN ('accepted', 'changed', 'removed')) AS own (it)
          LEFT JOIN community_profile AS whom ON whom.member_id = c.member_id
          LEFT JOIN community_profile AS who ON who.member_id = c.by_id
         WHERE own.it OR (m.is_staff AND m.is_superuser AND m.id IS DISTINCT FROM c.by_id)
         ORDER BY m.id
    $$;
REVOKE EXECUTE ON FUNCTION staff_change_told(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION staff_change_told(bigint) TO lusotown_worker;
"""

UNDO_TOLD = """
DROP FUNCTION staff_change_told(bigint);

-- Marks a change as told, and says to whom and with which names: each administrator but who did it. A second time, nobody.
CREATE FUNCTION staff_change_told(change bigint)
    RETURNS TABLE (email text, language text, member_name text, by_name text)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        WITH told AS (UPDATE community_staffchange SET told_at = now() WHERE id = change AND told_at IS NULL RETURNING *)
        SELECT m.email, m.language, coalesce(whom.display_name, '–'), coalesce(who.display_name, '')
          FROM told AS c
          JOIN community_member AS m ON is_administrator(m.id) AND m.id IS DISTINCT FROM c.by_id
          LEFT JOIN community_profile AS whom ON whom.member_id = c.member_id
          LEFT JOIN community_profile AS who ON who.member_id = c.by_id
         ORDER BY m.id
    $$;
REVOKE EXECUTE ON FUNCTION staff_change_told(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION staff_change_told(bigint) TO lusotown_worker;
"""


class Migration(migrations.Migration):
    """Whoever comes to work at the desk, has another rank there or works there no more is told so themselves."""

    dependencies = [("community", "0103_logins_keep_their_hours")]

    operations = [migrations.RunSQL(TOLD, UNDO_TOLD)]
