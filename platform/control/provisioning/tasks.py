"""Work of provisioning that happens later."""

from celery import shared_task

from control.provisioning.services import open_store
from control.provisioning.services.fill_pool import TARGET
from control.provisioning.services.fill_pool import fill_pool as fill
from kit import clock
from kit.tenancy.tasks import ControlTask


@shared_task(base=ControlTask)
def fill_pool() -> None:
    """Refill the pool of ready schemas."""
    fill(target=TARGET, now=clock.now())


@shared_task(base=ControlTask)
def resume_half_built() -> None:
    """Finish stores whose sign-up died half way."""
    open_store.resume_half_built(now=clock.now())
