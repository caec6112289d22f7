"""The test suite's settings, with the log as loud as in production."""

from config.settings.test import *  # noqa: F403 - the one permitted chain: an override of test

LOGGING["root"] = {"handlers": ["console"], "level": "INFO"}  # noqa: F405
