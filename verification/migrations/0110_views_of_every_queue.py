from django.db import migrations, models

QUEUES = ("case", "listingrequest", "firstpost", "report")


class Migration(migrations.Migration):
    """The views that a moderator keeps are of any of the desk's queues, each with names of its own."""

    dependencies = [("verification", "0097_badge_on_the_door")]

    operations = [
        migrations.RemoveConstraint("savedfilter", "filter_has_a_name_of_its_own"),
        migrations.AddField("savedfilter", "of", models.CharField(max_length=14, db_default="case")),
        migrations.AddConstraint(
            "savedfilter",
            models.UniqueConstraint(
                models.F("member"), models.F("of"), models.F("name"), name="filter_has_a_name_of_its_own_in_its_queue"
            ),
        ),
        migrations.AddConstraint(
            "savedfilter",
            models.CheckConstraint(condition=models.Q(of__in=QUEUES), name="filter_is_of_a_queue"),
        ),
        # Going back: what was kept of the other queues would be taken for a view of the cases.
        migrations.RunSQL(migrations.RunSQL.noop, "DELETE FROM verification_savedfilter WHERE of <> 'case'"),
    ]
