"""What a seat allows beside looking."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.backoffice.shell import CHANGERS


class NotYourSeat(Refused):
    """A clerk tried to change prices, commission, leaders or the shop."""

    code, kind, sentence = "not_your_seat", Kind.FORBIDDEN, _("店员不能改价格、佣金和店铺设置，请店主或店长来操作。")


def changers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let owners and managers through; stands below ``staff_only``. The view raises NotYourSeat for anybody else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.seat.role not in CHANGERS:  # type: ignore[attr-defined]
            raise NotYourSeat
        return view(request, *args, **kwargs)

    return guarded
