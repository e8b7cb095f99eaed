from django.db import migrations, models


class Migration(migrations.Migration):
    """A picture says what it shows."""

    dependencies = [
        ("businesses", "0003_search"),
    ]

    operations = [
        migrations.AlterField(
            model_name="business",
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
            model_name="business",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("picture", ""),
                    models.Q(("picture_alt_pt__gt", ""), ("picture_alt_pt__isnull", False)),
                    models.Q(("picture_alt_en__gt", ""), ("picture_alt_en__isnull", False)),
                    _connector="OR",
                ),
                name="business_picture_says_what_it_shows",
                violation_error_message="Say in at least one language what the picture shows.",
            ),
        ),
    ]
