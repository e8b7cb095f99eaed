from django.db import migrations

TABLES = """
ALTER TABLE community_matchingchoice
    ADD CONSTRAINT matchingchoice_goes_with_its_member
        FOREIGN KEY (member_id) REFERENCES community_member ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE community_matchingchoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_keeps_own_choice ON community_matchingchoice
    USING (member_id = (SELECT current_member()));

-- For each value a row of bits: at each member's place, whether they show it. One row for what members see,
-- one (is_guarded) for what only verified members see; 'verified' says who they are. All are equally long.
CREATE TABLE community_matchingbits (
    value text NOT NULL,
    is_guarded boolean NOT NULL,
    bits bit varying NOT NULL,
    PRIMARY KEY (value, is_guarded)
);
ALTER TABLE community_matchingbits ALTER bits SET STORAGE EXTERNAL;  -- packing would cost more than it saves
ALTER TABLE community_matchingbits ENABLE ROW LEVEL SECURITY;  -- no policy: only the functions below read it
INSERT INTO community_matchingbits VALUES ('verified', false, repeat('0', 1024)::varbit);
"""

UNDO_TABLES = """
DROP TABLE community_matchingbits;
DROP POLICY member_keeps_own_choice ON community_matchingchoice;
ALTER TABLE community_matchingchoice DISABLE ROW LEVEL SECURITY;
ALTER TABLE community_matchingchoice DROP CONSTRAINT matchingchoice_goes_with_its_member;
"""

HELPERS = """
CREATE FUNCTION london_today() RETURNS date LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT (now() AT TIME ZONE 'Europe/London')::date $$;

-- 0 for members, 1 for verified members, 2 for nobody. Anyone and members are one here: only members are matched.
CREATE FUNCTION narrowness(visibility text) RETURNS integer LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
    AS $$ SELECT CASE visibility WHEN 'private' THEN 2 WHEN 'verified' THEN 1 ELSE 0 END $$;

-- What two members share and each may see of the other: the same whoever of them asks.
CREATE FUNCTION in_common(a community_matchingchoice, b community_matchingchoice) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
        SELECT ARRAY(
            (SELECT unnest(a.to_members) UNION ALL SELECT unnest(a.to_verified) WHERE b.is_verified)
            INTERSECT
            (SELECT unnest(b.to_members) UNION ALL SELECT unnest(b.to_verified) WHERE a.is_verified)
            ORDER BY 1)
    $$;

-- The values of one kind, by their slugs.
CREATE FUNCTION of_kind(kind text, given text[]) RETURNS text[] LANGUAGE sql IMMUTABLE
    AS $$ SELECT ARRAY(SELECT split_part(v, ':', 2) FROM unnest(given) AS v WHERE split_part(v, ':', 1) = kind) $$;

-- Where the ones are, from 0 on: the gaps between them are split off as text, which is fast.
CREATE FUNCTION places_in(given bit varying) RETURNS SETOF integer LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT (sum(length(gap) + 1) OVER (ORDER BY n) - 1)::integer
          FROM unnest(string_to_array(given::text, '1')) WITH ORDINALITY AS gaps (gap, n)
         LIMIT bit_count(given)
    $$;
"""

UNDO_HELPERS = """
DROP FUNCTION places_in(bit varying);
DROP FUNCTION of_kind(text, text[]);
DROP FUNCTION in_common(community_matchingchoice, community_matchingchoice);
DROP FUNCTION narrowness(text);
DROP FUNCTION london_today();
"""

KEEP = """
-- Bring a member's bits from how they stood to how they stand; either may be NULL.
CREATE FUNCTION matching_bits(was community_matchingchoice, now_is community_matchingchoice) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        here integer := coalesce(now_is.place, was.place);
        wide integer;
        difference record;
    BEGIN
        -- One at a time, so that no two wait for each other's rows; it takes milliseconds.
        PERFORM pg_advisory_xact_lock(hashtext('community_matchingbits'));
        SELECT length(bits) INTO wide FROM community_matchingbits WHERE value = 'verified';
        IF here >= wide THEN
            wide := here + 8192;
            UPDATE community_matchingbits SET bits = bits || repeat('0', wide - length(bits))::varbit;
        END IF;
        FOR difference IN
            SELECT value, is_guarded, sum(bit) AS bit
              FROM (SELECT unnest(was.to_members) AS value, false AS is_guarded, 0 AS bit
                    UNION ALL SELECT unnest(was.to_verified), true, 0
                    UNION ALL SELECT 'verified', false, 0 WHERE was.is_verified
                    UNION ALL SELECT unnest(now_is.to_members), false, 1
                    UNION ALL SELECT unnest(now_is.to_verified), true, 1
                    UNION ALL SELECT 'verified', false, 1 WHERE now_is.is_verified) AS both_states
             GROUP BY value, is_guarded
            HAVING count(*) = 1
        LOOP
            UPDATE community_matchingbits AS b SET bits = set_bit(b.bits, here, difference.bit::integer)
             WHERE b.value = difference.value AND b.is_guarded = difference.is_guarded;
            IF NOT FOUND THEN
                INSERT INTO community_matchingbits
                VALUES (difference.value, difference.is_guarded, set_bit(repeat('0', wide)::varbit, here, 1));
            END IF;
        END LOOP;
    END $$;
REVOKE EXECUTE ON FUNCTION matching_bits(community_matchingchoice, community_matchingchoice) FROM PUBLIC;

-- All bits anew from the choices: after a bulk load with the triggers off, or should anyone doubt them.
CREATE FUNCTION matching_bits_anew() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE wide integer := (SELECT coalesce(max(place), 0) + 8192 FROM community_matchingchoice);
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('community_matchingbits'));
        DELETE FROM community_matchingbits;
        INSERT INTO community_matchingbits
        SELECT value, is_guarded,
               (string_agg(repeat('0', gap) || '1', '' ORDER BY place) || repeat('0', wide - 1 - max(place)))::varbit
          FROM (SELECT value, is_guarded, place,
                       place - 1 - lag(place, 1, -1) OVER (PARTITION BY value, is_guarded ORDER BY place) AS gap
                  FROM (SELECT unnest(to_members) AS value, false AS is_guarded, place FROM community_matchingchoice
                        UNION ALL SELECT unnest(to_verified), true, place FROM community_matchingchoice
                        UNION ALL SELECT 'verified', false, place FROM community_matchingchoice WHERE is_verified) AS v
               ) AS gaps
         GROUP BY value, is_guarded;
        INSERT INTO community_matchingbits VALUES ('verified', false, repeat('0', wide)::varbit) ON CONFLICT DO NOTHING;
    END $$;
REVOKE EXECUTE ON FUNCTION matching_bits_anew() FROM PUBLIC;

-- See how a member stands, and keep it. A change they made themselves is counted, five a day in London, and what
-- one request changes counts once. The sixth is refused, unless it only hides: that is never too much.
CREATE FUNCTION matching_stand(who uuid, is_own boolean, is_hiding boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        was community_matchingchoice;
        now_is community_matchingchoice;
        request text := coalesce(current_setting('app.request', true), '');
    BEGIN
        SELECT * INTO was FROM community_matchingchoice WHERE member_id = who FOR UPDATE;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        now_is := was;
        SELECT p.heritage_verified_at IS NOT NULL, p.visibility = 'verified'
          INTO now_is.is_verified, now_is.is_guarded
          FROM community_member AS m JOIN community_profile AS p ON p.member_id = m.id
         WHERE m.id = who AND m.is_active AND p.withdrawn_at IS NULL AND p.visibility <> 'private'
           AND was.opted_in_at IS NOT NULL;
        now_is.is_standing := FOUND;
        IF FOUND THEN
            SELECT coalesce(array_agg(value ORDER BY value) FILTER (WHERE narrow = 0), '{}'),
                   coalesce(array_agg(value ORDER BY value) FILTER (WHERE narrow = 1), '{}')
              INTO now_is.to_members, now_is.to_verified
              FROM (SELECT DISTINCT 'region:' || unnest(regions) AS value, narrowness(visibility) AS narrow
                      FROM community_heritage WHERE profile_id = who
                    UNION ALL
                    SELECT DISTINCT 'interest:' || unnest(chosen), narrowness(visibility)
                      FROM community_interests WHERE profile_id = who) AS said;
            IF now_is.is_guarded THEN
                now_is.to_verified := now_is.to_verified || now_is.to_members;
                now_is.to_members := '{}';
            END IF;
        ELSE
            now_is.is_verified := false;
            now_is.is_guarded := false;
            now_is.to_members := '{}';
            now_is.to_verified := '{}';
        END IF;
        IF now_is = was THEN
            RETURN;
        END IF;
        IF is_own THEN
            IF was.changed_on IS DISTINCT FROM london_today() THEN
                now_is.changes := 0;
                now_is.changed_in := '';
            END IF;
            IF request = '' OR now_is.changed_in <> request THEN
                now_is.changes := now_is.changes + 1;
            END IF;
            IF now_is.changes > 5 AND NOT is_hiding THEN
                RAISE check_violation USING CONSTRAINT = 'five_matching_changes_a_day',
                    MESSAGE = 'what others are matched with changes at most five times a day';
            END IF;
            now_is.changed_on := london_today();
            now_is.changed_in := request;
        END IF;
        UPDATE community_matchingchoice
           SET is_standing = now_is.is_standing, is_verified = now_is.is_verified, is_guarded = now_is.is_guarded,
               to_members = now_is.to_members, to_verified = now_is.to_verified,
               changes = now_is.changes, changed_on = now_is.changed_on, changed_in = now_is.changed_in
         WHERE member_id = who;
        PERFORM matching_bits(was, now_is);
    END $$;
REVOKE EXECUTE ON FUNCTION matching_stand(uuid, boolean, boolean) FROM PUBLIC;

-- Whoever opts in begins at the beginning, whatever was written into the row.
CREATE FUNCTION matching_choice_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        NEW.place := nextval(pg_get_serial_sequence('community_matchingchoice', 'place'));
        NEW.active_on := london_today();
        NEW.is_standing := false;
        NEW.is_verified := false;
        NEW.is_guarded := false;
        NEW.to_members := '{}';
        NEW.to_verified := '{}';
        NEW.changes := 0;
        NEW.changed_on := NULL;
        NEW.changed_in := '';
        RETURN NEW;
    END $$;
CREATE TRIGGER matching_choice_made BEFORE INSERT ON community_matchingchoice
    FOR EACH ROW EXECUTE FUNCTION matching_choice_made();

CREATE FUNCTION matching_choice_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM matching_stand(NEW.member_id, true, NEW.opted_in_at IS NULL);
        RETURN NULL;
    END $$;
CREATE TRIGGER matching_choice_changed AFTER INSERT OR UPDATE OF opted_in_at ON community_matchingchoice
    FOR EACH ROW EXECUTE FUNCTION matching_choice_changed();

CREATE FUNCTION matching_choice_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM matching_bits(OLD, NULL);
        RETURN NULL;
    END $$;
CREATE TRIGGER matching_choice_gone AFTER DELETE ON community_matchingchoice
    FOR EACH ROW EXECUTE FUNCTION matching_choice_gone();

-- Taking a section away hides it, and so does letting fewer people see the same.
CREATE FUNCTION matching_section_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            PERFORM matching_stand(OLD.profile_id, true, true);
        ELSIF TG_OP = 'INSERT' THEN
            PERFORM matching_stand(NEW.profile_id, true, false);
        ELSE
            PERFORM matching_stand(
                NEW.profile_id, true,
                narrowness(NEW.visibility) > narrowness(OLD.visibility)
                AND to_jsonb(NEW) - '{visibility,updated_at}'::text[]
                    = to_jsonb(OLD) - '{visibility,updated_at}'::text[]);
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER heritage_to_matching AFTER INSERT OR UPDATE OR DELETE ON community_heritage
    FOR EACH ROW EXECUTE FUNCTION matching_section_changed();
CREATE TRIGGER interests_to_matching AFTER INSERT OR UPDATE OR DELETE ON community_interests
    FOR EACH ROW EXECUTE FUNCTION matching_section_changed();

-- The badge and being withdrawn are not the member's own doing, and count as no change.
CREATE FUNCTION matching_profile_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM matching_stand(
            OLD.member_id,
            TG_OP = 'UPDATE' AND NEW.visibility <> OLD.visibility,
            TG_OP = 'DELETE' OR narrowness(NEW.visibility) > narrowness(OLD.visibility));
        RETURN NULL;
    END $$;
CREATE TRIGGER profile_to_matching AFTER DELETE OR UPDATE OF visibility, withdrawn_at, heritage_verified_at
    ON community_profile FOR EACH ROW EXECUTE FUNCTION matching_profile_changed();

CREATE FUNCTION matching_member_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM matching_stand(NEW.id, false, false);
        RETURN NULL;
    END $$;
CREATE TRIGGER member_to_matching AFTER UPDATE OF is_active ON community_member
    FOR EACH ROW WHEN (OLD.is_active <> NEW.is_active) EXECUTE FUNCTION matching_member_changed();
"""

UNDO_KEEP = """
DROP TRIGGER member_to_matching ON community_member;
DROP FUNCTION matching_member_changed();
DROP TRIGGER profile_to_matching ON community_profile;
DROP FUNCTION matching_profile_changed();
DROP TRIGGER interests_to_matching ON community_interests;
DROP TRIGGER heritage_to_matching ON community_heritage;
DROP FUNCTION matching_section_changed();
DROP TRIGGER matching_choice_gone ON community_matchingchoice;
DROP FUNCTION matching_choice_gone();
DROP TRIGGER matching_choice_changed ON community_matchingchoice;
DROP FUNCTION matching_choice_changed();
DROP TRIGGER matching_choice_made ON community_matchingchoice;
DROP FUNCTION matching_choice_made();
DROP FUNCTION matching_stand(uuid, boolean, boolean);
DROP FUNCTION matching_bits_anew();
DROP FUNCTION matching_bits(community_matchingchoice, community_matchingchoice);
"""

ASK = """
-- The reader's best matches. How many values each shares with the reader is added up for everybody at once, in
-- binary over rows of bits, two values at a time (s1 the ones, s2 the twos … s32: people say up to 40 things);
-- then the highest sums are picked slice by slice. It is exact, and does not mind which values are common.
CREATE FUNCTION best_matches(most integer) RETURNS TABLE (member_id uuid, regions text[], interests text[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        me community_matchingchoice;
        nobody bit varying;   -- all bits 0
        others bit varying;   -- everyone but the reader and who is out of their sight
        badges bit varying;   -- the verified among them
        mine record;
        odd bit varying;      -- of each two values the first
        x bit varying;
        y bit varying;
        carry bit varying;
        n integer := 0;
        s1 bit varying; s2 bit varying; s4 bit varying; s8 bit varying; s16 bit varying; s32 bit varying;
        interested bit varying;
        slice bit varying;
        best bit varying;     -- surely among the best
        even bit varying;     -- those who share equally many as the last of them
        shared integer := 0;  -- how many that is
        sure integer := 0;
        hidden integer;
        chosen integer[];
    BEGIN
        SELECT * INTO me FROM community_matchingchoice AS c WHERE c.member_id = current_member() AND c.is_standing;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        SELECT bits INTO badges FROM community_matchingbits WHERE value = 'verified';
        nobody := badges # badges;
        others := set_bit(~nobody, me.place, 0);
        FOR hidden IN
            SELECT c.place FROM community_block AS b JOIN community_matchingchoice AS c ON c.member_id = b.blocked_id
             WHERE b.blocker_id = me.member_id
            UNION
            SELECT c.place FROM community_block AS b JOIN community_matchingchoice AS c ON c.member_id = b.blocker_id
             WHERE b.blocked_id = me.member_id
        LOOP
            others := set_bit(others, hidden, 0);
        END LOOP;
        badges := badges & others;
        s1 := nobody; s2 := nobody; s4 := nobody; s8 := nobody; s16 := nobody; s32 := nobody; interested := nobody;

        FOR mine IN
            SELECT m.value, m.is_guarded, shown.bits AS shown, guarded.bits AS guarded
              FROM (SELECT unnest(me.to_members) AS value, false AS is_guarded
                    UNION ALL SELECT unnest(me.to_verified), true
                    UNION ALL SELECT '', false  -- nobody's, to make pairs of an odd number
                     WHERE (cardinality(me.to_members) + cardinality(me.to_verified)) % 2 = 1) AS m
              LEFT JOIN community_matchingbits AS shown ON shown.value = m.value AND NOT shown.is_guarded
              LEFT JOIN community_matchingbits AS guarded
                     ON guarded.value = m.value AND guarded.is_guarded AND me.is_verified
        LOOP
            n := n + 1;
            x := CASE WHEN mine.guarded IS NULL THEN coalesce(mine.shown, nobody)
                      ELSE coalesce(mine.shown, nobody) | mine.guarded END
                 & CASE WHEN mine.is_guarded THEN badges ELSE others END;
            IF starts_with(mine.value, 'interest:') THEN
                interested := interested | x;
            END IF;
            IF n % 2 = 1 THEN
                odd := x;
                CONTINUE;
            END IF;
            y := odd # x;
            carry := (odd & x) | (s1 & y); s1 := s1 # y;
            x := s2 & carry; s2 := s2 # carry;
            IF n >= 4 THEN carry := s4 & x; s4 := s4 # x; END IF;
            IF n >= 8 THEN x := s8 & carry; s8 := s8 # carry; END IF;
            IF n >= 16 THEN carry := s16 & x; s16 := s16 # x; END IF;
            IF n >= 32 THEN s32 := s32 # carry; END IF;
        END LOOP;

        best := nobody;
        even := s1 | s2 | s4 | s8 | s16 | s32;
        FOREACH slice IN ARRAY ARRAY[s32, s16, s8, s4, s2, s1] LOOP
            x := even & slice;
            IF sure + bit_count(x) >= most THEN
                even := x;
                shared := shared * 2 + 1;
            ELSE
                best := best | x;
                sure := sure + bit_count(x);
                even := even & ~slice;
                shared := shared * 2;
            END IF;
        END LOOP;
        -- Of one or two shared values an interest is worth more than a region; of more, all score 1.
        IF shared IN (1, 2) THEN
            x := even & interested;
            IF sure + bit_count(x) >= most THEN
                even := x;
            ELSE
                best := best | x;
                sure := sure + bit_count(x);
                even := even & ~x;
            END IF;
        END IF;

        -- The last places go to whoever was here most recently. Few: look each up. Many: walk from the most recent on.
        IF bit_count(even) <= 1000 THEN
            chosen := ARRAY(SELECT c.place FROM places_in(even) AS found (place)
                              JOIN community_matchingchoice AS c USING (place)
                             ORDER BY c.active_on DESC, c.place LIMIT most - sure);
        ELSE
            chosen := ARRAY(SELECT c.place FROM community_matchingchoice AS c
                             WHERE c.is_standing AND get_bit(even, c.place) = 1
                             ORDER BY c.active_on DESC, c.place LIMIT most - sure);
        END IF;
        RETURN QUERY
        SELECT c.member_id, said.regions, said.interests
          FROM community_matchingchoice AS c
         CROSS JOIN LATERAL (SELECT in_common(me, c) AS both_say OFFSET 0) AS common
         CROSS JOIN LATERAL (SELECT of_kind('region', both_say) AS regions,
                                    of_kind('interest', both_say) AS interests OFFSET 0) AS said
         WHERE c.place = ANY (chosen || ARRAY(SELECT places_in(best)))
         ORDER BY least(10, 3 + 3 * cardinality(said.regions) + 4 * cardinality(said.interests)) DESC,
                  cardinality(both_say) DESC, c.active_on DESC, c.place;
    END $$;

-- What the reader and one other share. No row: one of them is not matched, or may not see the other.
CREATE FUNCTION compatibility_with(other uuid) RETURNS TABLE (regions text[], interests text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT of_kind('region', both_say), of_kind('interest', both_say)
          FROM community_matchingchoice AS me
          JOIN community_matchingchoice AS they ON they.member_id = other
         CROSS JOIN LATERAL (SELECT in_common(me, they) AS both_say) AS common
         WHERE me.member_id = current_member() AND other <> current_member()
           AND me.is_standing AND they.is_standing
           AND (they.is_verified OR NOT me.is_guarded) AND (me.is_verified OR NOT they.is_guarded)
           AND NOT is_out_of_sight(other)
    $$;

-- The reader was here today. Writes once a day at most.
CREATE FUNCTION active_today() RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        UPDATE community_matchingchoice SET active_on = london_today()
         WHERE member_id = current_member() AND active_on < london_today()
    $$;
"""

UNDO_ASK = """
DROP FUNCTION active_today();
DROP FUNCTION compatibility_with(uuid);
DROP FUNCTION best_matches(integer);
"""


class Migration(migrations.Migration):
    """Members who opted in are matched by what both show each other; nothing else is ever looked at.

    A member reads and changes their own choice alone. What of them may be looked at is kept beside it by
    triggers: each region and interest they show, to members or to verified members only, and never more
    than they show of their profile; nothing while they are withdrawn, closed or private. A value counts for
    a pair only if each of the two may see the other's, so a score is the same from either side.

    What others' scores see of a member changes by their own doing at most five times a day.
    """

    dependencies = [("community", "0030_matching")]

    operations = [
        migrations.RunSQL(TABLES, UNDO_TABLES),
        migrations.RunSQL(HELPERS, UNDO_HELPERS),
        migrations.RunSQL(KEEP, UNDO_KEEP),
        migrations.RunSQL(ASK, UNDO_ASK),
    ]
