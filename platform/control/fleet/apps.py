from django.apps import AppConfig


class Room(AppConfig):
    name = "control.fleet"
    label = "fleet"
