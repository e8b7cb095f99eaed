"""The two web processes: ``DOOR=site`` or ``DOOR=desk``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.doors import refuse_a_role_that_sees_all  # noqa: E402 (needs the apps)

refuse_a_role_that_sees_all()
