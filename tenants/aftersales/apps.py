from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.aftersales"
    label = "aftersales"
