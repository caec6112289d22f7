"""Pages for when something is wrong. They ask no database and say nothing of what went wrong inside."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Problem:
    """What an error page says."""

    status: int
    title: str
    text: str
    icon: str = "circle-alert"
    may_retry: bool = False


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, Problem(400, _("这个请求我们看不懂"), _("请回到上一页，刷新后再试一次。")))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        Problem(403, _("您没有权限看这一页"), _("需要的话，请店主在“套餐与账单 · 员工”里给您开通。"), icon="lock"),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        Problem(
            403, _("页面放得太久了"), _("为了安全，这次提交没有生效。请回到上一页，刷新后重新提交。"), icon="timer"
        ),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, Problem(404, _("没有找到这一页"), _("链接可能写错了，或者内容已经删除。"), icon="map-pin"))


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, Problem(429, _("操作太快了"), _("请歇一小会儿，再试一次。"), icon="timer", may_retry=True))


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        Problem(
            500,
            _("出错了，不是您的问题"),
            _("我们已经收到报告。请稍后重试；一直这样的话，请把下面的编号告诉我们。"),
            may_retry=True,
        ),
    )


def unavailable(request: HttpRequest, sentence: str = "") -> HttpResponse:
    return _page(
        request,
        Problem(
            503, sentence or _("正在维护，马上回来"), _("数据都在，请过几分钟再来。"), icon="clock", may_retry=True
        ),
    )


def page_for(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Answer with an error page of one's own words."""
    return _page(request, problem)


def _page(request: HttpRequest, problem: Problem) -> HttpResponse:
    # Rendered without the request: no context processor runs, so nothing here can ask the database
    context: dict[str, Any] = {"problem": problem, "request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("kit/errors/page.html", context), status=problem.status)
