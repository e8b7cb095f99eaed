from django.db import migrations, models


class Migration(migrations.Migration):
    """Having one's heritage verified is a purpose of its own, which a member consents to by itself."""

    dependencies = [
        ("community", "0072_accounts_elsewhere"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("heritage", "to show my heritage"),
                    ("matching", "to be matched with others who take part"),
                    ("verification", "to have my heritage verified"),
                ],
                max_length=20,
                verbose_name="for",
            ),
        ),
    ]
