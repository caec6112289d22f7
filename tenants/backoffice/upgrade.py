"""The friendly end of a plan: a page that says what the plan lacks and leads to one that has it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from control.merchants.limits import FeatureNotInPlan, has_feature
from kit.web.refusals import STATUS
from tenants.backoffice.shell import desk_context

# What a page of the feature is called, what it is good for, and its icon
_WORDS = {
    "batches": (
        _("批次与保质期"),
        _("成长版起可以按批次管保质期：先到期的先发，临期自动提醒降价。已有的批次照常停售和召回，数据都在。"),
        "layers",
    ),
    "api_read": (
        _("开放接口"),
        _("升级后可以给 ERP、仓库或小程序一个密钥，让它们读商品、库存和订单。"),
        "key-round",
    ),
    "webhooks": (
        _("回调通知"),
        _("成长版起，订单付款、提货、截单时马上通知您的系统，不用反复来查。"),
        "bell",
    ),
}


def feature_only(what: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Show the way to an upgrade instead of the page when the plan lacks a feature; stands below ``staff_only``."""

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not has_feature(merchant_id=request.store.merchant_id, what=what):  # type: ignore[attr-defined]
                return feature_page(request, what)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def feature_page(request: HttpRequest, what: str) -> HttpResponse:
    """Show that the plan lacks a feature, what it is good for, and the way to it."""
    title, text, icon = _WORDS[what]
    context = desk_context(request, title=title, text=text, icon=icon)
    return render(request, "backoffice/feature_missing.html", context, status=STATUS[FeatureNotInPlan.kind])
