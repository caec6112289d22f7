from django.apps import AppConfig


class Room(AppConfig):
    name = "control.provisioning"
    label = "provisioning"
