from django.apps import AppConfig


class Room(AppConfig):
    name = "control.support"
    label = "support"
