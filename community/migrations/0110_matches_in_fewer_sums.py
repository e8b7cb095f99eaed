from importlib import import_module

from django.db import migrations

# What came before, to go back to.
SOONER = import_module("community.migrations.0108_matches_sooner").SOONER
rewording = import_module("community.migrations.0102_turns").rewording

FEWER = """
-- Where the ones are, from 0 on. Every stretch without any is skipped at once.
CREATE OR REPLACE FUNCTION places_in(given bit varying) RETURNS SETOF integer LANGUAGE plpgsql IMMUTABLE ROWS 50
    SET search_path = pg_catalog, pg_temp
    AS $$
    DECLARE
        rest bytea := substring(varbit_send(given) FROM 5);  -- before it stands how long it is
        octets integer := octet_length(rest);
        octet integer;
        place integer;
    BEGIN
        LOOP
            rest := ltrim(rest, '\\x00');
            EXIT WHEN rest = '';
            place := (octets - octet_length(rest)) * 8;
            octet := get_byte(rest, 0);
            WHILE octet > 0 LOOP
                IF octet >= 128 THEN
                    RETURN NEXT place;
                END IF;
                octet := (octet << 1) & 255;
                place := place + 1;
            END LOOP;
            rest := substring(rest FROM 2);
        END LOOP;
    END $$;

CREATE OR REPLACE FUNCTION best_matches(most integer) RETURNS TABLE (member_id uuid, regions text[], interests text[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        me community_matchingchoice;
        badges bit varying;   -- who is verified
        others bit varying;   -- everyone but the reader and who is out of their sight
        mine record;
        sums bit varying[] := '{}';     -- how much each shares, in binary: a row of ones, of twos, of fours …
        waiting bit varying[] := '{}';  -- at most one more row for each of these, to be added
        level integer;
        carry bit varying;
        carries bit varying;
        x bit varying;
        y bit varying;
        best bit varying;     -- surely among the best
        even bit varying;     -- those who share equally many as the last of them
        shared integer := 0;  -- how many that is
        sure integer := 0;
        many integer;
        hidden integer;
        chosen integer[];
        mine_to_members jsonb;   -- value to slug
        mine_to_verified jsonb;
    BEGIN
        SELECT * INTO me FROM community_matchingchoice AS c WHERE c.member_id = current_member() AND c.is_standing;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        SELECT bits INTO badges FROM community_matchingbits WHERE value = 'verified';
        -- A row is fetched once: what comes of an operation lies in memory, a column does not.
        badges := substring(badges FROM 1);
        best := badges # badges;
        others := set_bit(~best, me.place, 0);
        FOR hidden IN
            SELECT c.place FROM community_block AS b JOIN community_matchingchoice AS c ON c.member_id = b.blocked_id
             WHERE b.blocker_id = me.member_id
            UNION
            SELECT c.place FROM community_block AS b JOIN community_matchingchoice AS c ON c.member_id = b.blocker_id
             WHERE b.blocked_id = me.member_id
        LOOP
            others := set_bit(others, hidden, 0);
        END LOOP;

        -- Three rows that count alike become one of them and one that counts double: five operations for two rows less.
        FOR mine IN
            SELECT m.is_guarded, b.bits
              FROM (SELECT unnest(me.to_members) AS value, false AS is_guarded
                    UNION ALL SELECT unnest(me.to_verified), true) AS m
              JOIN community_matchingbits AS b ON b.value = m.value AND b.is_guarded = me.is_verified
        LOOP
            carry := substring(mine.bits FROM 1);
            IF mine.is_guarded THEN
                carry := carry & badges;
            END IF;
            level := 1;
            WHILE waiting[level] IS NOT NULL LOOP
                x := waiting[level] # carry;
                y := sums[level] # x;
                carry := (waiting[level] & carry) | (sums[level] & x);
                sums[level] := y;
                waiting[level] := NULL;
                level := level + 1;
            END LOOP;
            IF sums[level] IS NULL THEN
                sums[level] := carry;
            ELSE
                waiting[level] := carry;
            END IF;
        END LOOP;
        carry := NULL;
        level := 1;
        WHILE sums[level] IS NOT NULL LOOP
            carries := NULL;
            FOREACH x IN ARRAY ARRAY[waiting[level], carry] LOOP
                CONTINUE WHEN x IS NULL;
                y := sums[level] & x;
                carries := coalesce(carries | y, y);
                y := sums[level] # x;
                sums[level] := y;
            END LOOP;
            carry := carries;
            level := level + 1;
        END LOOP;
        IF carry IS NOT NULL THEN
            sums[level] := carry;
        END IF;

        even := others;
        FOR level IN REVERSE cardinality(sums) .. 1 LOOP
            x := even & sums[level];
            many := bit_count(x);
            shared := shared * 2;
            IF sure + many >= most THEN
                even := x;
                shared := shared + 1;
            ELSIF many > 0 THEN
                best := best | x;
                sure := sure + many;
                even := even # x;
            END IF;
        END LOOP;
        IF shared = 0 THEN
            even := best # best;
        ELSIF shared <= 2 THEN
            -- Of one or two shared values an interest is worth more than a region; of more, all score 1.
            x := even & coalesce((
                SELECT bit_or(CASE WHEN m.is_guarded THEN b.bits & badges ELSE b.bits END)
                  FROM (SELECT unnest(me.to_members) AS value, false AS is_guarded
                        UNION ALL SELECT unnest(me.to_verified), true) AS m
                  JOIN community_matchingbits AS b ON b.value = m.value AND b.is_guarded = me.is_verified
                 WHERE starts_with(m.value, 'interest:')), best # best);
            many := bit_count(x);
            IF sure + many >= most THEN
                even := x;
            ELSE
                best := best | x;
                sure := sure + many;
                even := even # x;
            END IF;
        END IF;

        -- The last places go to whoever was here most recently. Few: look each up. Many: walk from the most recent on.
        IF bit_count(even) <= 200 THEN
            chosen := ARRAY(SELECT c.place FROM places_in(best | even) AS found (place)
                              JOIN community_matchingchoice AS c USING (place)
                             ORDER BY get_bit(best, c.place) DESC, c.active_on DESC, c.place LIMIT most);
        ELSE
            chosen := ARRAY(SELECT places_in(best)) || ARRAY(
                SELECT c.place FROM community_matchingchoice AS c
                 WHERE c.is_standing AND get_bit(even, c.place) = 1
                 ORDER BY c.active_on DESC, c.place LIMIT most - sure);
        END IF;

        -- What they say is kept in order; what the reader says is best looked up.
        mine_to_members := jsonb_object(
            me.to_members, ARRAY(SELECT split_part(v, ':', 2) FROM unnest(me.to_members) AS v));
        mine_to_verified := mine_to_members || jsonb_object(
            me.to_verified, ARRAY(SELECT split_part(v, ':', 2) FROM unnest(me.to_verified) AS v));
        RETURN QUERY
        SELECT c.member_id, coalesce(both_say.regions, '{}'), coalesce(both_say.interests, '{}')
          FROM community_matchingchoice AS c
         CROSS JOIN LATERAL (
                SELECT array_agg(slug) FILTER (WHERE starts_with(v, 'region:')) AS regions,
                       array_agg(slug) FILTER (WHERE starts_with(v, 'interest:')) AS interests,
                       count(*) AS shared,
                       least(10, 3 + sum(CASE WHEN starts_with(v, 'region:') THEN 3 ELSE 4 END)) AS score
                  FROM (SELECT v, CASE WHEN c.is_verified THEN mine_to_verified ELSE mine_to_members END ->> v AS slug
                          FROM (SELECT unnest(CASE WHEN me.is_verified THEN c.to_members || c.to_verified
                                                   ELSE c.to_members END) AS v) AS they_say
                        OFFSET 0) AS looked_up
                 WHERE slug IS NOT NULL
               ) AS both_say
         WHERE c.place = ANY (chosen)
         ORDER BY both_say.score DESC, both_say.shared DESC, c.active_on DESC, c.place;
    END $$;
"""

# The row for verified members says what they see, whoever else sees it: one row to read, not two to lay over each other.
# Each function in its new words, by replacing the old ones: (function, found, instead).
BITS = "matching_bits(community_matchingchoice, community_matchingchoice)"
ANEW = "matching_bits_anew()"
CHANGES = (
    (BITS, "SELECT unnest(was.to_verified), true", "SELECT unnest(was.to_members || was.to_verified), true"),
    (BITS, "SELECT unnest(now_is.to_verified), true", "SELECT unnest(now_is.to_members || now_is.to_verified), true"),
    (BITS, "here + 8192", "here + 1024"),
    (ANEW, "SELECT unnest(to_verified), true", "SELECT unnest(to_members || to_verified), true"),
    (ANEW, "0) + 8192", "0) + 1024"),
)
ANEW_NOW = "SELECT matching_bits_anew()"


class Migration(migrations.Migration):
    """The best matches in two thirds of the time, where everybody says much.

    Most of it is operations on rows of 100,000 bits, so there are fewer: sums are carried on in threes, who is out of
    sight is left out at the end and not of each value, and what verified members see of a value is one row. Places
    are found without turning bits into text. Rows have room for 1,024 more members and not for 8,192, which all
    operations went through too.
    """

    dependencies = [("community", "0109_one_spelling_of_each_mailbox")]

    operations = [
        migrations.RunSQL(FEWER, SOONER),
        migrations.RunSQL("", ANEW_NOW),  # backwards: once the functions are in their old words
        *(
            migrations.RunSQL(rewording(function, found, instead), rewording(function, instead, found))
            for function, found, instead in CHANGES
        ),
        migrations.RunSQL(ANEW_NOW, ""),
    ]
