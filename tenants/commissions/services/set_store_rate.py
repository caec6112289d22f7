"""What a store gives its leaders where nothing else is said."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.commissions.models import CommissionRule, RuleScope
from tenants.commissions.rates import CAP_PPM
from tenants.journal.services import Actor, record


class RateTooHigh(Refused):
    """The rate is outside what a store may promise."""

    code, kind, sentence = "rate_too_high", Kind.INVALID, _("佣金比例要在 0% 到 30% 之间。")


def set_store_rate(*, rate_ppm: int, by_name: str, now: datetime) -> CommissionRule:
    """Set the store's default rate (parts per million) from now on; what was earned before stays.

    :raises RateTooHigh:
    """
    if not 0 <= rate_ppm <= CAP_PPM:
        raise RateTooHigh(fields={"rate_ppm": [RateTooHigh.sentence]})
    with transaction.atomic():
        rule = CommissionRule.objects.create(scope=RuleScope.STORE, rate_ppm=rate_ppm, valid_from=now, by_name=by_name)
        actor = Actor(kind="person", name=by_name)
        record(what="commission.rate_set", subject=rule, at=now, actor=actor, rate_ppm=rate_ppm)
    return rule
