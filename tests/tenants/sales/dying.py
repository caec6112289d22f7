"""A process that is killed (SIGKILL) at the named line: ``python -m tests.tenants.sales.dying <where> <order> <host>``.

``opened``: the company has opened the charge, we have not noted it. ``paid``: the company has told us that it was
paid, and we are inside the transaction that takes it in. ``refunded``: the company has given money back, and we are
inside the transaction that notes it.
"""

import os
import signal
import sys
from typing import Any
from uuid import UUID

import django


def main() -> None:
    """Do one step of paying in acme, and die in it."""
    where, order_id, host = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    from django.conf import settings

    settings.LINLI_PAYMENT_HOSTS = {"wechat": host, "wechat_login": host, "alipay": "", "stripe": ""}

    from kit.tenancy import in_store
    from tenants.orders.models import Order
    from tenants.sales.services import settle_payment, settle_refund, start_payment, watch_payments
    from tests.factories.times import NOW, later
    from tests.stores import store_ref

    def die(*_args: Any, **_asked: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with in_store(store_ref("acme")):
        order = Order.objects.select_related("member").get(pk=UUID(order_id))
        if where == "opened":
            start_payment.note_opened = die  # type: ignore[attr-defined]
            asked: dict[str, Any] = {
                "order_id": order.id,
                "member": order.member,
                "method": "wechat_native",
                "key": "k",
            }
            start_payment.start_payment(**asked, now=NOW)
        elif where == "refunded":
            watch_payments.watch_payments(now=later(hours=4))
            settle_refund._tell_billing = die  # the money is back, nothing is committed
            watch_payments.watch_payments(now=later(hours=5))
        else:
            settle_payment._fulfil = die  # the money is posted, nothing is committed
            watch_payments.watch_payments(now=later(minutes=1))


if __name__ == "__main__":
    main()
