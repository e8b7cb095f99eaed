from django.db import migrations

FOUND, INSTEAD = "it.asked_at IS NULL OR", "it.asked_at IS NULL OR it.asked_at >= now() OR"

# now() is when the transaction began: what it asked itself was asked later.
ANSWER = """
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('answer_attempt(uuid, integer, integer)'::regprocedure), '{found}', '{instead}');
END $do$;
"""


class Migration(migrations.Migration):
    """A question is answered in a later transaction than the one that asked it.

    Else SQL of the site's role could go through an attempt, read the score and roll back, as often as it takes to know
    each right answer, and no try would be counted.
    """

    dependencies = [("verification", "0060_votes_on_the_same_papers")]

    operations = [
        migrations.RunSQL(
            ANSWER.format(found=FOUND, instead=INSTEAD),
            ANSWER.format(found=INSTEAD, instead=FOUND),
        )
    ]
