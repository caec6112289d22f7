from django.apps import AppConfig


class Room(AppConfig):
    name = "control.console"
    label = "console"
