"""Long work that needs billing too, away from the browser."""

from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.services.restore_copy import restore_copy
from control.lifecycle.models import JobKind, StoreJob
from control.lifecycle.services import jobs
from control.lifecycle.services.export_store import Tell
from control.people.models import Person
from kit import clock
from kit.ports.messages import send_email
from kit.tenancy.tasks import ControlTask


@shared_task(base=ControlTask, time_limit=3600)
def run_copy(*, job_id: str) -> None:
    """Restore an export as a new merchant, with a trial of its own."""
    jobs.run_job(job_id=UUID(job_id), does={JobKind.COPY: _copy}, now=clock.now())


@shared_task(base=ControlTask)
def tell_operators(*, what: str, email: str, by: str) -> None:
    """Write to every other operator that one was added or removed."""
    now = clock.now()
    others = Person.objects.filter(is_operator=True, is_active=True).exclude(email__in=[email, by])
    for person in others.order_by("email"):
        with override(person.language):
            words = {"email": email, "by": by}
            subject = _("运营人员有变动")
            if what == "added":
                text = _("%(by)s 把 %(email)s 添加为运营人员。如有疑问，请马上核实。") % words
            else:
                text = _("%(by)s 移除了运营人员 %(email)s。如有疑问，请马上核实。") % words
        send_email(address=person.email, subject=subject, text=text, now=now)


def _copy(job: StoreJob, now: datetime, tell: Tell) -> None:
    restore_copy(source=jobs.source_of(job), slug=job.slug, by=job.actor_email, now=now, tell=tell)
