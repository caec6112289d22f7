"""Letters to those who run the platform."""

from datetime import datetime

from control.people.models import Person
from kit.ports.messages import send_email
from kit.tenancy import in_control


def write_operators(*, subject: str, text: str, now: datetime) -> None:
    """Write the same letter to every operator, in both languages as it comes: alarms do not wait for a translation."""
    with in_control():
        operators = list(Person.objects.filter(is_operator=True, is_active=True).values_list("email", flat=True))
    for address in operators:
        send_email(address=address, subject=subject, text=text, now=now)
