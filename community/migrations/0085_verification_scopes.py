import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two more things that a token may be made for: seeing how one's verification stands, and taking it further."""

    dependencies = [
        ("community", "0085_staff"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="token",
            name="token_opens_what_the_contract_names",
        ),
        migrations.AlterField(
            model_name="token",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("profile:read", "read my profile and my matches"),
                        ("profile:write", "change my profile"),
                        ("events:write", "add and change my events"),
                        ("attendance:write", "say that I am going to an event"),
                        ("businesses:write", "add and change my businesses"),
                        ("verification:read", "see how my verification stands"),
                        ("verification:write", "begin or withdraw my verification, and send documents for it"),
                    ],
                    max_length=20,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="may",
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "scopes__contained_by",
                        [
                            "profile:read",
                            "profile:write",
                            "events:write",
                            "attendance:write",
                            "businesses:write",
                            "verification:read",
                            "verification:write",
                        ],
                    )
                ),
                name="token_opens_what_the_contract_names",
            ),
        ),
    ]
