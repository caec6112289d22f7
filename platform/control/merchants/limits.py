"""What a merchant's plan allows. Billing writes the limits down; stores ask here and never billing itself."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from control.merchants.models import Merchant
from kit.errors import Kind, Refused
from kit.tenancy import in_control


class PlanLimitReached(Refused):
    """The plan allows no more of these. Facts: ``what``, ``limit``, ``used``."""

    code, kind, sentence = "plan_limit_reached", Kind.PAYMENT, _("当前套餐的数量已用完，升级后即可继续添加。")


class FeatureNotInPlan(Refused):
    """The plan does not have this feature. Fact: ``what``."""

    code, kind, sentence = "feature_not_in_plan", Kind.PAYMENT, _("当前套餐没有这个功能，升级后即可使用。")


def limit_of(*, merchant_id: UUID, what: str) -> int | None:
    """Say how many of "staff", "skus", "leaders", "cities" or "domains" the plan allows; None: as many as wanted."""
    allowed: int | None = _limits(merchant_id).get(what)  # type: ignore[assignment]
    return allowed


def keep_within_limit(*, merchant_id: UUID, what: str, used: int, adding: int = 1) -> None:
    """Let ``adding`` more through if the plan allows them.

    Two people adding at the same instant may overshoot by one: nobody is harmed, so nothing is locked.

    :raises PlanLimitReached:
    """
    allowed = limit_of(merchant_id=merchant_id, what=what)
    if allowed is not None and used + adding > allowed:
        raise PlanLimitReached(what=what, limit=allowed, used=used)


def has_feature(*, merchant_id: UUID, what: str) -> bool:
    """Say whether the plan has a feature ("api_read", "api_write", "webhooks", …); a store without a plan has all."""
    features = _limits(merchant_id).get("features")
    return not isinstance(features, list) or what in features


def keep_to_features(*, merchant_id: UUID, what: str) -> None:
    """Let through what the plan has. :raises FeatureNotInPlan:"""
    if not has_feature(merchant_id=merchant_id, what=what):
        raise FeatureNotInPlan(what=what)


def _limits(merchant_id: UUID) -> dict[str, object]:
    with in_control():
        limits: dict[str, object] = Merchant.objects.values_list("limits", flat=True).get(pk=merchant_id)
    return limits
