"""The frame of the account pages: the back office's own, with its tabs, and doors only the owner opens."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from control.people.models import Role
from kit.errors import Kind, Refused
from kit.tenancy import StoreRef
from kit.web.lists import Tab
from tenants.backoffice.shell import desk_context

_SECTIONS = (
    ("account:plan", _("套餐与用量")),
    ("account:invoices", _("账单")),
    ("account:fees", _("服务费")),
    ("account:wallet", _("钱包")),
    ("account:fapiao", _("发票")),
    ("account:statements", _("对账单")),
    ("account:card", _("银行卡")),
    ("account:partners", _("代付与合伙人")),
    ("account:staff", _("员工")),
    ("account:domains", _("域名")),
    ("account:exports", _("导出")),
    ("account:open", _("开放接口")),
    ("account:support", _("平台协助")),
)


class OwnersOnly(Refused):
    """Somebody else than the owner tried to spend the shop's money."""

    code, kind, sentence = (
        "owners_only",
        Kind.FORBIDDEN,
        _("只有店主可以选择套餐、绑卡、付款、管理员工、域名、导出和开放接口，请店主来操作。"),
    )


def owners_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only owners through; stands below ``staff_only``. The view raises OwnersOnly for anybody else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_owner(request):
            raise OwnersOnly
        return view(request, *args, **kwargs)

    return guarded


def is_owner(request: HttpRequest) -> bool:
    """Say whether the person of this request owns the shop."""
    return bool(request.seat.role == Role.OWNER)  # type: ignore[attr-defined]


def store_of(request: HttpRequest) -> StoreRef:
    """Return the store of this request's host."""
    store: StoreRef = request.store  # type: ignore[attr-defined]
    return store


def account_context(request: HttpRequest, section: str, **context: Any) -> dict[str, Any]:
    """Add the frame, the tabs and what the person may do."""
    tabs = [Tab(label, reverse(name), is_current=name == section) for name, label in _SECTIONS]
    return desk_context(request, sections=tabs, is_owner=is_owner(request), **context)
