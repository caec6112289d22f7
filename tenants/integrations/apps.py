from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.integrations"
    label = "integrations"
