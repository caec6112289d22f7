"""A client for pages that need neither a store nor a database."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from kit.tenancy import in_control

_NEED_A_DATABASE = ("control.", "django.contrib.sessions", "django.contrib.auth")


@pytest.fixture
def bare_client(settings: Settings) -> Iterator[Client]:
    """Ask through the middleware that touches no table."""
    settings.LINLI_DEMO = True
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith(_NEED_A_DATABASE)]
    options = settings.TEMPLATES[0]["OPTIONS"]
    processors = [name for name in options["context_processors"] if ".auth." not in name]
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": {**options, "context_processors": processors}}]
    with in_control():  # what the routing would open: a message's signature is some host's
        yield Client()
