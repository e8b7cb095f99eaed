from django.db import migrations

HELPERS = """
-- Whom the reader belongs to: 'public' is everyone, 'community' members, 'verified' those who wear the badge.
CREATE FUNCTION audiences() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT COALESCE(
            (SELECT CASE WHEN p.heritage_verified_at IS NOT NULL AND p.withdrawn_at IS NULL
                         THEN '{public,community,verified}'::text[] ELSE '{public,community}'::text[] END
               FROM community_member AS m LEFT JOIN community_profile AS p ON p.member_id = m.id
              WHERE m.id = NULLIF(current_setting('app.member', true), '')::uuid AND m.is_active),
            '{public}'::text[])
    $$;

-- Whether the reader and this member have been put out of each other's sight, by either of them.
-- Asked about one at a time: nobody can list who blocked them.
CREATE FUNCTION is_out_of_sight(other uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        SELECT EXISTS (SELECT FROM community_block
                        WHERE (blocker_id = other AND blocked_id = NULLIF(current_setting('app.member', true), '')::uuid)
                           OR (blocked_id = other AND blocker_id = NULLIF(current_setting('app.member', true), '')::uuid))
    $$;
"""

PROFILE = """
DROP POLICY profile_seen_by_whom_its_member_chose ON community_profile;
CREATE POLICY profile_seen_by_whom_its_member_chose ON community_profile FOR SELECT
    USING (
        member_id = (SELECT current_member())
        OR (withdrawn_at IS NULL
            AND visibility = ANY ((SELECT audiences())::text[])
            AND NOT is_out_of_sight(member_id))
    );
"""

UNDO_PROFILE = """
DROP POLICY profile_seen_by_whom_its_member_chose ON community_profile;
CREATE POLICY profile_seen_by_whom_its_member_chose ON community_profile FOR SELECT
    USING (
        visibility = 'public'
        OR member_id = (SELECT current_member())
        OR (visibility = 'community' AND (SELECT current_member()) IS NOT NULL)
    );
"""

SECTIONS = ("portrait", "bio", "heritage", "interests", "culture", "arrival", "homearea", "languages")

# Nobody sees more of a section than of the profile: the profile's own policy is asked once more.
PARTS = "".join(
    f"""
ALTER TABLE community_{section} ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own ON community_{section}
    USING (profile_id = (SELECT current_member()));
CREATE POLICY seen_by_whom_its_member_chose ON community_{section} FOR SELECT
    USING (
        visibility = ANY ((SELECT audiences())::text[])
        AND EXISTS (SELECT FROM community_profile AS p WHERE p.member_id = profile_id)
    );
"""
    for section in SECTIONS
)

UNDO_PARTS = "".join(
    f"""
DROP POLICY seen_by_whom_its_member_chose ON community_{section};
DROP POLICY member_keeps_own ON community_{section};
ALTER TABLE community_{section} DISABLE ROW LEVEL SECURITY;
"""
    for section in SECTIONS
)

OWN = """
ALTER TABLE community_legalname ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own ON community_legalname
    USING (profile_id = (SELECT current_member()));

-- Only someone in sight can be blocked: so whether a block is refused tells nobody who exists.
ALTER TABLE community_block ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own_blocks ON community_block
    USING (blocker_id = (SELECT current_member()))
    WITH CHECK (
        blocker_id = (SELECT current_member())
        AND EXISTS (SELECT FROM community_profile AS p WHERE p.member_id = blocked_id)
    );

ALTER TABLE community_consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_reads_own_consents ON community_consent FOR SELECT
    USING (member_id = (SELECT current_member()));
CREATE POLICY member_consents ON community_consent FOR INSERT
    WITH CHECK (member_id = (SELECT current_member()) AND withdrawn_at IS NULL);
CREATE POLICY member_withdraws_once ON community_consent FOR UPDATE
    USING (member_id = (SELECT current_member()) AND withdrawn_at IS NULL)
    WITH CHECK (member_id = (SELECT current_member()) AND withdrawn_at IS NOT NULL);
"""

UNDO_OWN = """
DROP POLICY member_withdraws_once ON community_consent;
DROP POLICY member_consents ON community_consent;
DROP POLICY member_reads_own_consents ON community_consent;
ALTER TABLE community_consent DISABLE ROW LEVEL SECURITY;
DROP POLICY member_keeps_own_blocks ON community_block;
ALTER TABLE community_block DISABLE ROW LEVEL SECURITY;
DROP POLICY member_keeps_own ON community_legalname;
ALTER TABLE community_legalname DISABLE ROW LEVEL SECURITY;
"""

CONSENT = """
CREATE FUNCTION heritage_needs_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        -- FOR SHARE: a consent that is being withdrawn at this moment is waited for.
        PERFORM FROM community_consent
          WHERE member_id = NEW.profile_id AND purpose = 'heritage' AND withdrawn_at IS NULL FOR SHARE;
        IF NOT FOUND THEN
            RAISE check_violation USING MESSAGE = 'heritage needs a consent of its own', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER heritage_needs_consent BEFORE INSERT OR UPDATE ON community_heritage
    FOR EACH ROW EXECUTE FUNCTION heritage_needs_consent();

CREATE FUNCTION heritage_goes_with_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM community_heritage WHERE profile_id = OLD.member_id;
        RETURN NULL;
    END $$;
CREATE TRIGGER heritage_goes_with_consent AFTER UPDATE OF withdrawn_at ON community_consent
    FOR EACH ROW WHEN (OLD.purpose = 'heritage' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL)
    EXECUTE FUNCTION heritage_goes_with_consent();
CREATE TRIGGER heritage_goes_with_lost_consent AFTER DELETE ON community_consent
    FOR EACH ROW WHEN (OLD.purpose = 'heritage' AND OLD.withdrawn_at IS NULL)
    EXECUTE FUNCTION heritage_goes_with_consent();
"""

UNDO_CONSENT = """
DROP TRIGGER heritage_goes_with_lost_consent ON community_consent;
DROP TRIGGER heritage_goes_with_consent ON community_consent;
DROP FUNCTION heritage_goes_with_consent();
DROP TRIGGER heritage_needs_consent ON community_heritage;
DROP FUNCTION heritage_needs_consent();
"""


class Migration(migrations.Migration):
    """A profile and each of its sections is seen by whom its member chose; heritage stands on a consent.

    Nobody sees a section of a profile they may not see; two members, one of whom blocked the other, see
    nothing of each other; a withdrawn profile is seen by its member alone. Legal names, blocks and
    consents are nobody else's. A consent is given and taken back, never rewritten; heritage without one
    cannot be stored by anybody, and goes in the transaction that takes it back.
    """

    dependencies = [("community", "0004_people")]

    operations = [
        migrations.RunSQL(HELPERS, "DROP FUNCTION is_out_of_sight(uuid); DROP FUNCTION audiences();"),
        migrations.RunSQL(PROFILE, UNDO_PROFILE),
        migrations.RunSQL(PARTS, UNDO_PARTS),
        migrations.RunSQL(OWN, UNDO_OWN),
        migrations.RunSQL(CONSENT, UNDO_CONSENT),
    ]
