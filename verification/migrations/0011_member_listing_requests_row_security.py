from django.db import migrations

POLICIES = """
DROP POLICY anyone_hands_one_in ON verification_listingrequest;
CREATE POLICY anyone_hands_one_in ON verification_listingrequest FOR INSERT TO lusotown_site
    WITH CHECK (outcome = '' AND member_id IS NOT DISTINCT FROM (SELECT current_member()));
CREATE POLICY member_reads_what_became_of_own ON verification_listingrequest FOR SELECT TO lusotown_site
    USING (member_id = (SELECT current_member()));
CREATE POLICY desk_tells_of_listings ON community_notice FOR INSERT TO lusotown_desk
    WITH CHECK (
        (SELECT works_at_the_desk()) AND read_at IS NULL AND topic = 'listings' AND about = 'listing'
        AND EXISTS (SELECT FROM verification_listingrequest AS r
                     WHERE r.id = community_notice.about_id AND r.member_id = community_notice.member_id
                       AND r.outcome <> '')
    );
"""

UNDO = """
DROP POLICY desk_tells_of_listings ON community_notice;
DROP POLICY member_reads_what_became_of_own ON verification_listingrequest;
DROP POLICY anyone_hands_one_in ON verification_listingrequest;
CREATE POLICY anyone_hands_one_in ON verification_listingrequest FOR INSERT TO lusotown_site
    WITH CHECK (outcome = '');
"""


class Migration(migrations.Migration):
    """A listing request is handed in as oneself; a member reads what became of their own, and the desk tells them."""

    dependencies = [("verification", "0010_members_listing_requests"), ("community", "0062_notice_row_security")]

    operations = [migrations.RunSQL(POLICIES, UNDO)]
