from django.apps import AppConfig


class Room(AppConfig):
    name = "control.merchants"
    label = "merchants"
