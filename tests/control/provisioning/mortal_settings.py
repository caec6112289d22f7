"""Settings of a process that dies at a chosen statement."""

from config.settings.test import *  # noqa: F403 - an override of the test settings

DATABASES["default"]["ENGINE"] = "tests.control.provisioning.mortal"  # noqa: F405 - base's
LINLI_DEMO, LINLI_DEMO_SMS_CODE = True, "246810"  # any phone signs up
