from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.ledger"
    label = "ledger"
