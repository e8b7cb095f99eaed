from django.db import migrations

POST = """
-- Puts one event on the board, brings its line up to date, or takes it off.
-- SECURITY DEFINER: whoever changes an event may not write the board, and must not need to see all that hangs on it.
CREATE FUNCTION post_event(changed uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM events_event WHERE id = changed AND status <> 'draft' AND visibility = 'public') THEN
        DELETE FROM events_posting WHERE event_id = changed;
        RETURN;
    END IF;
    INSERT INTO events_posting AS line (
        event_id, starts_at, ends_at, is_over, created_at, updated_at, status, category, regions, languages, tags,
        borough, business, organizer, price_pence, is_online, is_accessible, location, search)
    SELECT e.id, e.starts_at, e.ends_at, e.ends_at <= now(), e.created_at, e.updated_at, e.status, c.slug,
           ARRAY(SELECT DISTINCT s.slug FROM (
                    SELECT unnest(ARRAY[r.slug, nation.slug]) AS slug
                      FROM events_event_regions AS er
                      JOIN community_region AS r ON r.id = er.region_id
                      LEFT JOIN community_region AS nation ON nation.id = r.parent_id
                     WHERE er.event_id = e.id) AS s WHERE s.slug IS NOT NULL ORDER BY s.slug),
           ARRAY(SELECT language_id FROM events_event_languages WHERE event_id = e.id ORDER BY language_id),
           ARRAY(SELECT t.slug FROM events_event_tags AS et JOIN events_tag AS t ON t.id = et.tag_id
                  WHERE et.event_id = e.id ORDER BY t.slug),
           coalesce(b.slug, ''), e.business_id, e.organizer_id, e.price_pence, e.format <> 'in_person',
           'step_free' = ANY (e.accessibility), e.location,
           search_vector(
               coalesce(e.title_pt, ''), coalesce(e.title_en, ''),
               concat_ws(' ', e.description_pt, e.cultural_significance_pt),
               concat_ws(' ', e.description_en, e.cultural_significance_en),
               concat_ws(' ', c.name_pt, c.name_en, e.venue_name, shop.name, b.name,
                   (SELECT string_agg(concat_ws(' ', r.name_pt, r.name_en, nation.name_pt, nation.name_en), ' ')
                      FROM events_event_regions AS er
                      JOIN community_region AS r ON r.id = er.region_id
                      LEFT JOIN community_region AS nation ON nation.id = r.parent_id
                     WHERE er.event_id = e.id),
                   (SELECT string_agg(concat_ws(' ', t.name_pt, t.name_en), ' ')
                      FROM events_event_tags AS et JOIN events_tag AS t ON t.id = et.tag_id
                     WHERE et.event_id = e.id)))
      FROM events_event AS e
      JOIN events_category AS c ON c.id = e.category_id
      LEFT JOIN community_borough AS b ON b.code = e.borough_id
      LEFT JOIN businesses_business AS shop ON shop.id = e.business_id
     WHERE e.id = changed
    ON CONFLICT (event_id) DO UPDATE SET
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, is_over = excluded.is_over,
        updated_at = excluded.updated_at, status = excluded.status, category = excluded.category,
        regions = excluded.regions, languages = excluded.languages, tags = excluded.tags,
        borough = excluded.borough, business = excluded.business, organizer = excluded.organizer,
        price_pence = excluded.price_pence, is_online = excluded.is_online,
        is_accessible = excluded.is_accessible, location = excluded.location, search = excluded.search;
END $$;
REVOKE EXECUTE ON FUNCTION post_event(uuid) FROM PUBLIC;

CREATE FUNCTION event_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$ BEGIN PERFORM post_event(NEW.id); RETURN NULL; END $$;
CREATE TRIGGER event_to_board AFTER INSERT OR UPDATE ON events_event
    FOR EACH ROW EXECUTE FUNCTION event_changed();

-- Statement triggers: a thousand links added at once post each event once.
CREATE FUNCTION event_links_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$ BEGIN PERFORM post_event(event_id) FROM (SELECT DISTINCT event_id FROM links) AS l; RETURN NULL; END $$;

-- The names of things, where the board carries them.
CREATE FUNCTION category_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$ BEGIN PERFORM post_event(id) FROM events_event WHERE category_id = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER category_to_board AFTER UPDATE ON events_category
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION category_changed();

CREATE FUNCTION tag_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$ BEGIN PERFORM post_event(event_id) FROM events_event_tags WHERE tag_id = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER tag_to_board AFTER UPDATE ON events_tag
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION tag_changed();

CREATE FUNCTION region_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM post_event(event_id) FROM (
        SELECT DISTINCT er.event_id FROM events_event_regions AS er
          JOIN community_region AS r ON r.id = er.region_id
         WHERE NEW.id IN (r.id, r.parent_id)) AS touched;
    RETURN NULL;
END $$;
CREATE TRIGGER region_to_board AFTER UPDATE ON community_region
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION region_changed();

CREATE FUNCTION venue_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$ BEGIN PERFORM post_event(id) FROM events_event WHERE business_id = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER venue_to_board AFTER UPDATE OF name ON businesses_business
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION venue_changed();

-- The board's words are the town's vocabulary.
SELECT keep_words('events_posting');
"""

LINKS = ("regions", "languages", "tags")
POST += "".join(
    f"""
CREATE TRIGGER {link}_added_to_board AFTER INSERT ON events_event_{link}
    REFERENCING NEW TABLE AS links FOR EACH STATEMENT EXECUTE FUNCTION event_links_added();
CREATE TRIGGER {link}_removed_from_board AFTER DELETE ON events_event_{link}
    REFERENCING OLD TABLE AS links FOR EACH STATEMENT EXECUTE FUNCTION event_links_added();
"""
    for link in LINKS
)

UNDO = (
    "".join(
        f"DROP TRIGGER {link}_removed_from_board ON events_event_{link};"
        f"DROP TRIGGER {link}_added_to_board ON events_event_{link};"
        for link in LINKS
    )
    + """
SELECT forget_words('events_posting');
DROP TRIGGER venue_to_board ON businesses_business;
DROP FUNCTION venue_changed();
DROP TRIGGER region_to_board ON community_region;
DROP FUNCTION region_changed();
DROP TRIGGER tag_to_board ON events_tag;
DROP FUNCTION tag_changed();
DROP TRIGGER category_to_board ON events_category;
DROP FUNCTION category_changed();
DROP FUNCTION event_links_added();
DROP TRIGGER event_to_board ON events_event;
DROP FUNCTION event_changed();
DROP FUNCTION post_event(uuid);
"""
)


class Migration(migrations.Migration):
    """Keeps the board in the same transaction: what is announced to anyone stands on it, and nothing else ever does."""

    dependencies = [
        ("events", "0002_row_security"),
        ("businesses", "0003_search"),
        ("community", "0003_text_search"),
    ]

    operations = [migrations.RunSQL(POST, UNDO)]
