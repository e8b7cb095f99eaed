from django.db import migrations

# Half the time went to what was done for each of the twenty (three functions a row, each with a plan of its own) and to
# turning 100,000 bits into text, twice. Here what two share is said in the statement itself, and bits are turned into
# text where there are any, once.
SOONER = """
-- Where the ones are, from 0 on. Only the pieces that have any are split off as text, at their ones, which is fast.
CREATE OR REPLACE FUNCTION places_in(given bit varying) RETURNS SETOF integer LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT s + (sum(length(gap) + 1) OVER (PARTITION BY s ORDER BY n) - 1)::integer
          FROM generate_series(0, length(given) - 1, 512) AS s
         CROSS JOIN LATERAL substring(given FROM s + 1 FOR 512) AS piece
         CROSS JOIN LATERAL unnest(string_to_array(piece::text, '1')) WITH ORDINALITY AS gaps (gap, n)
         WHERE bit_count(piece) > 0 AND n <= bit_count(piece)
    $$;

CREATE OR REPLACE FUNCTION best_matches(most integer) RETURNS TABLE (member_id uuid, regions text[], interests text[])
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
            -- Each value is fetched once: what comes of an operation lies in memory, a column does not.
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
            chosen := ARRAY(SELECT c.place FROM places_in(best | even) AS found (place)
                              JOIN community_matchingchoice AS c USING (place)
                             ORDER BY get_bit(best, c.place) DESC, c.active_on DESC, c.place LIMIT most);
        ELSE
            chosen := ARRAY(SELECT places_in(best)) || ARRAY(
                SELECT c.place FROM community_matchingchoice AS c
                 WHERE c.is_standing AND get_bit(even, c.place) = 1
                 ORDER BY c.active_on DESC, c.place LIMIT most - sure);
        END IF;
        RETURN QUERY
        SELECT c.member_id, coalesce(both_say.regions, '{}'), coalesce(both_say.interests, '{}')
          FROM community_matchingchoice AS c
         CROSS JOIN LATERAL (
                SELECT array_agg(split_part(v, ':', 2) ORDER BY v) FILTER (WHERE starts_with(v, 'region:')) AS regions,
                       array_agg(split_part(v, ':', 2) ORDER BY v) FILTER (WHERE starts_with(v, 'interest:')) AS interests,
                       count(*) AS shared,
                       least(10, 3 + sum(CASE WHEN starts_with(v, 'region:') THEN 3 ELSE 4 END)) AS score
                  FROM unnest(CASE WHEN me.is_verified THEN c.to_members || c.to_verified ELSE c.to_members END) AS v
                 WHERE v = ANY (CASE WHEN c.is_verified THEN me.to_members || me.to_verified ELSE me.to_members END)
               ) AS both_say
         WHERE c.place = ANY (chosen)
         ORDER BY both_say.score DESC, both_say.shared DESC, c.active_on DESC, c.place;
    END $$;
"""

AS_BEFORE = """
CREATE OR REPLACE FUNCTION places_in(given bit varying) RETURNS SETOF integer LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT (sum(length(gap) + 1) OVER (ORDER BY n) - 1)::integer
          FROM unnest(string_to_array(given::text, '1')) WITH ORDINALITY AS gaps (gap, n)
         LIMIT bit_count(given)
    $$;

CREATE OR REPLACE FUNCTION best_matches(most integer) RETURNS TABLE (member_id uuid, regions text[], interests text[])
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
"""


class Migration(migrations.Migration):
    dependencies = [("community", "0107_a_language_of_ours")]

    operations = [migrations.RunSQL(SOONER, AS_BEFORE)]
