from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.promotions"
    label = "promotions"
