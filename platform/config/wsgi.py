"""The WSGI door: granian calls ``application``."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
application = get_wsgi_application()

# A fresh worker's first visitor must not wait for a thousand imports: both doors are opened before it serves.
for urlconf in (settings.ROOT_URLCONF, settings.LINLI_STORE_URLCONF):
    get_resolver(urlconf).url_patterns  # noqa: B018 - reading it imports them
