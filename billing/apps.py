from django.apps import AppConfig


class Room(AppConfig):
    name = "billing"
    label = "billing"
