from django.db import migrations, models


class Migration(migrations.Migration):
    """A picture's address finds the event it belongs to, whose row security says who may see it."""

    dependencies = [("events", "0005_popularity")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(condition=models.Q(("picture__gt", "")), fields=["picture"], name="event_by_picture"),
        ),
    ]
