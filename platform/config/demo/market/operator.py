"""The platform's own person."""

from datetime import datetime

from control.people.models import Person

OPERATOR_EMAIL = "operator@linli.example"
OPERATOR_PASSWORD = "linli-operator-2026"  # noqa: S105 - the demo's, printed on the screen


def make_operator(*, now: datetime) -> Person:
    """Register the demo's operator, once."""
    person: Person | None = Person.objects.filter(email=OPERATOR_EMAIL).first()
    if person is None:
        person = Person(email=OPERATOR_EMAIL, phone="13800000000", name="平台运营", is_operator=True, created_at=now)
        person.set_password(OPERATOR_PASSWORD)
        person.save()
    return person
