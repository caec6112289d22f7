"""The WSGI door: granian calls ``application``."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
application = get_wsgi_application()

# A fresh worker's first visitor must not wait for a thousand imports: both doors are opened before it serves.
for urlconf in (settings.ROOT_URLCONF, settings.LINLI_STORE_URLCONF):
    get_resolver(urlconf).url_patterns  # noqa: B018 - reading it imports them

# What has been loaded stays, and is not looked through for rubbish again. A page of goods makes thousands of small
# objects and leaves hardly a circle behind: with Python's own 700 a tenth of its time went into looking for some.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
