#!/usr/bin/env python
"""Django's command line. It takes the owner's role for what changes the schema or imports, else the site's."""

import os
import sys

AS_OWNER = (
    "migrate",
    "prepare",
    "makemigrations",
    "sqlmigrate",
    "load_",
    "import_",
    "createcachetable",
    "flush",
    "test",
)

if __name__ == "__main__":
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if command.startswith(AS_OWNER):
        os.environ.setdefault("DOOR", "owner")
    if command == "procrastinate":
        os.environ.setdefault("DOOR", "worker")

    import django
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        if command == "procrastinate":  # the worker starts by no other way; the doors are watched by config/wsgi.py
            django.setup()

            from config.doors import refuse_a_role_that_sees_all

            refuse_a_role_that_sees_all()
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit("Stopped. What had begun and was not finished is undone.")
    except OperationalError as error:
        if not command.startswith(AS_OWNER):
            raise
        sys.exit(f"The database does not answer: {str(error).splitlines()[0]}")
