from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.inventory"
    label = "inventory"
