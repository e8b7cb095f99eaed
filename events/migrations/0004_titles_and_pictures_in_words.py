from django.db import migrations, models


class Migration(migrations.Migration):
    """A picture says what it shows; a title that is NULL in both languages is no title either."""

    dependencies = [
        ("events", "0003_board"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="event",
            name="event_has_a_title_in_at_least_one_language",
        ),
        migrations.AlterField(
            model_name="event",
            name="picture",
            field=models.ImageField(
                blank=True,
                height_field="picture_height",
                help_text="JPEG, PNG, WebP or HEIC, up to 10 MB. Where it was taken is removed from it.",
                upload_to="pictures/",
                verbose_name="picture",
                width_field="picture_width",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("picture", ""),
                    models.Q(("picture_alt_pt__gt", ""), ("picture_alt_pt__isnull", False)),
                    models.Q(("picture_alt_en__gt", ""), ("picture_alt_en__isnull", False)),
                    _connector="OR",
                ),
                name="event_picture_says_what_it_shows",
                violation_error_message="Say in at least one language what the picture shows.",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title_pt__gt", ""), ("title_pt__isnull", False)),
                    models.Q(("title_en__gt", ""), ("title_en__isnull", False)),
                    _connector="OR",
                ),
                name="event_has_a_title_in_at_least_one_language",
                violation_error_message="Give it a title in at least one language.",
            ),
        ),
    ]
