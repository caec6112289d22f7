"""The settings of the tests, with tasks that really go to a broker and are worked on by a worker."""

from config.settings.test import *  # noqa: F403 - an override of the tests' settings

CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_EAGER_PROPAGATES = False
