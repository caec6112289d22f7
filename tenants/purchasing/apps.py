from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.purchasing"
    label = "purchasing"
