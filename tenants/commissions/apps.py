from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.commissions"
    label = "commissions"
