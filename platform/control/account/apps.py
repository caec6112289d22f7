from django.apps import AppConfig


class Room(AppConfig):
    name = "control.account"
    label = "account"
