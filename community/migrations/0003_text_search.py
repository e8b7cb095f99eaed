import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

WORDS = r"""
-- A word without its accents; letter by letter, so that words and bare words stand side by side.
CREATE FUNCTION search_bare(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(word, 'áàâãäåéèêëíìîïóòôõöøúùûüçñý', 'aaaaaaeeeeiiiioooooouuuucny');

-- The words of a text, in lower case. Rules of Unicode (ICU), whatever the locale of the database.
CREATE FUNCTION search_words(field text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN string_to_array(
    btrim(regexp_replace(
        lower(normalize(coalesce(field, ''), NFC) COLLATE "und-x-icu"), '[^[:alnum:]]+', ' ', 'g') COLLATE "default"),
    ' '
);

-- Words that say nothing in a search, in both languages, without accents. Not "são": it stands before João and Paulo.
CREATE FUNCTION search_is_stop(bare text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN position(' ' || bare || ' ' IN (
    ' a e i o u y ao aos as com como da das de dela dele do dos ela ele elas eles em essa esse esta este ' ||
    ' eu ha isso isto la lhe mais mas me meu minha muito na nao nas nem no nos nossa nosso num numa ou os ' ||
    ' para pela pelas pelo pelos por pra qual quando que quem se sem ser seu sua suas seus tem um uma umas ' ||
    ' uns voce about am an and any are at be been but by can did does for from had has have he her his how ' ||
    ' if in into is it its my near not of on or our she some than that the their them then there they this ' ||
    ' to was we were what when where which who will with you your '
)) > 0;

-- A Portuguese word without its plural, with or without its accents: -ões, -ães, -ãos to -ão; -ais to -al;
-- -éis to -el; -óis to -ol; -ns to -m; -res to -r … The stemmer alone keeps "pastéis" apart from "pastel".
-- Some take the wrong turn (Paris, ténis), but always the same one, so they still meet themselves.
CREATE FUNCTION search_singular(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN word ~ '[eê]s'
         AND word ~ '^(portugu|ingl|franc|chin|japon|holand|irland|escoc|fregu|campon|marqu)([eê]s|es[ae]s?)$'
        THEN regexp_replace(word, '([eê]s|es[ae]s?)$', 'es')
    WHEN right(word, 1) <> 's' OR length(word) < 4 THEN word
    WHEN word IN ('mães', 'maes', 'heróis', 'herois') THEN left(word, -1)
    WHEN word = 'meses' THEN 'mes'
    WHEN word IN ('países', 'paises') THEN 'pai'
    WHEN word IN ('caos', 'depois') THEN word
    WHEN word ~ '^([fd][aá]c|dif[ií]c|(in)?[uú]t|t[eê]xt|fr[aá]g|[aá]g|d[oó]c|h[aá]b)eis$' THEN left(word, -3) || 'il'
    WHEN word ~ '(õe|ãe|ão)s$' THEN left(word, -3) || 'ão'
    WHEN word ~ '(oe|ae|ao)s$' THEN left(word, -3) || 'ao'
    WHEN length(word) > 4 AND word ~ '[aáeéoóuú]is$' THEN left(word, -2) || 'l'
    WHEN length(word) > 4 AND word ~ '[^aeiouáéíóú]is$' THEN left(word, -1) || 'l'
    WHEN word ~ 'ns$' THEN left(word, -2) || 'm'
    WHEN length(word) > 4 AND word ~ '[aeiouáéíóúâêô][rz]es$' THEN left(word, -2)
    WHEN word ~ '[aeiouáéíóúâêôã]s$' THEN left(word, -1)
    ELSE word
END;

-- All forms under which a word is stored and sought: the English stem, the Portuguese one with and without accents.
-- A Portuguese stem of fewer than five letters is too short to tell words apart (fado and fada, bolo and bola,
-- comida and com): then the singular serves instead, and a short verb in -ar also meets its nouns (dançar and
-- dança, jogar and jogo).
CREATE FUNCTION search_stems(word text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    bare text := public.search_bare(word);
    form text := bare;
    singular text;
    stem text;
    stems text[] := ts_lexize('pg_catalog.english_stem', bare);
BEGIN
    IF stems IS NULL OR stems = '{}' THEN
        stems := ARRAY[bare];
    END IF;
    LOOP
        singular := public.search_singular(form);
        stem := public.search_bare((ts_lexize('pg_catalog.portuguese_stem', singular))[1]);
        singular := public.search_bare(singular);
        IF length(stem) < 5 AND length(stem) > 2 AND right(singular, 2) = 'ar' THEN
            stems := stems || (stem || 'a') || (stem || 'o');
        END IF;
        IF stem IS NULL OR length(stem) < 5 THEN
            stem := singular;
        END IF;
        IF stem <> ALL (stems) THEN
            stems := stems || stem;
        END IF;
        EXIT WHEN form = word;
        form := word;
    END LOOP;
    RETURN stems;
END $$;

-- What a posting or listing is found by. Titles weigh most (A), then names of what it is and where (B), then
-- bodies (C). Beside its stems each word stands whole, as bare=word: what is typed half is found by it, and the
-- vocabulary is read from it. Fields are far apart, so that no phrase runs from one into the next.
CREATE FUNCTION search_vector(title_pt text, title_en text, body_pt text, body_en text, extra text)
RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT string_agg(
                   CASE WHEN public.search_is_stop(bare) THEN ''
                        ELSE (SELECT string_agg(quote_literal(stem) || ':' || places, ' ')
                                FROM unnest(public.search_stems(word)) AS stem) END
                   || ' ' || quote_literal(bare || '=' || CASE WHEN bare = word THEN '' ELSE word END) || ':' || places,
                   ' ')::tsvector
          FROM (SELECT left(word, 40) AS word, public.search_bare(left(word, 40)) AS bare,
                       string_agg((start + least(place, 1990)) || weight, ',') AS places
                  FROM (VALUES (0, 'A', title_pt), (2000, 'A', title_en), (4000, 'B', extra),
                               (6000, 'C', body_pt), (8000, 'C', body_en)) AS field (start, weight, content),
                       unnest(public.search_words(content)) WITH ORDINALITY AS w (word, place)
                 GROUP BY left(word, 40)) AS placed);
END $$;

-- What is sought, by the same stems. All words must occur. a|b: either; a_b: one after the other; a*: begins so.
-- Anything else is a gap between words, so no text can be wrong. Stop words count only where there is nothing else.
-- NULL if nothing is asked.
CREATE FUNCTION search_query(q text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    term text;
    alternative text;
    words text[];
    word text;
    bare text;
    part tsquery;
    phrase tsquery;
    together tsquery;
    either tsquery;
    content tsquery;
    stops tsquery;
    gap integer;
    is_stop boolean;
BEGIN
    FOREACH term IN ARRAY regexp_split_to_array(left(coalesce(q, ''), 4000), '\s+') LOOP
        either := NULL;
        is_stop := false;
        FOREACH alternative IN ARRAY string_to_array(term, '|') LOOP
            words := public.search_words(alternative);
            phrase := NULL;
            gap := 0;
            FOREACH word IN ARRAY words LOOP
                word := left(word, 40);
                bare := public.search_bare(word);
                gap := gap + 1;
                IF alternative LIKE '%*' AND word = words[cardinality(words)] THEN
                    part := (quote_literal(bare) || ':*')::tsquery;
                ELSIF NOT public.search_is_stop(bare) THEN
                    part := (SELECT string_agg(quote_literal(stem), '|')
                               FROM unnest(public.search_stems(word)) AS stem)::tsquery;
                ELSIF cardinality(words) = 1 THEN
                    part := (quote_literal(bare || '=') || ':*')::tsquery;
                    is_stop := true;
                ELSE
                    CONTINUE;
                END IF;
                together := CASE WHEN phrase IS NULL THEN part ELSE together && part END;
                phrase := CASE WHEN phrase IS NULL THEN part ELSE tsquery_phrase(phrase, part, gap) END;
                gap := 0;
            END LOOP;
            -- The planner takes a phrase to be as common as its words anywhere in a text. Asked for the words as well,
            -- which changes nothing, it expects fewer rows and goes by their index.
            phrase := CASE WHEN together <> phrase THEN phrase && together ELSE phrase END;
            either := coalesce(either || phrase, either, phrase);
        END LOOP;
        IF is_stop THEN
            stops := coalesce(stops && either, stops, either);
        ELSE
            content := coalesce(content && either, content, either);
        END IF;
    END LOOP;
    RETURN coalesce(content, stops);
END $$;

-- A word and its singular, each with any one letter left out (the last place leaves out none).
-- Two words that differ by one letter more, fewer, other, or swapped with its neighbour share one of these.
CREATE FUNCTION search_spellings(bare text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT overlay(form PLACING '' FROM place FOR 1))
    FROM unnest(ARRAY[bare, public.search_singular(bare)]) AS form, generate_series(1, length(form) + 1) AS place
    WHERE length(form) > 3
$$;
"""

FORGET_WORDS = """
DROP FUNCTION search_spellings(text);
DROP FUNCTION search_query(text);
DROP FUNCTION search_vector(text, text, text, text, text);
DROP FUNCTION search_stems(text);
DROP FUNCTION search_singular(text);
DROP FUNCTION search_is_stop(text);
DROP FUNCTION search_words(text);
DROP FUNCTION search_bare(text);
"""

COUNTS = r"""
-- Adds differences to the count of words; a word that is posted nowhere any more is forgotten.
CREATE FUNCTION learn_words(lexemes text[], differences bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    words text[];
BEGIN
    SELECT array_agg(word ORDER BY word), array_agg(lexeme ORDER BY word), array_agg(difference ORDER BY word)
      INTO words, lexemes, differences
      FROM unnest(lexemes, differences) AS changed (lexeme, difference), split_part(lexeme, '=', 1) AS bare,
           LATERAL coalesce(nullif(split_part(lexeme, '=', 2), ''), bare) AS word
     WHERE bare !~ '[0-9]' AND NOT search_is_stop(bare);

    -- Locked in one order, so that two who post at once wait for each other instead of each for the other.
    PERFORM FROM community_word WHERE word = ANY (words) ORDER BY word FOR UPDATE;
    UPDATE community_word SET documents = documents + difference
      FROM unnest(words, differences) AS changed (changed_word, difference) WHERE word = changed_word;
    DELETE FROM community_word WHERE word = ANY (words) AND documents <= 0;
    INSERT INTO community_word AS known (word, bare, documents, search, spellings)
    SELECT new_word, bare, difference, search_vector(new_word, '', '', '', ''),
           CASE WHEN length(bare) > 4 THEN search_spellings(bare) ELSE '{}' END
      FROM unnest(words, lexemes, differences) AS changed (new_word, lexeme, difference),
           split_part(lexeme, '=', 1) AS bare
     WHERE difference > 0 AND NOT EXISTS (SELECT FROM community_word WHERE word = new_word)
     ORDER BY 1
    ON CONFLICT (word) DO UPDATE SET documents = known.documents + excluded.documents;
END $$;

-- The trigger on each searched table; it reads the whole words of the vectors that came and went.
CREATE FUNCTION count_words() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    lexemes text[];
    differences bigint[];
BEGIN
    IF current_setting('app.words', true) = 'later' THEN
        RETURN NULL;
    ELSIF TG_OP = 'TRUNCATE' THEN
        PERFORM recount_words();
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(lexeme), array_agg(rows) INTO lexemes, differences FROM (
            SELECT lexeme, count(*) AS rows FROM after, unnest(search)
             WHERE position('=' IN lexeme) > 0 GROUP BY 1) AS counted;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(lexeme), array_agg(-rows) INTO lexemes, differences FROM (
            SELECT lexeme, count(*) AS rows FROM before, unnest(search)
             WHERE position('=' IN lexeme) > 0 GROUP BY 1) AS counted;
    ELSE
        SELECT array_agg(lexeme), array_agg(rows) INTO lexemes, differences FROM (
            SELECT lexeme, sum(sign) AS rows FROM (
                SELECT lexeme, 1 AS sign FROM after, unnest(search)
                UNION ALL SELECT lexeme, -1 FROM before, unnest(search)) AS sides
             WHERE position('=' IN lexeme) > 0 GROUP BY 1 HAVING sum(sign) <> 0) AS counted;
    END IF;
    IF lexemes IS NOT NULL THEN
        PERFORM learn_words(lexemes, differences);
    END IF;
    RETURN NULL;
END $$;

-- Counts everything anew, and changes only what differs.
CREATE FUNCTION recount_words() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    posted text;
    lexemes text[];
    differences bigint[];
BEGIN
    LOCK TABLE community_word IN SHARE ROW EXCLUSIVE MODE;
    SELECT string_agg(
               format('SELECT word, ndoc FROM ts_stat(%L)', format('SELECT search FROM %s', tgrelid::regclass)),
               ' UNION ALL ')
      INTO posted
      FROM (SELECT DISTINCT tgrelid FROM pg_trigger WHERE tgfoid = 'count_words'::regproc) AS searched;
    EXECUTE format($count$
        SELECT array_agg(lexeme), array_agg(difference) FROM (
            SELECT lexeme, sum(rows)::bigint AS difference FROM (
                SELECT word AS lexeme, ndoc AS rows FROM (%s) AS posted WHERE position('=' IN word) > 0
                UNION ALL
                SELECT bare || '=' || CASE WHEN word = bare THEN '' ELSE word END, -documents FROM community_word
            ) AS sides GROUP BY 1 HAVING sum(rows) <> 0) AS counted
        $count$, coalesce(posted, 'SELECT '''' AS word, 0 AS ndoc')) INTO lexemes, differences;
    IF lexemes IS NOT NULL THEN
        PERFORM learn_words(lexemes, differences);
    END IF;
END $$;

-- Has the words of a table's "search" column counted, from now on and as they are.
CREATE FUNCTION keep_words(source regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER words_added AFTER INSERT ON %s REFERENCING NEW TABLE AS after '
                   'FOR EACH STATEMENT EXECUTE FUNCTION count_words()', source);
    EXECUTE format('CREATE TRIGGER words_changed AFTER UPDATE ON %s REFERENCING OLD TABLE AS before NEW TABLE AS after '
                   'FOR EACH STATEMENT EXECUTE FUNCTION count_words()', source);
    EXECUTE format('CREATE TRIGGER words_removed AFTER DELETE ON %s REFERENCING OLD TABLE AS before '
                   'FOR EACH STATEMENT EXECUTE FUNCTION count_words()', source);
    EXECUTE format('CREATE TRIGGER words_cleared AFTER TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION count_words()', source);
    -- A town has more words than the thousand the planner remembers by default.
    EXECUTE format('ALTER TABLE %s ALTER COLUMN search SET STATISTICS 1000', source);
    PERFORM recount_words();
END $$;

-- The undoing of keep_words.
CREATE FUNCTION forget_words(source regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TRIGGER words_added ON %1$s; DROP TRIGGER words_changed ON %1$s; '
                   'DROP TRIGGER words_removed ON %1$s; DROP TRIGGER words_cleared ON %1$s', source);
    PERFORM recount_words();
END $$;

-- What finds one word or phrase among what is posted; NULL if it occurs nowhere. A word's several stems nearly always
-- stand together, and the planner would take them for so many different words: one that covers them all is enough.
CREATE FUNCTION posted_query(phrase text) RETURNS tsquery
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    asked tsquery := search_query(phrase);
    words text[] := search_words(phrase);
    posted bigint;
    stem text;
BEGIN
    IF cardinality(words) > 1 THEN
        RETURN CASE WHEN NOT EXISTS (
            SELECT FROM unnest(words) AS part
             WHERE NOT search_is_stop(search_bare(part))
               AND NOT EXISTS (SELECT FROM community_word WHERE search @@ search_query(part))) THEN asked END;
    END IF;
    SELECT count(*) INTO posted FROM community_word WHERE search @@ asked;
    IF posted = 0 THEN
        RETURN NULL;
    END IF;
    SELECT found.lexeme INTO stem
      FROM community_word AS w, unnest(w.search) AS found
     WHERE w.search @@ asked AND found.lexeme = ANY (search_stems(words[1]))
     GROUP BY 1 HAVING count(*) = posted ORDER BY 1 LIMIT 1;
    RETURN coalesce(quote_literal(stem)::tsquery, asked);
END $$;

-- Words that may have been meant by one that occurs nowhere, given without accents.
CREATE FUNCTION forgive_word(typed text) RETURNS TABLE (word text, bare text, documents integer)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT w.word, w.bare, w.documents FROM community_word AS w
                  WHERE w.spellings && search_spellings(typed);
    IF NOT FOUND AND length(typed) > 6 THEN
        RETURN QUERY SELECT w.word, w.bare, w.documents FROM community_word AS w
                      WHERE w.bare % typed AND similarity(w.bare, typed) > 0.4
                      ORDER BY similarity(w.bare, typed) DESC, w.documents DESC LIMIT 10;
    END IF;
END $$;

-- A narrow margin in each page lets a count change without rewriting the word's indexes.
ALTER TABLE community_word SET (fillfactor = 60);
REVOKE EXECUTE ON FUNCTION learn_words(text[], bigint[]), recount_words(), keep_words(regclass), forget_words(regclass)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recount_words() TO lusotown_worker;
"""

FORGET_COUNTS = """
DROP FUNCTION forgive_word(text);
DROP FUNCTION posted_query(text);
DROP FUNCTION forget_words(regclass);
DROP FUNCTION keep_words(regclass);
DROP FUNCTION recount_words();
DROP FUNCTION count_words();
DROP FUNCTION learn_words(text[], bigint[]);
"""


class Migration(migrations.Migration):
    """Search in both languages: what is stored and what is sought meet in their stems; a vocabulary forgives spelling.

    The functions of stems are IMMUTABLE: they read no table and no setting, and PostgreSQL's own
    dictionaries by name. If a later PostgreSQL stems otherwise, post everything anew.
    """

    dependencies = [("community", "0002_row_security")]

    operations = [
        migrations.RunSQL(WORDS, FORGET_WORDS),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("word", models.TextField(primary_key=True, serialize=False)),
                ("bare", models.TextField()),
                ("documents", models.IntegerField()),
                ("search", django.contrib.postgres.search.SearchVectorField()),
                ("spellings", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["search"], name="word_by_stem"),
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["spellings"], name="word_by_spelling"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["bare"], name="word_by_likeness", opclasses=["gin_trgm_ops"]
                    ),
                ],
            },
        ),
        migrations.RunSQL(COUNTS, FORGET_COUNTS),
    ]
