from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class TownRenderer(TemplatesSetting):
    """Draws every form of ours alike: a page says ``{{ form }}``, or ``{{ form.name.as_field_group }}`` for one field.

    A field that must look otherwise names its own part: ``CharField(template_name=…)``. The desk's forms are Django's.
    """

    form_template_name = "_form.html"
    field_template_name = "_field.html"
