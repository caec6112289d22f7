"""var/demo.json: where everything is, and who may log in."""

import os
from typing import Any

from config.demo import environment
from config.demo.market.operator import OPERATOR_EMAIL, OPERATOR_PASSWORD
from config.demo.market.people import OWNER_PASSWORD, SLUGS, leader_phone, owner_email, shopper_phone
from config.demo.processes import Servers
from control.merchants.models import Merchant
from kit.tenancy import in_control


def manifest(*, servers: Servers) -> dict[str, Any]:
    """Describe the running demo, in the form of docs/operations.md."""
    known = environment.variables()
    base = f"{known['LINLI_SCHEME']}://{known['LINLI_DOMAIN']}:{known['LINLI_PORT']}"
    with in_control():
        merchants = list(Merchant.objects.filter(slug__in=SLUGS).order_by("created_at", "slug"))
    return {
        "platform": {"url": base, "operator": {"email": OPERATOR_EMAIL, "password": OPERATOR_PASSWORD}},
        "stores": [
            {
                "slug": merchant.slug,
                "name": merchant.name,
                "kind": "independent",
                "url": f"{known['LINLI_SCHEME']}://{merchant.slug}.{known['LINLI_DOMAIN']}:{known['LINLI_PORT']}",
                "owner": {"email": owner_email(merchant.slug), "password": OWNER_PASSWORD},
                "leader": {"phone": leader_phone(merchant.slug), "sms_code": environment.SMS_CODE},
                "shopper": {"phone": shopper_phone(merchant.slug), "sms_code": environment.SMS_CODE},
                "api_key": None,  # the open platform comes later (docs/roadmap.md)
            }
            for merchant in merchants
        ],
        "database": {"url": known["LINLI_DATABASE_URL"]},
        "stripe_fake": {"url": known["LINLI_STRIPE_API_BASE"]},
        "sms_code": environment.SMS_CODE,
        "pids": {"demo": os.getpid(), **servers.pids()},
    }
