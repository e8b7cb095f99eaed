"""The town's settings for every process of the tests; passwords are quick to check, which takes half a second else."""

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
