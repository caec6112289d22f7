from django.apps import AppConfig


class Room(AppConfig):
    name = "control.signup"
    label = "signup"
