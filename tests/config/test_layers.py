"""The line of layers, where a linter of imports cannot see it."""

from django.apps import apps

LINE = ["config", "verification", "events", "businesses", "community"]


def test_foreign_keys_only_point_right():
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
        if model._meta.app_label in LINE and field.related_model._meta.app_label in LINE
        if LINE.index(field.related_model._meta.app_label) < LINE.index(model._meta.app_label)
    ]

    assert wrong == []
