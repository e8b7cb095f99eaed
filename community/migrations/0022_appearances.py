import django.contrib.postgres.fields
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):
    """The directory: what each audience may know of each member, laid out for finding them."""

    dependencies = [("community", "0021_looking_as")]

    operations = [
        migrations.CreateModel(
            name="Appearance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("member", models.UUIDField()),
                ("audience", models.CharField(max_length=10)),
                ("sort", models.TextField(db_collation="C")),
                ("facets", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("search", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [models.Index(fields=["audience", "sort", "member"], name="appearance_by_name")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("member"), models.F("audience"), name="appearance_once_for_each_audience"
                    )
                ],
            },
        ),
    ]
