"""What a merchant's plan allows. Billing writes the limits down; stores ask here and never billing itself."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from control.merchants.models import Merchant
from kit.errors import Kind, Refused
from kit.tenancy import in_control


class PlanLimitReached(Refused):
    """The plan allows no more of these. Facts: ``what``, ``limit``, ``used``."""

    code, kind, sentence = "plan_limit_reached", Kind.PAYMENT, _("当前套餐的数量已用完，升级后即可继续添加。")


def limit_of(*, merchant_id: UUID, what: str) -> int | None:
    """Say how many of "staff", "skus" or "leaders" the plan allows; None means as many as wanted."""
    with in_control():
        limits = Merchant.objects.values_list("limits", flat=True).get(pk=merchant_id)
    allowed: int | None = limits.get(what)
    return allowed


def keep_within_limit(*, merchant_id: UUID, what: str, used: int, adding: int = 1) -> None:
    """Let ``adding`` more through if the plan allows them.

    Two people adding at the same instant may overshoot by one: nobody is harmed, so nothing is locked.

    :raises PlanLimitReached:
    """
    allowed = limit_of(merchant_id=merchant_id, what=what)
    if allowed is not None and used + adding > allowed:
        raise PlanLimitReached(what=what, limit=allowed, used=used)
