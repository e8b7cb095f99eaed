from modeltranslation.translator import TranslationOptions, register

from community.models import Interest, Language, Region


@register([Interest, Language, Region])
class NameTranslation(TranslationOptions):
    fields = ("name",)
