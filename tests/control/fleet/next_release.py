"""Settings of a process that runs a release of a test's making (LINLI_TEST_MEMBERS names the package)."""

import os

from config.settings.test import *  # noqa: F403 - an override of the test settings

MIGRATION_MODULES = {"members": os.environ["LINLI_TEST_MEMBERS"]}
