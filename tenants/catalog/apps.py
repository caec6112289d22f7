from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.catalog"
    label = "catalog"
