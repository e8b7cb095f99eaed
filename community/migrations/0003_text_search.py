from django.db import migrations


class Migration(migrations.Migration):
    """Stands in until the search of two languages lands."""

    dependencies = [("community", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION search_vector(title_pt text, title_en text, body_pt text, body_en text, extra text)
            RETURNS tsvector LANGUAGE sql STABLE AS $$ SELECT to_tsvector('simple', concat_ws(' ', title_pt, title_en, extra, body_pt, body_en)) $$;
            """,
            "DROP FUNCTION search_vector(text, text, text, text, text);",
        )
    ]
