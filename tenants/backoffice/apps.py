from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.backoffice"
    label = "backoffice"
