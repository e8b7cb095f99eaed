from django.db import migrations, models


class Migration(migrations.Migration):
    """Portraits lie in a folder of their own and are found by their file."""

    dependencies = [("community", "0005_people_row_security")]

    operations = [
        migrations.AlterField(
            model_name="portrait",
            name="picture",
            field=models.ImageField(
                blank=True,
                height_field="picture_height",
                help_text="JPEG, PNG, WebP or HEIC, up to 10 MB. Where it was taken is removed from it.",
                upload_to="portraits/",
                verbose_name="picture",
                width_field="picture_width",
            ),
        ),
        migrations.AddIndex(
            model_name="portrait",
            index=models.Index(fields=["picture"], name="portrait_by_file"),
        ),
    ]
