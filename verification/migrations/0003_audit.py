from django.db import migrations


class Migration(migrations.Migration):
    """What became of a listing request is written down; never what it said."""

    dependencies = [("verification", "0002_row_security"), ("community", "0041_audit_by_trigger")]

    operations = [
        migrations.RunSQL(
            "SELECT keep_audit('verification_listingrequest', '', '{kind,outcome}')",
            "SELECT forget_audit('verification_listingrequest')",
        ),
    ]
