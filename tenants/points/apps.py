from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.points"
    label = "points"
