"""A payment company's certificate is about to end: the owner is told in time, or refunds would fail one morning."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from control.people.models import Role, Seat
from kit.ports.messages import send_email
from kit.tenancy import current_store, in_control
from kit.web.format import moment
from tenants.payments.channels import store_address
from tenants.payments.models import Channel
from tenants.payments.setup import channels_to_warn


def warn_expiring_keys(*, now: datetime) -> int:
    """Write to the store's owners, once a week, about certificates that end within thirty days; return how many."""
    ending = channels_to_warn(now=now)
    if not ending:
        return 0
    store = current_store()
    with in_control():
        owners = Seat.objects.filter(merchant_id=store.merchant_id, role=Role.OWNER)
        addresses = list(owners.values_list("person__email", flat=True))
    for channel in ending:
        # First noted, then sent: a letter too few in a week is better than one every minute
        Channel.objects.filter(pk=channel.pk).update(warned_at=now)
        with override("zh-hans"):
            subject = _("%(company)s的证书快到期了") % {"company": channel.provider_label}
            text = _("%(store)s：%(company)s的证书将于 %(at)s 到期，到期后收款和退款都会失败。请到 %(page)s 更换。") % {
                "store": store.name,
                "company": channel.provider_label,
                "at": moment(channel.expires_at),
                "page": f"{store_address()}/backoffice/payments",
            }
        for address in addresses:
            send_email(address=address, subject=subject, text=text, now=now, merchant_id=store.merchant_id)
    return len(ending)
