from django.db import migrations, models


class Migration(migrations.Migration):
    """To show with documents that a business is theirs is a purpose of its own, which a member consents to by itself."""

    dependencies = [("community", "0104_told_of_ones_own_rank")]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("heritage", "to show my heritage"),
                    ("matching", "to be matched with others who take part"),
                    ("verification", "to have my heritage verified"),
                    ("claim", "to show with documents that a business is mine"),
                ],
                max_length=20,
                verbose_name="for",
            ),
        ),
    ]
