from django.db import migrations

ASK = """
CREATE SEQUENCE verification_case_number START 1000;

-- How a rule says no: its name reaches whoever asked as the constraint that was hurt (verification/cases.py).
CREATE FUNCTION refuse(rule text) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        RAISE insufficient_privilege USING MESSAGE = rule, CONSTRAINT = rule;
    END $$;

-- Its member first, then the case, as erasing does: whoever asks for both never waits for one who waits for them.
CREATE FUNCTION lock_case(its_case uuid) RETURNS verification_case LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case;
    BEGIN
        PERFORM FROM community_member WHERE id = (SELECT member_id FROM verification_case WHERE id = its_case)
            FOR KEY SHARE;
        SELECT * INTO it FROM verification_case WHERE id = its_case FOR UPDATE;
        IF NOT FOUND THEN
            PERFORM refuse('case_not_found');
        END IF;
        RETURN it;
    END $$;

-- Businesses that someone runs, says to run, or organises events at.
CREATE FUNCTION businesses_of(someone uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT business_id FROM verification_listingrequest
         WHERE member_id = someone AND kind = 'claim' AND outcome <> 'refused' AND business_id IS NOT NULL
         UNION
        SELECT business_id FROM events_event WHERE organizer_id = someone AND business_id IS NOT NULL
    $$;

-- What stands between a moderator and a case: what they said, and what the town knows by itself.
CREATE FUNCTION conflicts_of(its_case uuid, its_moderator uuid) RETURNS SETOF text LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$
        SELECT kind FROM verification_conflict
         WHERE moderator_id = its_moderator AND case_id IN (SELECT its_case UNION ALL
               SELECT appeal_of_id FROM verification_case WHERE id = its_case)
         UNION
        SELECT 'business' FROM verification_case AS c
         WHERE c.id = its_case
           AND EXISTS (SELECT businesses_of(c.member_id) INTERSECT SELECT businesses_of(its_moderator))
    $$;

-- Why a moderator may have no part in a case; NULL if they may. Dear to ask: plans leave it to the last.
CREATE FUNCTION recusal_of(its_case uuid, its_moderator uuid) RETURNS text LANGUAGE sql STABLE COST 100000
    SET search_path = public, pg_temp
    AS $$
        SELECT CASE
            WHEN NOT EXISTS (SELECT FROM community_member WHERE id = its_moderator AND is_staff AND is_active)
                THEN 'no_rank'
            WHEN EXISTS (SELECT FROM verification_stop WHERE moderator_id = its_moderator AND lifted_at IS NULL)
                THEN 'stopped'
            WHEN c.member_id = its_moderator THEN 'own_case'
            WHEN EXISTS (SELECT FROM verification_vote AS v
                          WHERE v.case_id = c.id AND v.by_id = its_moderator AND v.verdict <> 'ask')
                THEN 'voted_already'
            WHEN EXISTS (SELECT FROM verification_vote AS v
                          WHERE v.case_id = c.appeal_of_id AND v.by_id = its_moderator)
                THEN 'had_a_part_before'
            WHEN EXISTS (SELECT conflicts_of(c.id, its_moderator)) THEN 'conflict'
        END FROM verification_case AS c WHERE c.id = its_case
    $$;

-- The same, asked by the desk's caller about themselves.
CREATE FUNCTION recusal(its_case uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER COST 100000
    SET search_path = public, pg_temp
    AS $$ SELECT recusal_of(its_case, current_member()) $$;

-- Whether its member has done their part, so that the desk may begin. Each route says more in a later migration.
CREATE FUNCTION case_is_complete(its_case uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp
    AS $$ SELECT true $$;

REVOKE EXECUTE ON FUNCTION refuse(text), lock_case(uuid), businesses_of(uuid), conflicts_of(uuid, uuid),
    recusal_of(uuid, uuid), recusal(uuid), case_is_complete(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recusal(uuid) TO lusotown_desk;
"""

UNDO_ASK = """
DROP FUNCTION case_is_complete(uuid);
DROP FUNCTION recusal(uuid);
DROP FUNCTION recusal_of(uuid, uuid);
DROP FUNCTION conflicts_of(uuid, uuid);
DROP FUNCTION businesses_of(uuid);
DROP FUNCTION lock_case(uuid);
DROP FUNCTION refuse(text);
DROP SEQUENCE verification_case_number;
"""

CASE = """
CREATE FUNCTION case_is_opened() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        is_at_the_site constant boolean := current_door() = 'site';
    BEGIN
        IF is_at_the_site OR NEW.number = 0 THEN
            NEW.number := nextval('verification_case_number');
        END IF;
        PERFORM FROM community_member WHERE id = NEW.member_id FOR KEY SHARE;
        IF NEW.status IN ('pending', 'needs_information') THEN
            -- FOR SHARE: a consent that is being withdrawn at this moment is waited for.
            PERFORM FROM community_consent
              WHERE member_id = NEW.member_id AND purpose = 'verification' AND withdrawn_at IS NULL FOR SHARE;
            IF NOT FOUND THEN
                PERFORM refuse('case_needs_consent');
            END IF;
        END IF;
        IF NEW.appeal_of_id IS NOT NULL THEN
            PERFORM FROM verification_case AS first
              WHERE first.id = NEW.appeal_of_id AND first.member_id = NEW.member_id AND first.route = NEW.route
                AND first.status = 'rejected' AND first.appeal_of_id IS NULL
                AND (first.decided_at > now() - interval '14 days' OR NOT is_at_the_site) FOR UPDATE;
            IF NOT FOUND THEN
                PERFORM refuse('not_to_be_appealed');
            END IF;
        END IF;
        IF is_at_the_site THEN
            NEW.created_at := now();
            -- What there is to say has been said: an appeal waits for the desk at once.
            NEW.waiting_since := CASE WHEN NEW.appeal_of_id IS NOT NULL THEN now() END;
            IF NOT EXISTS (SELECT FROM community_member WHERE id = NEW.member_id AND is_active) THEN
                PERFORM refuse('case_not_found');
            END IF;
            IF EXISTS (SELECT FROM community_profile WHERE member_id = NEW.member_id AND heritage_verified_at IS NOT NULL)
               AND NOT EXISTS (SELECT FROM verification_case
                                WHERE member_id = NEW.member_id AND status = 'approved'
                                  AND expires_at < now() + interval '90 days') THEN
                PERFORM refuse('verified_already');
            END IF;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER case_is_opened BEFORE INSERT ON verification_case
    FOR EACH ROW EXECUTE FUNCTION case_is_opened();

-- For whoever writes, the owner too: a case goes forward, and what was decided stays as it was.
CREATE FUNCTION case_keeps_its_word() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF (NEW.id, NEW.number, NEW.route, NEW.appeal_of_id, NEW.created_at)
               IS DISTINCT FROM (OLD.id, OLD.number, OLD.route, OLD.appeal_of_id, OLD.created_at)
           OR (NEW.member_id IS DISTINCT FROM OLD.member_id AND NEW.member_id IS NOT NULL)
           OR (OLD.decided_at IS NOT NULL
               AND (NEW.decided_at, NEW.reason) IS DISTINCT FROM (OLD.decided_at, OLD.reason))
           OR (OLD.decided_at IS NOT NULL AND NEW.expires_at IS DISTINCT FROM OLD.expires_at
               AND NOT (OLD.status = 'approved' AND NEW.status = 'expired' AND NEW.expires_at <= now()))
           OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
                   ('pending', 'needs_information'), ('pending', 'approved'), ('pending', 'rejected'),
                   ('pending', 'withdrawn'), ('pending', 'expired'),
                   ('needs_information', 'pending'), ('needs_information', 'withdrawn'),
                   ('needs_information', 'expired'), ('approved', 'expired')))
        THEN
            PERFORM refuse('a_decision_stands');
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER case_keeps_its_word BEFORE UPDATE ON verification_case
    FOR EACH ROW EXECUTE FUNCTION case_keeps_its_word();
"""

UNDO_CASE = """
DROP TRIGGER case_keeps_its_word ON verification_case;
DROP FUNCTION case_keeps_its_word();
DROP TRIGGER case_is_opened ON verification_case;
DROP FUNCTION case_is_opened();
"""

VOTE = """
CREATE FUNCTION vote_is_fair() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case;
        bar text;
    BEGIN
        IF NEW.by_id IS DISTINCT FROM current_member() THEN
            PERFORM refuse('vote_of_another');
        END IF;
        it := lock_case(NEW.case_id);
        IF it.waiting_since IS NULL THEN
            PERFORM refuse('not_waiting');
        END IF;
        bar := recusal_of(it.id, NEW.by_id);
        IF bar IS NOT NULL THEN
            PERFORM refuse(bar);
        END IF;
        IF it.claimed_by_id IS DISTINCT FROM NEW.by_id OR it.claimed_until <= clock_timestamp() THEN
            PERFORM refuse('not_claimed');
        END IF;
        NEW.at := clock_timestamp();
        RETURN NEW;
    END $$;
CREATE TRIGGER vote_is_fair BEFORE INSERT ON verification_vote FOR EACH ROW EXECUTE FUNCTION vote_is_fair();

CREATE FUNCTION vote_moves_the_case() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case;
        approvals integer;
        rejections integer;
        outcome text;
    BEGIN
        SELECT * INTO it FROM verification_case WHERE id = NEW.case_id;
        SELECT count(*) FILTER (WHERE verdict = 'approve'), count(*) FILTER (WHERE verdict = 'reject')
          INTO approvals, rejections FROM verification_vote WHERE case_id = NEW.case_id;
        outcome := CASE
            WHEN NEW.verdict = 'ask' THEN 'needs_information'
            WHEN it.appeal_of_id IS NOT NULL AND NEW.verdict = 'approve' THEN 'approved'
            WHEN it.appeal_of_id IS NOT NULL THEN 'rejected'
            WHEN approvals >= 2 OR (approvals = 1 AND rejections = 0 AND it.route <> 'document') THEN 'approved'
            WHEN rejections >= 2 THEN 'rejected'
            ELSE 'pending' END;
        UPDATE verification_case SET
            status = outcome,
            waiting_since = CASE WHEN outcome = 'pending' THEN waiting_since END,
            claimed_by_id = NULL,
            claimed_until = NULL,
            decided_at = CASE WHEN outcome IN ('approved', 'rejected') THEN now() END,
            reason = CASE WHEN outcome = 'rejected' THEN NEW.reason ELSE '' END,
            sentence = CASE WHEN outcome = 'pending' THEN sentence ELSE NEW.sentence END,
            expires_at = CASE WHEN outcome = 'approved' THEN now() + interval '5 years' END
         WHERE id = NEW.case_id;
        IF outcome = 'approved' THEN
            UPDATE community_profile SET heritage_verified_at = coalesce(heritage_verified_at, now())
             WHERE member_id = it.member_id;
            IF NOT FOUND THEN
                PERFORM refuse('case_not_found');
            END IF;
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER vote_moves_the_case AFTER INSERT ON verification_vote
    FOR EACH ROW EXECUTE FUNCTION vote_moves_the_case();

CREATE FUNCTION reply_gives_the_case_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(NEW.case_id);
    BEGIN
        IF it.member_id IS DISTINCT FROM current_member() THEN
            PERFORM refuse('case_not_found');
        ELSIF it.status <> 'needs_information' THEN
            PERFORM refuse('not_asked');
        END IF;
        UPDATE verification_case SET status = 'pending', waiting_since = now() WHERE id = it.id;
        RETURN NULL;
    END $$;
CREATE TRIGGER reply_gives_the_case_back AFTER INSERT ON verification_reply
    FOR EACH ROW EXECUTE FUNCTION reply_gives_the_case_back();

CREATE FUNCTION conflict_frees_the_case() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE verification_case SET claimed_by_id = NULL, claimed_until = NULL
         WHERE id = NEW.case_id AND claimed_by_id = NEW.moderator_id;
        RETURN NULL;
    END $$;
CREATE TRIGGER conflict_frees_the_case AFTER INSERT ON verification_conflict
    FOR EACH ROW EXECUTE FUNCTION conflict_frees_the_case();
"""

UNDO_VOTE = """
DROP TRIGGER conflict_frees_the_case ON verification_conflict;
DROP FUNCTION conflict_frees_the_case();
DROP TRIGGER reply_gives_the_case_back ON verification_reply;
DROP FUNCTION reply_gives_the_case_back();
DROP TRIGGER vote_moves_the_case ON verification_vote;
DROP FUNCTION vote_moves_the_case();
DROP TRIGGER vote_is_fair ON verification_vote;
DROP FUNCTION vote_is_fair();
"""

AT_THE_SITE = """
-- Its member has done their part: from now on it waits for the desk.
CREATE FUNCTION hand_in_case(its_case uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(its_case);
    BEGIN
        IF it.member_id IS DISTINCT FROM current_member() THEN
            PERFORM refuse('case_not_found');
        ELSIF it.status <> 'pending' OR it.waiting_since IS NOT NULL THEN
            PERFORM refuse('ended_already');
        ELSIF NOT case_is_complete(its_case) THEN
            PERFORM refuse('not_complete');
        END IF;
        UPDATE verification_case SET waiting_since = now() WHERE id = its_case;
    END $$;

CREATE FUNCTION withdraw_case(its_case uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(its_case);
    BEGIN
        IF it.member_id IS DISTINCT FROM current_member() THEN
            PERFORM refuse('case_not_found');
        ELSIF it.decided_at IS NOT NULL THEN
            PERFORM refuse('ended_already');
        END IF;
        UPDATE verification_case SET status = 'withdrawn', decided_at = now(), waiting_since = NULL,
                                     claimed_by_id = NULL, claimed_until = NULL, sentence = ''
         WHERE id = its_case;
    END $$;

-- Whatever someone asked for ends: their consent is gone, or they are.
CREATE FUNCTION end_cases_of(someone uuid) RETURNS void LANGUAGE sql
    SET search_path = public, pg_temp
    AS $$
        UPDATE verification_case SET status = 'withdrawn', decided_at = now(), waiting_since = NULL,
                                     claimed_by_id = NULL, claimed_until = NULL, sentence = ''
         WHERE member_id = someone AND status IN ('pending', 'needs_information');
        UPDATE verification_case SET status = 'expired', expires_at = now()
         WHERE member_id = someone AND status = 'approved';
        UPDATE community_profile SET heritage_verified_at = NULL
         WHERE member_id = someone AND heritage_verified_at IS NOT NULL;
    $$;

-- The member before the consent, as everywhere.
CREATE FUNCTION consents_change_after_their_member() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM FROM community_member WHERE id = current_member() FOR KEY SHARE;
        RETURN NULL;
    END $$;
CREATE TRIGGER consents_change_after_their_member BEFORE UPDATE ON community_consent
    FOR EACH STATEMENT EXECUTE FUNCTION consents_change_after_their_member();

CREATE FUNCTION cases_end_with_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM end_cases_of(OLD.member_id);
        RETURN NULL;
    END $$;
CREATE TRIGGER cases_end_with_consent AFTER UPDATE OF withdrawn_at ON community_consent
    FOR EACH ROW WHEN (OLD.purpose = 'verification' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL)
    EXECUTE FUNCTION cases_end_with_consent();

REVOKE EXECUTE ON FUNCTION hand_in_case(uuid), withdraw_case(uuid), end_cases_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hand_in_case(uuid), withdraw_case(uuid) TO lusotown_site;
"""

UNDO_AT_THE_SITE = """
DROP TRIGGER cases_end_with_consent ON community_consent;
DROP FUNCTION cases_end_with_consent();
DROP TRIGGER consents_change_after_their_member ON community_consent;
DROP FUNCTION consents_change_after_their_member();
DROP FUNCTION end_cases_of(uuid);
DROP FUNCTION withdraw_case(uuid);
DROP FUNCTION hand_in_case(uuid);
"""

AT_THE_DESK = """
-- A lease of half an hour, which frees itself; asked for again by whoever holds it, it begins anew.
CREATE FUNCTION claim_case(its_case uuid) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(its_case);
        bar text := recusal_of(its_case, current_member());
        lease constant timestamptz := clock_timestamp() + interval '30 minutes';
    BEGIN
        IF it.waiting_since IS NULL THEN
            PERFORM refuse('not_waiting');
        ELSIF bar IS NOT NULL THEN
            PERFORM refuse(bar);
        ELSIF it.claimed_by_id <> current_member() AND it.claimed_until > clock_timestamp() THEN
            PERFORM refuse('claimed_by_another');
        END IF;
        UPDATE verification_case SET claimed_by_id = current_member(), claimed_until = lease WHERE id = its_case;
        RETURN lease;
    END $$;

-- The longest waiting that the caller may decide and nobody holds; NULL if there is none. Two who ask at once get two.
CREATE FUNCTION claim_next_case(its_language text DEFAULT '', its_route text DEFAULT '') RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        next_case uuid;
    BEGIN
        SELECT id INTO next_case FROM verification_case
         WHERE waiting_since IS NOT NULL AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
           AND its_language IN ('', language) AND its_route IN ('', route)
           AND recusal_of(id, current_member()) IS NULL
         ORDER BY waiting_since, id LIMIT 1 FOR UPDATE SKIP LOCKED;
        UPDATE verification_case
           SET claimed_by_id = current_member(), claimed_until = clock_timestamp() + interval '30 minutes'
         WHERE id = next_case;
        RETURN next_case;
    END $$;

CREATE FUNCTION release_case(its_case uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
        UPDATE verification_case SET claimed_by_id = NULL, claimed_until = NULL
         WHERE id = its_case AND claimed_by_id = current_member()
    $$;

-- An administrator takes a badge back, for a reason that its member reads. The decision stays on record as it was.
CREATE FUNCTION revoke_case(its_case uuid, its_sentence text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        it verification_case := lock_case(its_case);
        bar text := recusal_of(its_case, current_member());
    BEGIN
        IF NOT administers() THEN
            PERFORM refuse('no_rank');
        ELSIF bar IN ('own_case', 'stopped', 'conflict') THEN
            PERFORM refuse(bar);
        ELSIF it.status <> 'approved' OR it.member_id IS NULL OR its_sentence = '' THEN
            PERFORM refuse('ended_already');
        END IF;
        UPDATE verification_case SET status = 'expired', expires_at = now(), sentence = its_sentence
         WHERE id = its_case;
        UPDATE community_profile SET heritage_verified_at = NULL WHERE member_id = it.member_id;
    END $$;

CREATE FUNCTION lift_stop(its_stop uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF NOT administers() THEN
            PERFORM refuse('no_rank');
        ELSIF EXISTS (SELECT FROM verification_stop WHERE moderator_id = current_member() AND lifted_at IS NULL) THEN
            PERFORM refuse('stopped');
        END IF;
        UPDATE verification_stop SET lifted_by_id = current_member(), lifted_at = now()
         WHERE id = its_stop AND lifted_at IS NULL;
    END $$;

REVOKE EXECUTE ON FUNCTION claim_case(uuid), claim_next_case(text, text), release_case(uuid), revoke_case(uuid, text),
    lift_stop(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_case(uuid), claim_next_case(text, text), release_case(uuid), revoke_case(uuid, text),
    lift_stop(uuid) TO lusotown_desk;
"""

UNDO_AT_THE_DESK = """
DROP FUNCTION lift_stop(uuid);
DROP FUNCTION revoke_case(uuid, text);
DROP FUNCTION release_case(uuid);
DROP FUNCTION claim_next_case(text, text);
DROP FUNCTION claim_case(uuid);
"""

AT_NIGHT = """
-- A badge lasts five years; what a member does not go on with lasts sixty days.
CREATE FUNCTION expire_cases() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        due uuid;
        it verification_case;
        expired bigint := 0;
    BEGIN
        FOR due IN
            SELECT id FROM verification_case WHERE status = 'approved' AND expires_at <= now()
            UNION ALL
            SELECT c.id FROM verification_case AS c
             WHERE c.status IN ('pending', 'needs_information') AND c.waiting_since IS NULL
               AND greatest(c.created_at, (SELECT max(v.at) FROM verification_vote AS v WHERE v.case_id = c.id))
                   < now() - interval '60 days'
        LOOP
            it := lock_case(due);
            IF it.status = 'approved' THEN
                UPDATE verification_case SET status = 'expired' WHERE id = due;
                UPDATE community_profile SET heritage_verified_at = NULL
                 WHERE member_id = it.member_id AND NOT EXISTS (
                    SELECT FROM verification_case WHERE member_id = it.member_id AND status = 'approved');
            ELSIF it.decided_at IS NULL AND it.waiting_since IS NULL THEN
                UPDATE verification_case SET status = 'expired', decided_at = now(), sentence = '' WHERE id = due;
            ELSE
                CONTINUE;
            END IF;
            expired := expired + 1;
        END LOOP;
        RETURN expired;
    END $$;

-- What has been kept long enough: two years after it ended, or after the badge it gave was gone.
CREATE FUNCTION clear_cases() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        old uuid[] := ARRAY(
            SELECT c.id FROM verification_case AS c
             WHERE c.status IN ('rejected', 'withdrawn', 'expired')
               AND greatest(c.decided_at, c.expires_at) < now() - interval '2 years'
               AND NOT EXISTS (SELECT FROM verification_case AS a WHERE a.appeal_of_id = c.id
                                  AND (a.status NOT IN ('rejected', 'withdrawn', 'expired')
                                       OR greatest(a.decided_at, a.expires_at) >= now() - interval '2 years')));
    BEGIN
        DELETE FROM verification_vote WHERE case_id = ANY (old);
        DELETE FROM verification_reply WHERE case_id = ANY (old);
        DELETE FROM verification_conflict WHERE case_id = ANY (old);
        DELETE FROM verification_case WHERE id = ANY (old);
    END $$;

REVOKE EXECUTE ON FUNCTION expire_cases(), clear_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION expire_cases(), clear_cases() TO lusotown_worker;
"""

UNDO_AT_NIGHT = "DROP FUNCTION clear_cases(); DROP FUNCTION expire_cases();"


class Migration(migrations.Migration):
    """Who may move a case, and how: held here, for whatever SQL a run-time role may send.

    No role may change or remove a case, a vote, a reply or a conflict. A case moves as a vote or a reply is added, or
    as its member, a moderator, an administrator or the worker asks a function that knows nobody but the caller. A vote
    is refused to whoever works not at the desk, is stopped, asked for the case themselves, stands near to its member,
    has voted, decided before what is now appealed against, or does not hold the lease. Documents and rejections take two
    of one mind; an approval by the other routes takes one, unless another spoke against it; an appeal takes one.
    """

    dependencies = [
        ("verification", "0020_cases"),
        ("events", "0009_former_organizer"),
        ("community", "0081_badge_by_decision"),
    ]

    operations = [
        migrations.RunSQL(ASK, UNDO_ASK),
        migrations.RunSQL(CASE, UNDO_CASE),
        migrations.RunSQL(VOTE, UNDO_VOTE),
        migrations.RunSQL(AT_THE_SITE, UNDO_AT_THE_SITE),
        migrations.RunSQL(AT_THE_DESK, UNDO_AT_THE_DESK),
        migrations.RunSQL(AT_NIGHT, UNDO_AT_NIGHT),
    ]
