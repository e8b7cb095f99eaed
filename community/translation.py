from modeltranslation.translator import TranslationOptions, register

from community.models import Bio, Interest, Language, Portrait, Region


@register([Interest, Language, Region])
class NameTranslation(TranslationOptions):
    fields = ("name",)


@register(Bio)
class BioTranslation(TranslationOptions):
    fields = ("text",)


@register(Portrait)
class PortraitTranslation(TranslationOptions):
    fields = ("picture_alt",)
