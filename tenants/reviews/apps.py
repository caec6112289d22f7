from django.apps import AppConfig


class Room(AppConfig):
    name = "tenants.reviews"
    label = "reviews"
