from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.orders"
    label = "orders"
