import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Parts of the queue that moderators keep for themselves under a name."""

    dependencies = [
        ("verification", "0075_cases_by_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("query", models.CharField(max_length=120)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="moderator",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(models.F("member"), models.F("name"), name="filter_has_a_name_of_its_own"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="filter_has_a_name"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("query__regex", "^((queue|language|route|order|month)=[a-z0-9_-]+(&|$))+$")
                        ),
                        name="filter_asks_what_the_queue_knows",
                    ),
                ],
            },
        ),
    ]
