from django.db import migrations

# An index for each audience: nobody's search reads through what another audience may see.
INDEXES = "".join(
    f"""
CREATE INDEX appearance_to_{audience} ON community_appearance USING gin (facets, search)
    WITH (fastupdate = off) WHERE audience = '{audience}';
"""
    for audience in ("public", "community", "verified")
)

KEEPING = """
-- Writes anew what each audience may know of these members. One after the other for each member: their profile is
-- locked first, and what is then read is what stands.
CREATE FUNCTION refresh_appearances(members uuid[]) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM FROM community_profile WHERE member_id = ANY (members) ORDER BY member_id FOR NO KEY UPDATE;
        DELETE FROM community_appearance WHERE member = ANY (members);
        INSERT INTO community_appearance (member, audience, sort, facets, search)
        SELECT p.member_id, a.audience,
               search_bare(lower(normalize(p.display_name, NFC) COLLATE "und-x-icu") COLLATE "default"),
               ARRAY(SELECT 'region:' || r.slug FROM community_region AS r WHERE r.slug = ANY (h.regions)
                     UNION SELECT 'region:' || n.slug FROM community_region AS r JOIN community_region AS n
                                  ON n.id = r.parent_id WHERE r.slug = ANY (h.regions))
                   || ARRAY(SELECT 'interest:' || slug FROM unnest(i.chosen) AS slug)
                   || ARRAY(SELECT 'language:' || tag FROM unnest(l.chosen) AS tag)
                   || CASE WHEN o.slug IS NOT NULL THEN ARRAY['borough:' || o.slug] ELSE '{}' END
                   || CASE WHEN p.heritage_verified_at IS NOT NULL THEN ARRAY['verified'] ELSE '{}' END,
               search_vector(p.display_name, '', b.text_pt, b.text_en, concat_ws(' ',
                   o.name, d.name,
                   (SELECT string_agg(concat_ws(' ', r.name_pt, r.name_en, n.name_pt, n.name_en), ' ')
                      FROM community_region AS r LEFT JOIN community_region AS n ON n.id = r.parent_id
                     WHERE r.slug = ANY (h.regions)),
                   (SELECT string_agg(concat_ws(' ', name_pt, name_en), ' ')
                      FROM community_interest WHERE slug = ANY (i.chosen)),
                   (SELECT string_agg(concat_ws(' ', name_pt, name_en), ' ')
                      FROM community_language WHERE tag = ANY (l.chosen))))
          FROM community_profile AS p
         CROSS JOIN (VALUES ('public', '{public}'::text[]), ('community', '{public,community}'),
                            ('verified', '{public,community,verified}')) AS a (audience, sees)
          LEFT JOIN community_bio AS b ON b.profile_id = p.member_id AND b.visibility = ANY (a.sees)
          LEFT JOIN community_heritage AS h ON h.profile_id = p.member_id AND h.visibility = ANY (a.sees)
          LEFT JOIN community_interests AS i ON i.profile_id = p.member_id AND i.visibility = ANY (a.sees)
          LEFT JOIN community_languages AS l ON l.profile_id = p.member_id AND l.visibility = ANY (a.sees)
          LEFT JOIN community_homearea AS m ON m.profile_id = p.member_id AND m.visibility = ANY (a.sees)
          LEFT JOIN community_borough AS o ON o.code = m.borough_id
          LEFT JOIN community_place AS d ON d.id = m.district_id
         WHERE p.member_id = ANY (members) AND p.withdrawn_at IS NULL AND p.visibility = ANY (a.sees);
    END $$;

CREATE FUNCTION keep_appearances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        IF TG_TABLE_NAME = 'community_profile' THEN
            PERFORM refresh_appearances(ARRAY(SELECT DISTINCT member_id FROM changed));
        ELSE
            PERFORM refresh_appearances(ARRAY(SELECT DISTINCT profile_id FROM changed));
        END IF;
        RETURN NULL;
    END $$;

-- A word of the vocabulary has another name: whoever shows it is found by that from now on.
CREATE FUNCTION rename_in_appearances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM refresh_appearances(ARRAY(
            SELECT DISTINCT member FROM community_appearance
             WHERE facets @> ARRAY[TG_ARGV[0] || ':' || (to_jsonb(NEW) ->> TG_ARGV[1])]));
        RETURN NULL;
    END $$;
"""

KEPT = ("profile", "bio", "heritage", "interests", "languages", "homearea")
EVENTS = (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD"))
NAMED = (("region", "slug", "name_pt, name_en"), ("interest", "slug", "name_pt, name_en"),
         ("language", "tag", "name_pt, name_en"), ("borough", "slug", "name"))  # fmt: skip

TRIGGERS = "".join(
    f"""
CREATE TRIGGER appearances_after_{event} AFTER {event.upper()} ON community_{table}
    REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_appearances();
"""
    for table in KEPT
    for event, rows in EVENTS
) + "".join(
    f"""
CREATE TRIGGER appearances_after_renaming AFTER UPDATE OF {names} ON community_{table}
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION rename_in_appearances('{table}', '{key}');
"""
    for table, key, names in NAMED
)

UNDO_TRIGGERS = "".join(
    f"DROP TRIGGER appearances_after_{event} ON community_{table};\n" for table in KEPT for event, _rows in EVENTS
) + "".join(f"DROP TRIGGER appearances_after_renaming ON community_{table};\n" for table, _key, _names in NAMED)

FINDING = """
-- Members the reader may find, by name, after a given one. What they asked for is put into one statement of its own,
-- so that PostgreSQL plans it with the very values: common ones are walked by name, rare ones found by their index.
-- A word may be a name, and names stand together: where words find few enough, those are sorted instead of walked to
-- (sorted by lower(), which changes nothing in a sort key but that its index cannot serve).
-- ``words`` as search_query() takes them; of each list any must hold, as kind:slug; NULL asks for nothing.
-- Blocks, withdrawn members and hidden sections are out of reach here already.
CREATE FUNCTION find_members(words text, regions text[], interests text[], languages text[], boroughs text[],
                             verified boolean, after_sort text, after_member uuid, most integer)
RETURNS TABLE (member uuid, sort text) LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$
    DECLARE
        me uuid := NULLIF(current_setting('app.member', true), '')::uuid;
        seen_by text[] := audiences();
        hidden uuid[] := ARRAY(SELECT blocked_id FROM community_block WHERE blocker_id = me
                               UNION ALL SELECT blocker_id FROM community_block WHERE blocked_id = me);
        query tsquery := search_query(words);
        asked text := '';
        hits integer;
    BEGIN
        IF words <> '' AND query IS NULL THEN
            RETURN;
        END IF;
        asked := concat(
            CASE WHEN query IS NOT NULL THEN format(' AND a.search @@ %L::tsquery', query) END,
            CASE WHEN regions IS NOT NULL THEN format(' AND a.facets && %L::text[]', regions) END,
            CASE WHEN interests IS NOT NULL THEN format(' AND a.facets && %L::text[]', interests) END,
            CASE WHEN languages IS NOT NULL THEN format(' AND a.facets && %L::text[]', languages) END,
            CASE WHEN boroughs IS NOT NULL THEN format(' AND a.facets && %L::text[]', boroughs) END,
            CASE WHEN verified THEN ' AND a.facets @> ''{verified}''' END,
            CASE WHEN hidden <> '{}' THEN format(' AND a.member <> ALL (%L::uuid[])', hidden) END,
            CASE WHEN after_member IS NOT NULL
                 THEN format(' AND (a.sort, a.member) > (%L::text, %L::uuid)', after_sort, after_member) END);
        asked := format('FROM community_appearance AS a WHERE a.audience = %L%s', seen_by[cardinality(seen_by)], asked);
        IF query IS NOT NULL THEN
            EXECUTE format('SELECT count(*) FROM (SELECT %s LIMIT 3001) AS found', asked) INTO hits;
        END IF;
        RETURN QUERY EXECUTE format(
            'SELECT a.member, a.sort %s ORDER BY %s, a.member LIMIT %s',
            asked, CASE WHEN hits <= 3000 THEN 'lower(a.sort)' ELSE 'a.sort' END, least(most, 101));
    END $$;
"""

FILL = "SELECT refresh_appearances(ARRAY(SELECT member_id FROM community_profile));"


class Migration(migrations.Migration):
    """Finding members by what each chose to show, without asking a policy of every row.

    A row for each audience holds exactly what it may see, so that nothing hidden can ever influence what is found.
    No role has any right to the table; one function reads it, under the reader's own audience.
    """

    dependencies = [("community", "0022_appearances")]

    operations = [
        migrations.RunSQL(
            INDEXES, "".join(f"DROP INDEX appearance_to_{a};" for a in ("public", "community", "verified"))
        ),
        migrations.RunSQL(
            KEEPING,
            "DROP FUNCTION rename_in_appearances(); DROP FUNCTION keep_appearances();"
            " DROP FUNCTION refresh_appearances(uuid[]);",
        ),
        migrations.RunSQL(TRIGGERS, UNDO_TRIGGERS),
        migrations.RunSQL(
            FINDING,
            "DROP FUNCTION find_members(text, text[], text[], text[], text[], boolean, text, uuid, integer);",
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
