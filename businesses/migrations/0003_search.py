from django.db import migrations

KEEP = """
-- A business is found by its name, what it is, what it is known for, and its description in both languages.
CREATE FUNCTION business_search(shop businesses_business) RETURNS tsvector LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT search_vector(
        shop.name, '', coalesce(shop.description_pt, ''), coalesce(shop.description_en, ''),
        concat_ws(' ',
            (SELECT concat_ws(' ', t.name_pt, t.name_en) FROM businesses_businesstype AS t WHERE t.id = shop.type_id),
            (SELECT string_agg(concat_ws(' ', s.name_pt, s.name_en), ' ')
               FROM businesses_business_specialties AS bs JOIN businesses_specialty AS s ON s.id = bs.specialty_id
              WHERE bs.business_id = shop.id),
            (SELECT b.name FROM community_borough AS b WHERE b.code = shop.borough_id)))
$$;

CREATE FUNCTION business_changed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp
AS $$ BEGIN NEW.search := business_search(NEW); RETURN NEW; END $$;
CREATE TRIGGER business_words
    BEFORE INSERT OR UPDATE OF name, description_pt, description_en, type_id, borough_id ON businesses_business
    FOR EACH ROW EXECUTE FUNCTION business_changed();

-- Setting the name to itself runs the trigger above.
CREATE FUNCTION business_links_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE businesses_business SET name = name WHERE id IN (SELECT business_id FROM links);
    RETURN NULL;
END $$;
CREATE TRIGGER specialties_added AFTER INSERT ON businesses_business_specialties
    REFERENCING NEW TABLE AS links FOR EACH STATEMENT EXECUTE FUNCTION business_links_changed();
CREATE TRIGGER specialties_removed AFTER DELETE ON businesses_business_specialties
    REFERENCING OLD TABLE AS links FOR EACH STATEMENT EXECUTE FUNCTION business_links_changed();

CREATE FUNCTION business_type_renamed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$ BEGIN UPDATE businesses_business SET name = name WHERE type_id = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER business_type_words AFTER UPDATE ON businesses_businesstype
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION business_type_renamed();

CREATE FUNCTION specialty_renamed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE businesses_business SET name = name
     WHERE id IN (SELECT business_id FROM businesses_business_specialties WHERE specialty_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER specialty_words AFTER UPDATE ON businesses_specialty
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION specialty_renamed();

SELECT keep_words('businesses_business');
"""

UNDO = """
SELECT forget_words('businesses_business');
DROP TRIGGER specialty_words ON businesses_specialty;
DROP FUNCTION specialty_renamed();
DROP TRIGGER business_type_words ON businesses_businesstype;
DROP FUNCTION business_type_renamed();
DROP TRIGGER specialties_removed ON businesses_business_specialties;
DROP TRIGGER specialties_added ON businesses_business_specialties;
DROP FUNCTION business_links_changed();
DROP TRIGGER business_words ON businesses_business;
DROP FUNCTION business_changed();
DROP FUNCTION business_search(businesses_business);
"""


class Migration(migrations.Migration):
    """Keeps each business's words for search, in the same transaction as the business."""

    dependencies = [("businesses", "0002_initial"), ("community", "0003_text_search")]

    operations = [migrations.RunSQL(KEEP, UNDO)]
