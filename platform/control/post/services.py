"""Letters to those who run the platform."""

from datetime import datetime

import structlog

from control.people.models import Person
from kit.ports.messages import send_email
from kit.tenancy import in_control

log = structlog.get_logger(__name__)


def write_operators(*, subject: str, text: str, now: datetime) -> None:
    """Write the same letter to every operator, in both languages as it comes: alarms do not wait for a translation.

    An address that cannot be written to is reported, and keeps no other from hearing of it.
    """
    with in_control():
        operators = list(Person.objects.filter(is_operator=True, is_active=True).values_list("email", flat=True))
    for address in operators:
        try:
            send_email(address=address, subject=subject, text=text, now=now)
        except Exception:
            log.exception("alarm_not_sent", subject=subject)
