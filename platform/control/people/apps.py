from django.apps import AppConfig


class Room(AppConfig):
    name = "control.people"
    label = "people"
