from django.db import migrations

KEEP = """
SELECT keep_audit('community_matchingchoice', 'member_id', '{opted_in_at}',
    '{active_on,is_standing,is_verified,is_guarded,to_members,to_verified,changes,changed_on,changed_in}');
SELECT keep_audit('community_token', 'member_id', '{scopes,expires_at,revoked_at}', '{last_used_on}');
"""

FORGET = """
SELECT forget_audit('community_token');
SELECT forget_audit('community_matchingchoice');
"""


class Migration(migrations.Migration):
    """Opting in and out of being matched, and making and revoking a token, are written down like the rest."""

    dependencies = [("community", "0043_rights_row_security")]

    operations = [migrations.RunSQL(KEEP, FORGET)]
