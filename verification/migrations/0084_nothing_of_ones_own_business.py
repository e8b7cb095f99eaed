from django.db import migrations

OWN = (
    "WHERE member_id = current_member() OR lower(email) = ANY (own_addresses()))",
    """WHERE member_id = current_member() OR lower(email) = ANY (own_addresses())
                                    OR business_id = ANY (own_businesses())
                      UNION ALL SELECT unnest(own_businesses())::text)""",
)

# What verification/migrations/0070 says of the desk's log, and then of a business and an event too.
LOG = """
DROP POLICY nothing_of_ones_own ON django_admin_log;
CREATE POLICY nothing_of_ones_own ON django_admin_log AS RESTRICTIVE FOR SELECT TO lusotown_desk
    USING (
        user_id = (SELECT current_member())
        OR CASE (SELECT concat_ws('.', app_label, model) FROM django_content_type AS t WHERE t.id = content_type_id)
               WHEN 'verification.listingrequest'
                   THEN EXISTS (SELECT FROM verification_listingrequest AS r WHERE r.id::text = object_id)
               WHEN 'verification.report' THEN EXISTS (SELECT FROM verification_report AS r WHERE r.id::text = object_id)
               WHEN 'verification.firstpost' THEN EXISTS (SELECT FROM verification_firstpost AS f WHERE f.id::text = object_id)
               WHEN 'verification.case' THEN EXISTS (SELECT FROM verification_case AS c WHERE c.id::text = object_id)
               WHEN 'community.member' THEN object_id IS DISTINCT FROM (SELECT current_member())::text
{more}               ELSE true END
    );
"""
MORE = """               WHEN 'businesses.business' THEN object_id <> ALL ((SELECT own_businesses())::text[])
               WHEN 'events.event' THEN NOT EXISTS (SELECT FROM events_event AS e WHERE e.id::text = object_id
                                                       AND e.organizer_id = (SELECT current_member()))
"""


def rewording(found: str, instead: str) -> str:
    return f"""
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('own_at_the_site()'::regprocedure), $found${found}$found$, $instead${instead}$instead$);
END $do$;
"""


class Migration(migrations.Migration):
    """Nothing of one's own business or event either: the badge on the door is written down as a change of the business.

    Who claims a business reads neither in the audit nor in the desk's log who gave it the badge, or who decided a
    rival's claim to it; who organises an event, not who at the desk changed it.
    """

    dependencies = [("verification", "0083_a_claim_keeps_its_business")]

    operations = [
        migrations.RunSQL(rewording(*OWN), rewording(*reversed(OWN))),
        migrations.RunSQL(LOG.format(more=MORE), LOG.format(more="")),
    ]
