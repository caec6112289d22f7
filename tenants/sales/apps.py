from django.apps import AppConfig


class Room(AppConfig):
    """A room without tables; it is installed so that its tasks are found."""

    name = "tenants.sales"
    label = "sales"
