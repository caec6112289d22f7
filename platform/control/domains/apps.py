from django.apps import AppConfig


class Room(AppConfig):
    name = "control.domains"
    label = "domains"
