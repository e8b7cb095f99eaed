from django.db import migrations

ASK = """
-- How a rule says no: its name reaches whoever asked as the constraint that was hurt (community/staff.py).
CREATE FUNCTION refuse_rank(rule text) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$ BEGIN RAISE insufficient_privilege USING MESSAGE = rule, CONSTRAINT = rule; END $$;

-- Whether someone's word counts for a rank.
CREATE FUNCTION is_administrator(someone uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$ SELECT EXISTS (SELECT FROM community_member
                          WHERE id = someone AND is_superuser AND is_staff AND is_active) $$;

-- What someone is at the desk; '' for nothing.
CREATE FUNCTION rank_of(someone uuid) RETURNS text LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE WHEN is_superuser THEN 'administrator'
                    WHEN NOT is_staff THEN ''
                    WHEN EXISTS (SELECT FROM community_member_groups AS g JOIN auth_group AS a ON a.id = g.group_id
                                  WHERE g.member_id = someone AND a.name = 'Seniors') THEN 'senior'
                    ELSE 'moderator' END
          FROM community_member WHERE id = someone
    $$;

-- Called by the functions below alone.
CREATE FUNCTION give_rank(someone uuid, its_rank text) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE community_member SET is_staff = its_rank <> '', is_superuser = its_rank = 'administrator'
         WHERE id = someone;
        DELETE FROM community_member_groups WHERE member_id = someone;
        DELETE FROM community_member_user_permissions WHERE member_id = someone;
        INSERT INTO community_member_groups (member_id, group_id)
        SELECT someone, id FROM auth_group
         WHERE name = CASE its_rank WHEN 'moderator' THEN 'Moderators' WHEN 'senior' THEN 'Seniors' END;
    END $$;

-- An administrator who speaks. Ranks change one after the other: of two who remove each other, one stays.
CREATE FUNCTION administrator_who_asks() RETURNS uuid LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('ranks'));
        IF NOT administers() THEN
            PERFORM refuse_rank('administrators_only');
        END IF;
        RETURN current_member();
    END $$;

-- Whether both who spoke for it could do so today.
CREATE FUNCTION both_words_stand(it community_invitation) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$ SELECT it.seconded_at IS NOT NULL
                 AND (is_administrator(it.invited_by_id) OR it.by_operator AND it.invited_by_id IS NULL)
                 AND (is_administrator(it.seconded_by_id) OR it.by_operator) $$;
"""

UNDO_ASK = """
DROP FUNCTION both_words_stand(community_invitation);
DROP FUNCTION administrator_who_asks();
DROP FUNCTION give_rank(uuid, text);
DROP FUNCTION rank_of(uuid);
DROP FUNCTION is_administrator(uuid);
DROP FUNCTION refuse_rank(text);
"""

WORDS = """
-- The first word.
CREATE FUNCTION invite_to_desk(whom uuid, its_rank text, anew boolean) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller uuid := administrator_who_asks();
        invitation uuid := gen_random_uuid();
    BEGIN
        PERFORM FROM community_member WHERE id = whom AND is_active FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            PERFORM refuse_rank('member_not_found');
        ELSIF whom = caller THEN
            PERFORM refuse_rank('not_of_oneself');
        ELSIF its_rank NOT IN ('moderator', 'senior', 'administrator') THEN
            PERFORM refuse_rank('no_such_rank');
        ELSIF rank_of(whom) = its_rank AND NOT anew THEN
            PERFORM refuse_rank('has_that_rank');
        ELSIF EXISTS (SELECT FROM community_invitation WHERE member_id = whom AND accepted_at IS NULL
                         AND withdrawn_at IS NULL AND expires_at > now()) THEN
            PERFORM refuse_rank('invited_already');
        END IF;
        INSERT INTO community_invitation (id, member_id, rank, starts_anew, invited_by_id, invited_at, by_operator,
                                          expires_at, sent_to, digest)
        VALUES (invitation, whom, its_rank, anew OR rank_of(whom) = '', caller, now(), false,
                now() + interval '7 days', '', '');
        INSERT INTO community_staffchange (at, kind, member_id, rank, by_id)
        VALUES (now(), 'invited', whom, its_rank, caller);
        RETURN invitation;
    END $$;

-- The second. Whoever is to start anew gets a link, of which only the hash is kept; a colleague has their rank.
CREATE FUNCTION second_invitation(invitation uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller uuid := administrator_who_asks();
        it community_invitation;
        address text;
    BEGIN
        SELECT * INTO it FROM community_invitation
         WHERE id = invitation AND seconded_at IS NULL AND withdrawn_at IS NULL AND expires_at > now() FOR UPDATE;
        SELECT lower(email) INTO address FROM community_member WHERE id = it.member_id AND is_active FOR NO KEY UPDATE;
        IF address IS NULL THEN
            PERFORM refuse_rank('not_standing');
        ELSIF it.invited_by_id = caller THEN
            PERFORM refuse_rank('another_second_word');
        ELSIF it.member_id = caller THEN
            PERFORM refuse_rank('not_of_oneself');
        ELSIF NOT is_administrator(it.invited_by_id) THEN
            PERFORM refuse_rank('first_word_is_void');
        END IF;
        INSERT INTO community_staffchange (at, kind, member_id, rank, by_id)
        VALUES (now(), CASE WHEN it.starts_anew THEN 'seconded' ELSE 'changed' END, it.member_id, it.rank, caller);
        IF it.starts_anew THEN
            UPDATE community_invitation
               SET seconded_by_id = caller, seconded_at = now(), expires_at = now() + interval '7 days',
                   sent_to = address
             WHERE id = invitation;
        ELSE
            UPDATE community_invitation SET seconded_by_id = caller, seconded_at = now(), accepted_at = now()
             WHERE id = invitation;
            PERFORM give_rank(it.member_id, it.rank);
        END IF;
    END $$;

CREATE FUNCTION withdraw_invitation(invitation uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller uuid := administrator_who_asks();
        it community_invitation;
    BEGIN
        UPDATE community_invitation SET withdrawn_at = now(), digest = ''
         WHERE id = invitation AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > now()
        RETURNING * INTO it;
        IF it.id IS NULL THEN
            PERFORM refuse_rank('not_standing');
        END IF;
        INSERT INTO community_staffchange (at, kind, member_id, rank, by_id)
        VALUES (now(), 'withdrawn', it.member_id, it.rank, caller);
    END $$;

-- Taking away is one administrator's word, and at once: what the rank opened is shut.
CREATE FUNCTION take_rank(whom uuid, leaving text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller uuid := administrator_who_asks();
        ranks text[] := ARRAY['', 'moderator', 'senior', 'administrator'];
    BEGIN
        PERFORM FROM community_member WHERE id = whom FOR NO KEY UPDATE;
        IF whom = caller THEN
            PERFORM refuse_rank('not_of_oneself');
        ELSIF array_position(ranks, leaving) < array_position(ranks, rank_of(whom)) IS NOT TRUE THEN
            PERFORM refuse_rank('not_a_lower_rank');
        END IF;
        PERFORM give_rank(whom, leaving);
        DELETE FROM community_session WHERE member_id = whom AND door = 'desk';
        UPDATE community_invitation SET withdrawn_at = now(), digest = ''
         WHERE member_id = whom AND accepted_at IS NULL AND withdrawn_at IS NULL;
        INSERT INTO community_staffchange (at, kind, member_id, rank, by_id)
        VALUES (now(), CASE leaving WHEN '' THEN 'removed' ELSE 'changed' END, whom, leaving, caller);
    END $$;
"""

UNDO_WORDS = """
DROP FUNCTION take_rank(uuid, text);
DROP FUNCTION withdraw_invitation(uuid);
DROP FUNCTION second_invitation(uuid);
DROP FUNCTION invite_to_desk(uuid, text, boolean);
"""

LINK = """
-- Whom a link is for. One that was used, taken back or outlived, and a wrong one, are nobody's.
CREATE FUNCTION invitation_presented(secret text) RETURNS SETOF community_invitation LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT i.* FROM community_invitation AS i JOIN community_member AS m ON m.id = i.member_id
         WHERE i.digest = encode(sha256(convert_to(secret, 'UTF8')), 'hex')
           AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > now()
           AND both_words_stand(i) AND m.is_active AND lower(m.email) = i.sent_to
    $$;

-- What was set up before, at whichever door and by whomever, opens the desk to nobody.
CREATE FUNCTION accept_invitation(secret text, new_password text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it community_invitation;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('ranks'));
        SELECT * INTO it FROM invitation_presented(secret);
        PERFORM FROM community_member WHERE id = it.member_id FOR NO KEY UPDATE;
        IF it.id IS NULL OR new_password !~ '^[a-z0-9_]+[$]' THEN
            PERFORM refuse_rank('not_standing');
        ELSIF current_member() IS DISTINCT FROM it.member_id THEN
            PERFORM refuse_rank('for_someone_else');
        END IF;
        UPDATE community_invitation SET accepted_at = now(), digest = '' WHERE id = it.id;
        UPDATE community_member SET password = new_password WHERE id = it.member_id;
        DELETE FROM mfa_authenticator WHERE user_id = it.member_id;
        DELETE FROM community_session WHERE member_id = it.member_id;
        PERFORM give_rank(it.member_id, it.rank);
        INSERT INTO community_staffchange (at, kind, member_id, rank, by_id)
        VALUES (now(), 'accepted', it.member_id, it.rank, it.member_id);
    END $$;
"""

UNDO_LINK = """
DROP FUNCTION accept_invitation(text, text);
DROP FUNCTION invitation_presented(text);
"""

TELL = """
-- A colleague whose account is closed: that too is told, and ends what is open.
CREATE FUNCTION closing_a_colleague_is_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        DELETE FROM community_session WHERE member_id = OLD.id AND door = 'desk';
        INSERT INTO community_staffchange (at, kind, member_id, rank, by_id)
        VALUES (now(), 'closed', OLD.id, '', current_member());
        RETURN NULL;
    END $$;
CREATE TRIGGER closing_a_colleague_is_told AFTER UPDATE OF is_active ON community_member
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active AND (OLD.is_staff OR OLD.is_superuser))
    EXECUTE FUNCTION closing_a_colleague_is_told();

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

-- Of the invitations that both have spoken for, one that has no link yet: from now on it has this one. Nobody at the desk
-- ever knows it, else whoever spoke second could come in as the invited.
CREATE FUNCTION link_invitation(its_digest text)
    RETURNS TABLE (member uuid, rank text, address text, language text, works_here boolean)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        UPDATE community_invitation AS i SET digest = its_digest
          FROM community_member AS m
         WHERE m.id = i.member_id AND its_digest ~ '^[0-9a-f]{64}$'
           AND i.id = (SELECT w.id FROM community_invitation AS w
                        WHERE w.starts_anew AND w.digest = '' AND w.seconded_at IS NOT NULL AND w.accepted_at IS NULL
                          AND w.withdrawn_at IS NULL AND w.expires_at > now() AND both_words_stand(w)
                        ORDER BY w.seconded_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING m.id, i.rank::text, i.sent_to::text, m.language::text, m.is_staff
    $$;

-- What is older than two years.
CREATE FUNCTION clear_staff_records() RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        DELETE FROM community_staffchange WHERE at < now() - interval '2 years';
        DELETE FROM community_invitation WHERE greatest(expires_at, invited_at) < now() - interval '2 years';
    $$;
"""

UNDO_TELL = """
DROP FUNCTION clear_staff_records();
DROP FUNCTION link_invitation(text);
DROP FUNCTION staff_change_told(bigint);
DROP TRIGGER closing_a_colleague_is_told ON community_member;
DROP FUNCTION closing_a_colleague_is_told();
"""

# Who may call what; the inner ones are called by triggers and by each other alone.
FOR_THE_DESK = (
    "invite_to_desk(uuid, text, boolean), second_invitation(uuid), withdraw_invitation(uuid), "
    "take_rank(uuid, text), invitation_presented(text), accept_invitation(text, text)"
)
FOR_THE_WORKER = "staff_change_told(bigint), link_invitation(text), clear_staff_records()"
INNER = (
    "refuse_rank(text), is_administrator(uuid), rank_of(uuid), give_rank(uuid, text), administrator_who_asks(), "
    "both_words_stand(community_invitation), closing_a_colleague_is_told()"
)
CALLED = f"""
REVOKE EXECUTE ON FUNCTION {FOR_THE_DESK}, {INNER}, {FOR_THE_WORKER} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {FOR_THE_DESK} TO lusotown_desk;
GRANT EXECUTE ON FUNCTION {FOR_THE_WORKER} TO lusotown_worker;
"""

GUARD = """
CREATE OR REPLACE FUNCTION desk_gives_ranks_by_its_administrators() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller uuid := current_member();
        own text[] := ARRAY['password', 'last_login', 'language'];
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.is_staff OR NEW.is_superuser THEN
                RAISE insufficient_privilege USING MESSAGE = 'a rank takes the word of two administrators';
            END IF;
            RETURN NEW;
        ELSIF (NEW.is_staff, NEW.is_superuser) IS DISTINCT FROM (OLD.is_staff, OLD.is_superuser) THEN
            RAISE insufficient_privilege USING MESSAGE = 'a rank takes the word of two administrators';
        ELSIF (NOT works_at_the_desk() OR caller = OLD.id)
              AND to_jsonb(NEW) - own IS DISTINCT FROM to_jsonb(OLD) - own THEN
            RAISE insufficient_privilege USING MESSAGE = 'only others who work at the desk change this';
        ELSIF NOT (OLD.is_staff OR OLD.is_superuser) OR caller = OLD.id THEN
            RETURN NEW;
        ELSIF NEW.is_active AND NOT OLD.is_active THEN
            RAISE insufficient_privilege USING MESSAGE = 'whoever comes back is invited anew';
        ELSIF administers() THEN
            IF NEW.password IS DISTINCT FROM OLD.password THEN
                RAISE insufficient_privilege USING MESSAGE = 'new keys take the word of two administrators';
            END IF;
        ELSIF (NEW.password, NEW.email, NEW.is_active) IS DISTINCT FROM (OLD.password, OLD.email, OLD.is_active)
              AND NULLIF(current_setting('app.signing_in', true), '') IS DISTINCT FROM OLD.id::text
              AND NULLIF(current_setting('app.signing_in', true), '') IS DISTINCT FROM lower(OLD.email) THEN
            RAISE insufficient_privilege USING MESSAGE = 'only an administrator changes the account of a colleague';
        END IF;
        RETURN NEW;
    END $$;
"""

UNDO_GUARD = """
CREATE OR REPLACE FUNCTION desk_gives_ranks_by_its_administrators() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        caller uuid := current_member();
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF (NEW.is_staff OR NEW.is_superuser) AND NOT administers() THEN
                RAISE insufficient_privilege USING MESSAGE = 'only an administrator gives someone a place at the desk';
            END IF;
        ELSIF NOT works_at_the_desk() AND to_jsonb(NEW) - ARRAY['password', 'last_login', 'language']
              IS DISTINCT FROM to_jsonb(OLD) - ARRAY['password', 'last_login', 'language'] THEN
            RAISE insufficient_privilege USING MESSAGE = 'only those who work at the desk change this';
        ELSIF (NEW.is_staff, NEW.is_superuser) IS DISTINCT FROM (OLD.is_staff, OLD.is_superuser)
              AND (caller IS NOT DISTINCT FROM OLD.id OR NOT administers()) THEN
            RAISE insufficient_privilege USING MESSAGE = 'only another administrator changes a rank';
        ELSIF OLD.is_staff AND caller IS DISTINCT FROM OLD.id AND NOT administers()
              AND (NEW.password, NEW.email, NEW.is_active) IS DISTINCT FROM (OLD.password, OLD.email, OLD.is_active)
              AND NULLIF(current_setting('app.signing_in', true), '') IS DISTINCT FROM OLD.id::text
              AND NULLIF(current_setting('app.signing_in', true), '') IS DISTINCT FROM lower(OLD.email) THEN
            RAISE insufficient_privilege USING MESSAGE = 'only an administrator changes the account of a colleague';
        END IF;
        RETURN NEW;
    END $$;
"""

# What groups may do is said in config/privileges.py; who is in them, by the functions above.
GROUPS = """
DROP POLICY administrators_give_memberships ON community_member_groups;
DROP POLICY administrators_give_permissions ON community_member_user_permissions;
DROP POLICY administrators_make_groups ON auth_group;
DROP POLICY administrators_say_what_groups_may ON auth_group_permissions;
"""

UNDO_GROUPS = """
CREATE POLICY administrators_give_memberships ON community_member_groups TO lusotown_desk
    USING (member_id <> (SELECT current_member()) AND (SELECT administers()));
CREATE POLICY administrators_give_permissions ON community_member_user_permissions TO lusotown_desk
    USING (member_id <> (SELECT current_member()) AND (SELECT administers()));
CREATE POLICY administrators_make_groups ON auth_group TO lusotown_desk USING ((SELECT administers()));
CREATE POLICY administrators_say_what_groups_may ON auth_group_permissions TO lusotown_desk
    USING ((SELECT administers()));
"""

READ = """
ALTER TABLE community_invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY administrators_read_invitations ON community_invitation FOR SELECT TO lusotown_desk
    USING ((SELECT administers()));

ALTER TABLE community_staffchange ENABLE ROW LEVEL SECURITY;
CREATE POLICY administrators_read_staff_changes ON community_staffchange FOR SELECT TO lusotown_desk
    USING ((SELECT administers()));
CREATE POLICY worker_reads_what_is_untold ON community_staffchange FOR SELECT TO lusotown_worker
    USING (told_at IS NULL);

ALTER TABLE community_onboarding ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_by_oneself_and_administrators ON community_onboarding FOR SELECT TO lusotown_desk
    USING (member_id = (SELECT current_member()) OR (SELECT administers()));
CREATE POLICY taken_along ON community_onboarding FOR SELECT TO lusotown_worker
    USING (member_id = (SELECT current_member()));
CREATE POLICY one_agrees_for_oneself ON community_onboarding FOR INSERT TO lusotown_desk
    WITH CHECK (member_id = (SELECT current_member()) AND (SELECT works_at_the_desk())
                AND accepted_at BETWEEN now() - interval '1 minute' AND now() + interval '1 minute');

SELECT keep_audit('community_invitation', 'member_id', '{rank,starts_anew,seconded_at,accepted_at,withdrawn_at}', '{digest}');
SELECT keep_audit('community_onboarding', 'member_id', '{version,accepted_at}');
"""

UNDO_READ = """
SELECT forget_audit('community_onboarding');
SELECT forget_audit('community_invitation');
DROP POLICY one_agrees_for_oneself ON community_onboarding;
DROP POLICY taken_along ON community_onboarding;
DROP POLICY read_by_oneself_and_administrators ON community_onboarding;
ALTER TABLE community_onboarding DISABLE ROW LEVEL SECURITY;
DROP POLICY worker_reads_what_is_untold ON community_staffchange;
DROP POLICY administrators_read_staff_changes ON community_staffchange;
ALTER TABLE community_staffchange DISABLE ROW LEVEL SECURITY;
DROP POLICY administrators_read_invitations ON community_invitation;
ALTER TABLE community_invitation DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """A rank, and new keys for a colleague, take the word of two administrators, neither of whom it is about.

    No SQL of the desk's role gives one: its right to change the columns and groups is gone, and the functions here ask
    who speaks. Taking a rank away takes one administrator and works at once. An invitation is accepted with a link that
    only its member's mail held, and begins with keys of their own; whoever spoke for it must still be an administrator
    then. Nobody changes their own account at the desk but its password and language. Every change is written down for
    the worker to tell the other administrators, once; nobody writes or changes what is written but the functions.
    """

    dependencies = [("community", "0085_verification_scopes")]

    operations = [
        migrations.RunSQL(ASK, UNDO_ASK),
        migrations.RunSQL(WORDS, UNDO_WORDS),
        migrations.RunSQL(LINK, UNDO_LINK),
        migrations.RunSQL(TELL, UNDO_TELL),
        migrations.RunSQL(CALLED, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, UNDO_GUARD),
        migrations.RunSQL(GROUPS, UNDO_GROUPS),
        migrations.RunSQL(READ, UNDO_READ),
    ]
