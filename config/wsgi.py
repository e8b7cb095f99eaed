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
