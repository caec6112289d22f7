from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.fulfilment"
    label = "fulfilment"
