"""What each component of the template kit promises, in each state."""

import re
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest, QueryDict
from django.template import Context, Template
from django.test import RequestFactory

from kit.web.charts import Chart, Series
from kit.web.forms import MoneyField
from kit.web.lists import Column, ordering, page_of, state_tabs
from kit.web.shell import MenuItem, menu_at

SCRIPT = "<script>alert(1)</script>"


def drawn(source: str, path: str = "/goods", **context: Any) -> str:
    request: HttpRequest = RequestFactory().get(path)
    return Template(source).render(Context({"request": request, "csrf_token": "token", **context}))


class Goods(forms.Form):
    title = forms.CharField(label="商品名称", help_text="最多 30 个字", max_length=30)
    price = MoneyField(label="售价", least_minor=1)
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)


class TestFormField:
    def test_ties_label_help_and_control_together(self) -> None:
        page = drawn("{% form_field form.title %}", form=Goods())

        assert '<label for="id_title">' in page
        assert 'aria-describedby="id_title-help"' in page
        assert 'id="id_title-help">最多 30 个字' in page

    def test_shows_the_error_beside_the_field_and_keeps_what_was_typed(self) -> None:
        typed = {"title": "青菜" * 20, "price": "12.345"}
        form = Goods(typed)

        page = drawn("{% form_field form.title %}{% form_field form.price %}", form=form)

        assert page.count('aria-invalid="true"') == 2
        assert 'id="id_title-wrong"' in page
        assert 'aria-describedby="id_title-help id_title-wrong"' in page
        assert str(form.errors["price"][0]) in page
        assert typed["title"] in page
        assert 'value="12.345"' in page

    def test_escapes_what_was_typed(self) -> None:
        page = drawn(
            "{% form_field form.title %}{% form_field form.note %}", form=Goods({"title": SCRIPT, "note": SCRIPT})
        )

        assert SCRIPT not in page
        assert page.count("&lt;script&gt;") == 2

    def test_marks_what_must_be_filled_in(self) -> None:
        assert 'class="must"' in drawn("{% form_field form.title %}", form=Goods())
        assert 'class="must"' not in drawn("{% form_field form.note %}", form=Goods())


class TestMoneyField:
    @pytest.mark.parametrize(("typed", "minor"), [("12.9", 1290), ("¥1,290.00", 129_000), ("3", 300)])
    def test_reads_yuan_as_fen(self, typed: str, minor: int) -> None:
        form = Goods({"title": "青菜", "price": typed})

        assert form.is_valid()
        assert form.cleaned_data["price"] == minor

    @pytest.mark.parametrize("typed", ["12.345", "十块", "0", "-3", "1e3.5"])
    def test_refuses_what_is_no_price(self, typed: str) -> None:
        form = Goods({"title": "青菜", "price": typed})

        assert not form.is_valid()
        assert form.errors["price"]

    def test_shows_stored_fen_as_yuan(self) -> None:
        assert 'value="1290.00"' in drawn("{% form_field form.price %}", form=Goods(initial={"price": 129_000}))


class TestTable:
    COLUMNS = (Column("商品"), Column("售价", sort="price", align="num"))
    SOURCE = (
        '{% table columns "商品表" page=page is_filtered=filtered empty_title="还没有商品" empty_href="/new" '
        'empty_action="新增" %}{% for row in page %}<tr>{% cell "商品" "lead" %}{{ row }}{% endcell %}</tr>'
        "{% endfor %}{% endtable %}"
    )

    def page(self, rows: list[str], *, filtered: bool = False, path: str = "/goods") -> str:
        request = RequestFactory().get(path)
        return drawn(
            self.SOURCE, path, columns=self.COLUMNS, page=page_of(rows, request.GET, size=2), filtered=filtered
        )

    def test_names_each_cell_for_the_phone(self) -> None:
        assert 'data-label="商品"' in self.page(["青菜"])

    def test_escapes_rows(self) -> None:
        assert SCRIPT not in self.page([SCRIPT])

    def test_says_what_to_do_when_there_is_nothing(self) -> None:
        page = self.page([])

        assert "还没有商品" in page
        assert 'href="/new"' in page
        assert "<table" not in page

    def test_offers_to_clear_filters_when_nothing_matches(self) -> None:
        page = self.page([], filtered=True)

        assert "清除筛选" in page
        assert "还没有商品" not in page

    def test_turns_the_sort_around_and_keeps_the_filters(self) -> None:
        page = self.page(["青菜"], path="/goods?q=菜&sort=price&page=3")

        assert 'aria-sort="ascending"' in page
        assert "sort=-price" in page
        assert "q=%E8%8F%9C" in page

    def test_links_the_other_pages(self) -> None:
        page = self.page(["一", "二", "三"], path="/goods?q=x")

        assert 'href="?q=x&amp;page=2"' in page
        assert 'aria-current="page">1<' in page
        assert "共 3 条" in page


class TestLists:
    def test_ignores_a_sort_that_is_not_offered(self) -> None:
        assert ordering(QueryDict("sort=password"), allowed={"price": "price_minor"}, default="-price") == [
            "-price_minor", "pk",
        ]  # fmt: skip

    def test_starts_each_tab_at_page_one(self) -> None:
        tabs = state_tabs(
            QueryDict("state=paid&page=4&q=a"), states=[("", "全部"), ("paid", "已付款")], counts={"paid": 2}
        )

        assert [tab.href for tab in tabs] == ["?q=a", "?state=paid&q=a"]
        assert [tab.is_current for tab in tabs] == [False, True]


class TestButtons:
    def test_asks_first_by_name_and_amount(self) -> None:
        page = drawn('{% post_button "退款" "/refund" ask=question ask_amount="¥58.60" %}', question='给"王阿姨"退款？')

        assert 'data-ask="给&quot;王阿姨&quot;退款？"' in page
        assert 'data-ask-amount="¥58.60"' in page
        assert 'name="csrfmiddlewaretoken"' in page

    def test_says_why_it_cannot_be_pressed(self) -> None:
        page = drawn('{% post_button "开团" "/open" off="先添加商品" %}')

        assert "disabled" in page
        assert page.count("先添加商品") == 2


class TestChart:
    def test_puts_the_numbers_in_a_table_too(self) -> None:
        chart = Chart("line", ["周一", "周二"], [Series("销售额", [1290, None])], currency="CNY")

        page = drawn('{% chart "sales" chart "销售额" %}', chart=chart)

        assert '<script id="sales" type="application/json">' in page
        assert "¥12.90" in page
        assert "<table" in page

    def test_does_not_let_a_name_out_of_its_script(self) -> None:
        chart = Chart("pie", [f"</script>{SCRIPT}"], [Series("份数", [1])])

        assert SCRIPT not in drawn('{% chart "c" chart "份数" %}', chart=chart)

    def test_refuses_a_series_of_another_length(self) -> None:
        with pytest.raises(ValueError, match="2 values for 1 labels"):
            Chart("bar", ["周一"], [Series("订单", [1, 2])])


class TestMenu:
    MENU = (
        MenuItem("概况", "/backoffice/"),
        MenuItem("商品", "/backoffice/products", below=[MenuItem("分类", "/backoffice/products/categories")]),
    )

    @pytest.mark.parametrize(
        ("path", "current"),
        [
            ("/backoffice/", ["概况"]),
            ("/backoffice/products/7", ["商品"]),
            ("/backoffice/products/categories", ["商品"]),
            ("/backoffice/productsale", ["概况"]),
        ],
    )
    def test_marks_the_longest_address_that_fits(self, path: str, current: list[str]) -> None:
        assert [item.label for item in menu_at(path, self.MENU) if item.is_current] == current


class TestProgress:
    def test_asks_again_only_while_running(self) -> None:
        assert 'hx-get="/job"' in drawn('{% progress 40 "导入中" poll="/job" %}')
        assert "hx-get" not in drawn('{% progress 100 "好了" poll="/job" state="done" %}')


def test_no_component_writes_a_style_or_a_handler() -> None:
    page = drawn(
        '{% progress 40 "x" %}{% skeleton "table" 2 %}{% copy_button "a" %}{% hint "b" %}'
        '{% stat "c" 1 trend="up" note="d" %}'
    )

    assert not re.search(r"\s(style|on\w+)=", page)
