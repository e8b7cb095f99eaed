"""A search by words reads what is coming alone, and its words as they are."""

import django.contrib.postgres.indexes
from django.db import migrations, models


def unpack(apps, schema_editor):
    for statement in (
        "ALTER TABLE events_posting DISABLE TRIGGER words_changed",  # none does; to count them takes a minute
        "UPDATE events_posting SET search = search || ''",
        "ALTER TABLE events_posting ENABLE TRIGGER words_changed",
    ):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    # Each in a transaction of its own: the first keeps everyone from reading the board until it ends, and the next
    # takes a minute where there is much. What was broken off can be run again.
    atomic = False

    dependencies = [("events", "0010_lasting")]

    operations = [
        # A search for a phrase reads the words of every row that has them all. Packed they were a fifth smaller, and
        # took four times as long to read: they lie unpacked in their row now, and beside it where it is full.
        migrations.RunSQL(
            "ALTER TABLE events_posting ALTER COLUMN search SET STORAGE EXTERNAL, SET (toast_tuple_target = 8160)",
            "ALTER TABLE events_posting ALTER COLUMN search SET STORAGE MAIN, RESET (toast_tuple_target)",
        ),
        migrations.RunPython(unpack, migrations.RunPython.noop, atomic=True),
        migrations.AddIndex(
            model_name="posting",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("is_over", False)),
                fastupdate=False,
                fields=["search"],
                name="posting_coming_by_words",
            ),
        ),
    ]
