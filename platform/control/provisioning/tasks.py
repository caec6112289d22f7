"""Work of provisioning that happens later."""

from celery import shared_task

from control.provisioning.services import open_store
from control.provisioning.services.fill_pool import TARGET, is_low
from control.provisioning.services.fill_pool import fill_pool as fill
from kit import clock
from kit.tenancy.tasks import ControlTask

PIECE = 5  # schemas a run: a worker is given back after a few seconds


@shared_task(base=ControlTask)
def fill_pool(*, topping_up: bool = False) -> None:
    """Refill the pool once it is below its low-water mark, a few schemas a run, until it is full."""
    if not topping_up and not is_low(now=clock.now()):
        return
    if fill(target=TARGET, now=clock.now(), at_most=PIECE) == PIECE:
        fill_pool.delay(topping_up=True)


@shared_task(base=ControlTask)
def resume_half_built() -> None:
    """Finish stores whose sign-up died half way."""
    open_store.resume_half_built(now=clock.now())
