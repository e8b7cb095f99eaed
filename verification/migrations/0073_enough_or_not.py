from django.db import migrations, models


class Migration(migrations.Migration):
    """When the last answer of an attempt came, and whether there were enough right ones: that much its member reads."""

    dependencies = [("verification", "0072_vouches_take_turns")]

    operations = [
        migrations.AddField("attempt", "answered_at", models.DateTimeField(null=True, editable=False)),
        migrations.AddField(
            "attempt",
            "is_enough",
            models.GeneratedField(
                expression=models.Q(score__gte=9), output_field=models.BooleanField(null=True), db_persist=True
            ),
        ),
    ]
