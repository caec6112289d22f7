"""django-tenants as it comes: its own backend, its own commands, on the same tables."""

from config.settings.test import *  # noqa: F403 - an override of the test settings

DATABASES["default"]["ENGINE"] = "django_tenants.postgresql_backend"  # noqa: F405 - base's
INSTALLED_APPS = ["django_tenants", *INSTALLED_APPS]  # noqa: F405 - for its commands
SILENCED_SYSTEM_CHECKS = ["auth.W004", "django_tenants.W003"]
