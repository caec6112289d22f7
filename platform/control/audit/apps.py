from django.apps import AppConfig


class Room(AppConfig):
    name = "control.audit"
    label = "audit"
