"""Work of the fleet that happens by itself."""

from celery import shared_task

from control.fleet.services import watch_fleet as story
from kit import clock
from kit.tenancy.tasks import ControlTask


@shared_task(base=ControlTask, time_limit=3600)
def watch_fleet() -> None:
    """Compare all stores with the template, once a night."""
    story.watch_fleet(now=clock.now())
