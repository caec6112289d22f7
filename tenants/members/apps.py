from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.members"
    label = "members"
