from django.apps import AppConfig


class Room(AppConfig):
    name = "control.lifecycle"
    label = "lifecycle"
