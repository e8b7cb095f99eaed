from django.db import migrations, models

ENDED = models.Q(outcome="", _negated=True)


class Migration(migrations.Migration):
    """What ended is found by its day in each queue, and a claim that waits without looking through those that ended."""

    dependencies = [("verification", "0110_views_of_every_queue")]

    operations = [
        migrations.AddIndex(
            "firstpost", models.Index(fields=["decided_at", "id"], name="first_post_ended", condition=ENDED)
        ),
        migrations.AddIndex(
            "listingrequest",
            models.Index(fields=["created_at"], name="listing_request_waiting", condition=models.Q(outcome="")),
        ),
        migrations.AddIndex(
            "listingrequest",
            models.Index(fields=["decided_at", "id"], name="listing_request_ended", condition=ENDED),
        ),
        migrations.AddIndex("report", models.Index(fields=["closed_at", "id"], name="report_ended", condition=ENDED)),
    ]
