from django.db import migrations, models


class Migration(migrations.Migration):
    """A member's language is one that the town speaks.

    It is in the head of each letter. SQL of the desk's role could write a line break there, and no letter left: neither
    to the address that an account was moved from, nor to those who are told that a moderator is stopped.
    """

    dependencies = [("community", "0106_jobs_hold_nobody_up")]

    operations = [
        migrations.AddConstraint(
            "member",
            models.CheckConstraint(
                name="member_reads_a_language_of_ours", condition=models.Q(language__in=["pt", "en"])
            ),
        ),
    ]
