from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.journal"
    label = "journal"
