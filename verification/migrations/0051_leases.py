import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def lease(model: str) -> list:
    """Who looks after a row, and until when."""
    return [
        migrations.AddField(
            model,
            "claimed_by",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="looked after by",
            ),
        ),
        migrations.AddField(
            model, "claimed_until", models.DateTimeField(editable=False, null=True, verbose_name="until")
        ),
    ]


class Migration(migrations.Migration):
    """Reports and listing requests are looked after for half an hour at a time, and no longer for good."""

    dependencies = [
        ("verification", "0050_handed_in_at"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("report", "report_taken_in_full_or_not_at_all"),
        # Its policy names the column: it comes back, for what it says anew, in the next migration.
        migrations.RunSQL(
            "DROP POLICY anyone_reports_what_they_see ON verification_report",
            """
            CREATE POLICY anyone_reports_what_they_see ON verification_report FOR INSERT TO lusotown_site
                WITH CHECK (
                    reporter_id IS NOT DISTINCT FROM (SELECT current_member())
                    AND (reporter_id IS NULL OR email = '')
                    AND taken_by_id IS NULL AND outcome = ''
                    AND CASE about
                        WHEN 'town' THEN true
                        WHEN 'event' THEN EXISTS (SELECT FROM events_event AS e WHERE e.id = about_id)
                        WHEN 'business' THEN EXISTS (SELECT FROM businesses_business AS b WHERE b.id = about_id)
                        WHEN 'member' THEN EXISTS (SELECT FROM community_profile AS p WHERE p.member_id = about_id)
                        ELSE false END
                )
            """,
        ),
        migrations.RemoveField("report", "taken_by"),
        migrations.RemoveField("report", "taken_at"),
        *lease("report"),
        *lease("listingrequest"),
    ]
