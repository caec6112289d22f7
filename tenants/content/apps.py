from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.content"
    label = "content"
