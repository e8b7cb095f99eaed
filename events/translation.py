from modeltranslation.translator import TranslationOptions, register

from events.models import Category, Event, Tag


@register([Category, Tag])
class NameTranslation(TranslationOptions):
    fields = ("name",)


@register(Event)
class EventTranslation(TranslationOptions):
    fields = ("title", "description", "cultural_significance", "picture_alt")
