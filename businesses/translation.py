from modeltranslation.translator import TranslationOptions, register

from businesses.models import Business, BusinessType, Specialty


@register([BusinessType, Specialty])
class NameTranslation(TranslationOptions):
    fields = ("name",)


@register(Business)
class BusinessTranslation(TranslationOptions):
    fields = ("description", "picture_alt")
