from django.db import models


class SearchQuerySet(models.QuerySet):
    """Reads for anything with a ``search`` vector."""
