from django.apps import AppConfig


class Room(AppConfig):
    name = "control.inbox"
    label = "inbox"
