from django.db import migrations


class Migration(migrations.Migration):
    """Who changed which event is written down; of its contents, who may see it and what became of it."""

    dependencies = [("events", "0007_out_of_sight"), ("community", "0041_audit_by_trigger")]

    operations = [
        migrations.RunSQL(
            "SELECT keep_audit('events_event', 'organizer_id', '{status,visibility}', '{updated_at,sequence}')",
            "SELECT forget_audit('events_event')",
        ),
    ]
