"""A calendar shows what lasts for days without reading half a year of the board."""

import datetime

from django.db import migrations, models
from django.db.models.expressions import CombinedExpression
from django.db.models.lookups import GreaterThan


class Migration(migrations.Migration):
    dependencies = [("events", "0009_former_organizer")]

    operations = [
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(
                condition=models.Q(
                    GreaterThan(
                        CombinedExpression(models.F("ends_at"), "-", models.F("starts_at")),
                        datetime.timedelta(days=1),
                    )
                ),
                fields=["starts_at", "event"],
                name="posting_lasting",
            ),
        ),
    ]
