from django.apps import AppConfig


class Roof(AppConfig):
    """Home of the `linli` commands."""

    name = "config"
    label = "config"
