from django.db import migrations


class Migration(migrations.Migration):
    """Who changed which listing is written down."""

    dependencies = [("businesses", "0005_find_by_picture"), ("community", "0041_audit_by_trigger")]

    operations = [
        migrations.RunSQL(
            "SELECT keep_audit('businesses_business', '', '{verified_at}', '{updated_at,search}')",
            "SELECT forget_audit('businesses_business')",
        ),
    ]
