import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("passport", "passport"),
    ("identity_card", "identity card"),
    ("birth", "birth certificate"),
    ("citizenship", "citizenship record"),
    ("other", "another document"),
    ("registration", "company registration"),
    ("bill", "bill in its name"),
    ("licence", "licence or permit"),
    ("lease", "lease"),
    ("bank_letter", "letter from its bank"),
    ("another", "another document"),
]
WAYS = [("letter", "a letter to its address"), ("mail", "an e-mail address of its own"), ("paper", "a document")]
REASONS = [
    ("unreadable", "We could not read what you sent well enough to be sure."),
    ("place", "What you sent names another business, or another address."),
    ("part", "What you sent does not show that you may speak for the business."),
    ("too_old", "What you sent is too old, or no longer valid."),
    ("altered", "What you sent looks changed, so we cannot rely on it."),
    ("other", "We could not grant it for the reason below."),
]


def of_a_case_or_a_claim(model: str, related_name: str, constraint: str) -> list:
    """What hung on a case alone may hang on a claim instead."""

    def parent(to: str, verbose_name: str, related: str) -> models.ForeignKey:
        return models.ForeignKey(
            null=True,
            on_delete=django.db.models.deletion.CASCADE,
            related_name=related,
            to=to,
            verbose_name=verbose_name,
        )

    related_to_cases = {"evidence": "evidence", "conflict": "conflicts"}[model]
    return [
        migrations.AlterField(model, "case", parent("verification.case", "case", related_to_cases)),
        migrations.AddField(model, "claim", parent("verification.listingrequest", "claim", related_name)),
        migrations.AddConstraint(
            model,
            models.CheckConstraint(
                name=constraint,
                condition=Q(("case__isnull", False), ("claim", None)) | Q(("case", None), ("claim__isnull", False)),
            ),
        ),
    ]


class Migration(migrations.Migration):
    """A claim may be shown by documents: they are evidence like that of a case, and hang on the claim instead.

    A claim can be withdrawn, and one that is refused says why.
    """

    dependencies = [
        ("verification", "0062_answered_after_it_was_asked"),
        ("community", "0105_consent_to_show_documents"),
    ]

    operations = [
        migrations.AlterField("evidence", "kind", models.CharField("kind", choices=KINDS, max_length=13)),
        *of_a_case_or_a_claim("evidence", "papers", "evidence_is_of_a_case_or_a_claim"),
        *of_a_case_or_a_claim("conflict", "conflicts", "conflict_is_with_a_case_or_a_claim"),
        migrations.AddConstraint(
            "conflict",
            models.UniqueConstraint(
                models.F("claim"), models.F("moderator"), name="conflict_with_a_claim_is_declared_once"
            ),
        ),
        migrations.AlterField(
            "listingrequest", "way", models.CharField("wishes to prove it by", blank=True, choices=WAYS, max_length=6)
        ),
        migrations.AlterField(
            "listingrequest",
            "proved_by",
            models.CharField("proved by", blank=True, choices=WAYS, editable=False, max_length=6),
        ),
        migrations.AlterField(
            "listingrequest",
            "outcome",
            models.CharField(
                "outcome",
                blank=True,
                choices=[("granted", "granted"), ("refused", "refused"), ("dropped", "withdrawn")],
                editable=False,
                max_length=7,
            ),
        ),
        migrations.AddField(
            "listingrequest",
            "reason",
            models.CharField("reason", blank=True, choices=REASONS, default="", editable=False, max_length=10),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "listingrequest",
            models.CheckConstraint(
                name="listing_request_has_a_reason_only_if_refused",
                condition=Q(("reason", ""), ("outcome", "refused"), _connector="OR"),
            ),
        ),
    ]
