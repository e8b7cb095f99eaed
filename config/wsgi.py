"""The two web processes: ``DOOR=site`` or ``DOOR=desk``."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.doors import refuse_a_role_that_sees_all  # noqa: E402 (needs the apps)

refuse_a_role_that_sees_all()

# Read the whole site now, and spare it from the garbage collector: walking through all of it
# again and again cost one answer in ten a pause of 150 ms.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()

# A long list makes some ten thousand objects that refer to each other. Looking every 700 of them carried
# those in use into the oldest generation, whose sweeps cost one answer in ten 40 to 100 ms; so look seldom,
# and let none grow old: no pause over 40 ms.
gc.set_threshold(20_000, 1, 5)
