"""The demo and a developer's machine: everything real but the outside world."""

from config.settings.base import *  # noqa: F403 - the one permitted chain: an override of base

DEBUG = False
