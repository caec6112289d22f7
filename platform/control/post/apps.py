from django.apps import AppConfig


class Room(AppConfig):
    name = "control.post"
    label = "post"
