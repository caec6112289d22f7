from django.apps import AppConfig


class Room(AppConfig):
    name = "api"
    label = "api"
