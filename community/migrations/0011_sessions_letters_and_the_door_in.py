from django.db import migrations

SESSIONS = """
-- Those of before say not whose they are, and could not be ended from elsewhere: everyone logs in once more.
DELETE FROM community_session;
DROP POLICY site_sessions ON community_session;
DROP POLICY desk_sessions ON community_session;
DROP POLICY worker_clears_sessions ON community_session;
CREATE POLICY site_session_by_its_key ON community_session TO lusotown_site
    USING (door = 'site' AND session_key = (SELECT current_setting('app.session', true)));
CREATE POLICY desk_session_by_its_key ON community_session TO lusotown_desk
    USING (door = 'desk' AND session_key = (SELECT current_setting('app.session', true)));
CREATE POLICY worker_clears_sessions ON community_session TO lusotown_worker
    USING (expire_date < now() OR member_id = (SELECT current_member()));

-- Owned by the owner, whom row security does not bind: the condition is its policy. The name of a session
-- is made from its key and does not lead back to it.
CREATE VIEW community_device WITH (security_barrier) AS
    SELECT left(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 32) AS id,
           door, device, last_used_on,
           session_key = current_setting('app.session', true) AS is_this
      FROM community_session
     WHERE member_id = (SELECT current_member()) AND expire_date > now();
"""

UNDO_SESSIONS = """
-- Those of before say not whose they are, and could not be ended from elsewhere: everyone logs in once more.
DELETE FROM community_session;
DROP VIEW community_device;
DROP POLICY worker_clears_sessions ON community_session;
DROP POLICY desk_session_by_its_key ON community_session;
DROP POLICY site_session_by_its_key ON community_session;
CREATE POLICY site_sessions ON community_session TO lusotown_site USING (door = 'site');
CREATE POLICY desk_sessions ON community_session TO lusotown_desk USING (door = 'desk');
CREATE POLICY worker_clears_sessions ON community_session TO lusotown_worker USING (expire_date < now());
"""

LETTERS = """
ALTER TABLE community_letter ENABLE ROW LEVEL SECURITY;
CREATE POLICY doors_put_letters_in ON community_letter FOR INSERT TO lusotown_site, lusotown_desk
    WITH CHECK (true);
CREATE POLICY worker_carries_letters ON community_letter TO lusotown_worker
    USING (true);
"""

UNDO_LETTERS = """
DROP POLICY worker_carries_letters ON community_letter;
DROP POLICY doors_put_letters_in ON community_letter;
ALTER TABLE community_letter DISABLE ROW LEVEL SECURITY;
"""

SIGN_UP = """
-- app.signing_up is the address that was just proved. What the desk gives, nobody brings along.
CREATE POLICY stranger_signs_up ON community_member FOR INSERT TO lusotown_site
    WITH CHECK (
        email = (SELECT NULLIF(current_setting('app.signing_up', true), ''))
        AND email = lower(email)
        AND is_active AND NOT is_staff AND NOT is_superuser
        AND adult_confirmed_at IS NOT NULL AND guidelines_version > 0
    );
CREATE POLICY member_adds_own_profile ON community_profile FOR INSERT TO lusotown_site
    WITH CHECK (member_id = (SELECT current_member()) AND visibility = 'private' AND heritage_verified_at IS NULL);
"""

UNDO_SIGN_UP = """
DROP POLICY member_adds_own_profile ON community_profile;
DROP POLICY stranger_signs_up ON community_member;
"""


class Migration(migrations.Migration):
    """A session is reached by its key, and listed by its member without it; a letter is written by a door and read by
    the worker; a stranger adds one member: themselves, at an address they proved, with no rank, an adult who accepted
    the guidelines, and then their own private profile.
    """

    dependencies = [("community", "0010_sessions_letters_and_sign_up")]

    operations = [
        migrations.RunSQL(SESSIONS, UNDO_SESSIONS),
        migrations.RunSQL(LETTERS, UNDO_LETTERS),
        migrations.RunSQL(SIGN_UP, UNDO_SIGN_UP),
    ]
