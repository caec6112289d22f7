"""The test suite: quick hashes, plain static files, a clock that cannot be moved by a file."""

from config.settings.base import *  # noqa: F403 - the one permitted chain: an override of base

LINLI_DOMAIN = "linli.test"
LINLI_PORT_SUFFIX = ""
LINLI_CLOCK_FILE = ""
LINLI_OUTSIDE_LOOPBACK = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
WHITENOISE_AUTOREFRESH = True
LOGGING["root"] = {"handlers": ["console"], "level": "CRITICAL"}  # noqa: F405 - base's
