from django.db import migrations, models


class Migration(migrations.Migration):
    """Room for a moderator's own sentence in an answer.

    The column keeps its default, so that the version before can go on handing requests in; Django is not told,
    as it would ask for the value back, and the site may read nothing here.
    """

    dependencies = [("verification", "0005_clear_listing_requests")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE verification_listingrequest ADD COLUMN sentence varchar(500) NOT NULL DEFAULT ''",
                    "ALTER TABLE verification_listingrequest DROP COLUMN sentence",
                )
            ],
            state_operations=[
                migrations.AddField(
                    model_name="listingrequest",
                    name="sentence",
                    field=models.CharField(
                        blank=True,
                        help_text="Optional, in the language of whoever asked. It stands in the letter after ours.",
                        max_length=500,
                        verbose_name="a sentence of our own",
                    ),
                )
            ],
        )
    ]
