from django.apps import AppConfig


class Kit(AppConfig):
    name = "kit.web"
    label = "kit_web"
