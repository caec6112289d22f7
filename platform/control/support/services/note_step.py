"""Every page and action of a visit is written down."""

from datetime import datetime

from control.support.models import SupportStep, SupportVisit
from kit.tenancy import in_control

_MOST = 200


def note_step(*, visit: SupportVisit, method: str, path: str, status: int, now: datetime) -> None:
    """Remember one step, with what came of it."""
    with in_control():
        SupportStep.objects.create(visit_id=visit.pk, at=now, method=method[:7], path=path[:_MOST], status=status)
