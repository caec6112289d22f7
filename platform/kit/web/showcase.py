"""The showcase: every component in every state, at /kit/, in the demo and in tests only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kit import clock
from kit.web import errors
from kit.web.answers import again, done, say
from kit.web.charts import Chart, Series
from kit.web.forms import MoneyField
from kit.web.lists import Column, ordering, page_of, state_tabs
from kit.web.shell import Banner, Console, Found, MenuItem, menu_at

_STATES = [("on_sale", _("在售")), ("low_stock", _("库存少")), ("sold_out", _("售罄")), ("draft", _("草稿"))]
_COLUMNS = [
    Column(_("商品")),
    Column(_("售价"), sort="price", align="num"),
    Column(_("库存"), sort="stock", align="num"),
    Column(_("状态")),
    Column(""),
]
_CITY_CENTRE = (31.2304, 121.4737)
_POINTS = [
    {"name": "梧桐苑东门", "lat": 31.2352, "lng": 121.4661},
    {"name": "静安里便利店", "lat": 31.2261, "lng": 121.4822},
]


@dataclass(frozen=True)
class Goods:
    """A row to look at."""

    pk: int
    title: str
    note: str
    price_minor: int
    stock: int
    state: str

    def get_state_display(self) -> str:
        return str(dict(_STATES)[self.state])


_NAMES = ("上海青", "散养土鸡蛋", "五花肉", "赣南脐橙", "活鲫鱼", "东北大米 5kg", "北豆腐", "小番茄")
_GOODS = [
    Goods(n, _NAMES[n % 8], "500g/份 · 次日达", 390 + n * 137, (n * 7) % 60, _STATES[n % 4][0]) for n in range(1, 47)
]


class Filters(forms.Form):
    """The filters above the list."""

    q = forms.CharField(label=_("商品名"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    category = forms.ChoiceField(
        label=_("分类"), required=False, choices=[("", _("全部")), ("veg", _("蔬菜")), ("fruit", _("水果"))]
    )


class GoodsForm(forms.Form):
    """A form with one of each field."""

    title = forms.CharField(label=_("商品名称"), max_length=30, help_text=_("顾客在团购页看到的名字，最多 30 个字。"))
    price = MoneyField(label=_("售价"), least_minor=1)
    stock = forms.IntegerField(label=_("库存"), min_value=0)
    category = forms.ChoiceField(label=_("分类"), choices=[("veg", _("蔬菜")), ("fruit", _("水果"))])
    phone = forms.CharField(label=_("手机号"), required=False)
    secret = forms.CharField(label=_("密码"), widget=forms.PasswordInput, required=False)
    story = forms.CharField(label=_("商品说明"), widget=forms.Textarea, required=False)
    storage = forms.ChoiceField(
        label=_("储存方式"),
        widget=forms.RadioSelect,
        choices=[("cool", _("冷藏")), ("frozen", _("冷冻"))],
        initial="cool",
    )
    days = forms.MultipleChoiceField(
        label=_("配送日"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("1", _("周一")), ("3", _("周三"))],
    )
    picture = forms.FileField(label=_("图片"), required=False)
    agreed = forms.BooleanField(label=_("同时发到团长群"), required=False)
    lat = forms.CharField(label=_("纬度"), initial="31.230400")
    lng = forms.CharField(label=_("经度"), initial="121.473700")


def only_where_shown(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hide the showcase from a real deployment."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (settings.LINLI_DEMO or settings.DEBUG):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@only_where_shown
def index(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    now = clock.now()
    wanted = request.GET.get("q", "")
    rows = [goods for goods in _GOODS if wanted in goods.title and request.GET.get("state", "") in ("", goods.state)]
    by = ordering(request.GET, allowed={"price": "price_minor", "stock": "stock"}, default="price")[0]
    rows.sort(key=lambda goods: getattr(goods, by.removeprefix("-")), reverse=by.startswith("-"))
    counts = {code: sum(goods.state == code for goods in _GOODS) for code, label in _STATES} | {"": len(_GOODS)}
    filters = Filters(request.GET)
    return render(
        request,
        "kit/showcase/index.html",
        {
            "console": _console(request),
            "crumbs": [(_("首页"), "/"), (_("组件"), "")],
            "columns": _COLUMNS,
            "rows": page_of(rows, request.GET, size=8),
            "tabs": state_tabs(request.GET, states=[("", _("全部")), *_STATES], counts=counts),
            "filters": filters,
            "is_filtered": filters.has_changed(),
            "form": GoodsForm(),
            "wrong_form": _wrong_form(),
            "no_rows": page_of([], request.GET),
            "charts": _charts(),
            "events": _events(now),
            "centre": _CITY_CENTRE,
            "points": _POINTS,
            "loss_minor": -1290,
            "soon": now + timedelta(minutes=40),
            "earlier": now - timedelta(hours=3),
        },
    )


@only_where_shown
def drawer(request: HttpRequest) -> HttpResponse:
    """Show a form in a drawer, wrong answers included."""
    form = GoodsForm(request.POST or None, initial={"title": "上海青", "price": 590, "stock": 24})
    context = {"console": _console(request), "form": form, "centre": _CITY_CENTRE, "points": _POINTS}
    if form.is_bound and form.is_valid():
        return done(request, to=reverse("kit:showcase"), sentence=str(_("已保存")), undo=reverse("kit:showcase-act"))
    if form.is_bound:
        return again(request, "kit/showcase/drawer.html", context)
    return render(request, "kit/showcase/drawer.html", context)


@only_where_shown
def progress(request: HttpRequest) -> HttpResponse:
    """Answer a job that is further at each look."""
    percent = min(100, int(request.GET.get("at", "0")) + 20)
    return render(request, "kit/showcase/_progress.html", {"percent": percent, "at": str(percent)})


@only_where_shown
def search(request: HttpRequest) -> HttpResponse:
    """Answer the search box."""
    wanted = request.GET.get("q", "").strip()
    hits = [
        Found(goods.title, "?", f"#{goods.pk}", "package") for goods in _GOODS[:8] if wanted and wanted in goods.title
    ]
    return render(request, "kit/_found.html", {"q": wanted, "groups": [(_("商品"), hits)] if hits else []})


@only_where_shown
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Pretend to do what was asked."""
    picked = request.POST.getlist("ids")
    sentence = str(_("已处理 %(count)d 个商品") % {"count": len(picked)} if picked else _("已处理"))
    return done(request, to=reverse("kit:showcase"), sentence=sentence, undo=reverse("kit:showcase-act"))


@only_where_shown
def auth(request: HttpRequest) -> HttpResponse:
    """Show the login card."""
    say(request, str(_("已退出登录")), tone="info")
    return render(request, "kit/showcase/auth.html", {"form": GoodsForm()})


@only_where_shown
def broken(request: HttpRequest, status: int) -> HttpResponse:
    """Show an error page."""
    pages: dict[int, Callable[[HttpRequest], HttpResponse]] = {
        400: errors.bad_request, 403: errors.forbidden, 404: errors.not_found, 429: errors.too_many,
        500: errors.server_error, 503: errors.unavailable,
    }  # fmt: skip
    return pages.get(status, errors.not_found)(request)


def _console(request: HttpRequest) -> Console:
    here = reverse("kit:showcase")
    menu = [
        MenuItem(_("概况"), here + "none/1", "layout-dashboard"),
        MenuItem(
            _("商品"), here, "package", below=[MenuItem(_("商品列表"), here), MenuItem(_("分类"), here + "none/2")]
        ),
        MenuItem(_("团期"), here + "none/3", "calendar-clock"),
        MenuItem(_("订单"), here + "none/4", "clipboard-list", badge=12),
        MenuItem(_("团长"), here + "none/5", "users"),
        MenuItem(_("设置"), here + "none/6", "settings"),
    ]
    return Console(
        name="阿婆菜篮", menu=menu_at(request.path, menu), person_name="陈秀兰", person_note=_("店主"), home=here,
        search_url=reverse("kit:showcase-search"), notices_url=here, unread=3, help_url=here, sign_out_url=here + "act",
        shop_url="/m/", person_links=[MenuItem(_("我的资料"), here, "user")],
        banners=[Banner(_("试用还剩 5 天，到期后店铺会暂停接单。"), "warn", here, _("去开通"))],
    )  # fmt: skip


def _wrong_form() -> GoodsForm:
    form = GoodsForm(
        {"title": "上海青" * 12, "price": "12.345", "stock": "-2", "phone": "138", "lat": "31.23", "lng": "121.47"}
    )
    form.is_valid()
    form.add_error("phone", str(_("手机号是 11 位数字。")))
    form.add_error(None, str(_("这个商品刚被别人改过，请核对后再保存。")))
    return form


def _charts() -> dict[str, Chart]:
    days = ["11-16", "11-17", "11-18", "11-19", "11-20", "11-21", "11-22"]
    sales = [128_450, 142_310, 118_900, 165_200, 173_040, 201_880, 190_450]
    return {
        "line": Chart("line", days, [Series(_("销售额"), sales)], currency="CNY"),
        "bar": Chart(
            "bar", days, [Series(_("订单"), [42, 51, 39, 60, 66, 81, 77]), Series(_("退款"), [1, 0, 2, 1, 3, 1, 2])]
        ),
        "bars": Chart(
            "bars",
            ["王阿姨", "小李", "梧桐苑", "张姐"],
            [Series(_("佣金"), [43_210, 31_800, 22_150, 9_900])],
            currency="CNY",
        ),
        "pie": Chart("pie", ["蔬菜", "水果", "肉禽蛋", "米面油"], [Series(_("份数"), [320, 210, 150, 60])]),
    }


@dataclass(frozen=True)
class _Event:
    at: datetime
    sentence: Any
    by: str = ""
    tone: str = ""
    note: str = ""


def _events(now: datetime) -> list[_Event]:
    return [
        _Event(now - timedelta(hours=1), _("团长已交货，3 件全部取走"), "王阿姨", "good"),
        _Event(now - timedelta(hours=9), _("已送到提货点"), "", ""),
        _Event(now - timedelta(hours=20), _("付款成功"), "", "good", "¥58.60"),
        _Event(now - timedelta(hours=21), _("下单"), "138****2046"),
    ]
