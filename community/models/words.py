from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models


class WordQuerySet(models.QuerySet["Word"]):
    def recount(self) -> None:
        """Count every word anew from what is posted, as the owner or the worker; the triggers are exact without it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT recount_words()")


class Word(models.Model):
    """A word that occurs in what is publicly posted, and in how many postings and listings.

    Spelling is forgiven against these words and no others, so nothing private can ever be suggested.
    Kept by triggers on the searched tables (community/migrations/0003); never written from Python.
    """

    word = models.TextField(primary_key=True)
    bare = models.TextField()  # without accents
    documents = models.IntegerField()
    search = SearchVectorField()
    spellings = ArrayField(models.TextField())  # the word with any one letter left out: two slips meet in one of these

    objects = WordQuerySet.as_manager()

    class Meta:
        indexes = [
            # Without the list of pending entries: every search reads these, and would read it through.
            GinIndex(fields=["search"], name="word_by_stem", fastupdate=False),
            GinIndex(fields=["spellings"], name="word_by_spelling", fastupdate=False),
            GinIndex(fields=["bare"], opclasses=["gin_trgm_ops"], name="word_by_likeness", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.word
