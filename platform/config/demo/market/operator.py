"""The platform's own person."""

from datetime import datetime

from control.people.models import Person

OPERATOR_EMAIL = "operator@linli.example"
SECOND_EMAIL = "second@linli.example"  # approves what the first asks for; logs in with the same password
OPERATOR_PASSWORD = "linli-operator-2026"  # noqa: S105 - the demo's, printed on the screen


def make_operator(*, now: datetime) -> Person:
    """Register the demo's operators, once; return the first."""
    _register(SECOND_EMAIL, "平台复核", now)
    return _register(OPERATOR_EMAIL, "平台运营", now)


def _register(email: str, name: str, now: datetime) -> Person:
    person: Person | None = Person.objects.filter(email=email).first()
    if person is None:
        person = Person(email=email, phone="13800000000", name=name, is_operator=True, created_at=now)
        person.set_password(OPERATOR_PASSWORD)
        person.save()
    return person
