from django.db import migrations, models


class Migration(migrations.Migration):
    """A picture's address finds the business it belongs to."""

    dependencies = [("businesses", "0004_pictures_in_words")]

    operations = [
        migrations.AddIndex(
            model_name="business",
            index=models.Index(condition=models.Q(("picture__gt", "")), fields=["picture"], name="business_by_picture"),
        ),
    ]
