from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.payments"
    label = "payments"
