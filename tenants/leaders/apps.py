from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.leaders"
    label = "leaders"
