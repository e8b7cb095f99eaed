from django.db import migrations, models

# PostgreSQL does not change the type of a column that triggers name, and these may be another app's:
# they are taken off and put back as they were.
CHANGE = """
DO $$
DECLARE
    trigger record;
BEGIN
    CREATE TEMP TABLE put_back ON COMMIT DROP AS
        SELECT tgname, pg_get_triggerdef(oid) AS definition FROM pg_trigger
         WHERE tgrelid = 'businesses_business'::regclass AND NOT tgisinternal;
    FOR trigger IN SELECT * FROM put_back LOOP
        EXECUTE format('DROP TRIGGER %I ON businesses_business', trigger.tgname);
    END LOOP;
    ALTER TABLE businesses_business ALTER COLUMN name TYPE varchar(200) COLLATE "%s";
    FOR trigger IN SELECT * FROM put_back LOOP
        EXECUTE trigger.definition;
    END LOOP;
    DROP TABLE put_back;
END $$
"""


class Migration(migrations.Migration):
    """Businesses stand in alphabetical order as readers of Portuguese know it: Açaí before Azulejo, É beside E.

    The collation is the column's own, so its indexes deliver that order and cursors compare by it. The
    table is not rewritten, its indexes on the name are.
    """

    dependencies = [("businesses", "0006_audit")]

    operations = [
        migrations.RunSQL(
            CHANGE.replace("%s", "pt-x-icu"),
            CHANGE.replace("%s", "default"),
            state_operations=[
                migrations.AlterField(
                    model_name="business",
                    name="name",
                    field=models.CharField(db_collation="pt-x-icu", max_length=200, verbose_name="name"),
                ),
            ],
        ),
    ]
