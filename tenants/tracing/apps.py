from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.tracing"
    label = "tracing"
