from django.apps import AppConfig

from config.celery import app as celery_app

__all__ = ["Roof", "celery_app"]  # importing it makes it current: a door's task.delay() must find our broker


class Roof(AppConfig):
    """Home of the `linli` commands."""

    name = "config"
    label = "config"
