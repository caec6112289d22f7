from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.wishes"
    label = "wishes"
