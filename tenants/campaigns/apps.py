from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.campaigns"
    label = "campaigns"
