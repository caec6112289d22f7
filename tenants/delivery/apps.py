from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.delivery"
    label = "delivery"
