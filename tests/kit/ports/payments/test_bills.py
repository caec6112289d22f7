"""Statements as the companies write them, and files that are none: read whole, or not at all."""

import gzip
import hashlib
import io
import random
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from kit.ports.payments.bills import alipay_lines, minor_of, wechat_lines, yuan_of
from kit.ports.payments.words import StatementLine, Unreachable
from tests.kit.ports.payments.test_wechat import KEY, a_refund, a_wish
from tests.simulators.companies import Companies, alipay_of, wechat_of
from tests.simulators.wechatpay.bills import NAMES, SUMS

ROW = (
    "`2026-11-20 23:59:59,`wx1,`16,`0,`,`4200,`k1,`o,`NATIVE,`SUCCESS,`OTHERS,`CNY,`12.90,`0.00,`0,`0,`0.00,`0.00,`,`,"
    "`{title},`,`0.08000,`0.60%,`12.90,`0.00,`"
)
LAST = "`{count},`12.90,`0.00,`0.00,`0.00,`12.90,`0.00"
HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,退款批次号/请求号,服务费（元）,备注"
)
LINE = "2026\t,k1\t,交易,{title}\t,2026-11-20 23:59:00,2026-11-20 23:59:59,,,,\t,a*\t,12.90,\t,-0.08,"
END = "#-----------业务明细列表结束-----------"


def by_wechat(rows: list[str], *, encoding: str = "utf-8-sig") -> list[StatementLine]:
    content = "\r\n".join(rows).encode(encoding)
    return wechat_lines(gzip.compress(content), sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest())


def by_alipay(*files: list[str], encoding: str = "gbk") -> list[StatementLine]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("20886_20261120_业务明细(汇总).csv", "#汇总\r\n".encode("gbk"))
        for place, rows in enumerate(files):
            archive.writestr(f"20886_20261120_业务明细_{place}.csv", "\r\n".join(rows).encode(encoding))
    return alipay_lines(packed.getvalue())


def whole_wechat(title: str = "绿家") -> list[str]:
    return [NAMES, ROW.format(title=title), SUMS, LAST.format(count=1), ""]


def whole_alipay(title: str = "绿家") -> list[str]:
    return ["#支付宝业务明细查询", HEAD, LINE.format(title=title), END, "#交易合计：1笔", ""]


TITLES = ["a,b,c", '"脆"苹果', '"', "1,200克", "绿家\u2028生鲜", "a\x0bb", "’s", "#1", " "]


class TestNames:
    """A shop's own name stands in each row; nothing of it may move an amount into another column."""

    @pytest.mark.parametrize("title", TITLES)
    def test_of_goods_may_hold_what_they_like(self, title: str) -> None:
        (one,) = by_wechat(whole_wechat(title))
        assert (one.key, one.amount_minor, one.fee_minor, one.currency) == ("k1", 1290, 8, "CNY")
        (one,) = by_alipay(whole_alipay(title), encoding="gb18030")
        assert (one.key, one.amount_minor, one.fee_minor) == ("k1", 1290, 8)

    def test_come_so_from_the_company_too(self, companies: Companies) -> None:
        for company, adapter, kind in (
            (companies.wechat, wechat_of(companies), "native"),
            (companies.alipay, alipay_of(companies), "qr"),
        ):
            adapter.open_charge(a_wish(kind, title='"绿家, 生鲜" 1,200'))
            company.pay(KEY)
            adapter.refund(a_refund("refund_1", 500))
            assert [line.amount_minor for line in adapter.read_statement(day=date(2026, 11, 20))] == [1290, 500]


class TestTimes:
    def test_are_chinas(self) -> None:
        last_second = datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC)
        assert by_wechat(whole_wechat())[0].at == by_alipay(whole_alipay())[0].at == last_second


class TestNotWhole:
    def test_without_its_end_is_not_read(self) -> None:
        head, row, sums, last, _empty = whole_wechat()
        for rows in ([head, row], [head, row, sums], [head, row, row, sums, last], [head, sums, last], [head], [""]):
            with pytest.raises(Unreachable):
                by_wechat(rows)
        title, names, line, end, *_rest = whole_alipay()
        for rows in ([title, names, line], [title, line, end], [title, end], [""]):
            with pytest.raises(Unreachable):
                by_alipay(rows)

    def test_in_several_files_is_read_whole(self) -> None:
        assert len(by_alipay(whole_alipay(), whole_alipay(), whole_alipay())) == 3
        with pytest.raises(Unreachable):
            by_alipay(whole_alipay(), whole_alipay()[:3])

    @pytest.mark.parametrize(("encoding", "reader"), [("gbk", by_wechat), ("utf-16", by_wechat), ("utf-8", by_alipay)])
    def test_in_another_encoding_is_not_guessed_at(
        self, encoding: str, reader: Callable[..., list[StatementLine]]
    ) -> None:
        rows = whole_wechat() if reader is by_wechat else whole_alipay()
        with pytest.raises(Unreachable):
            reader(rows, encoding=encoding)

    def test_of_another_form_is_not_read(self) -> None:
        for old, new in (
            ("交易状态", "状态"),
            ("`12.90,`0.00,`0,`0", "`12.90"),
            ("`12.90,`0.00,`\r", "`十二,`0.00,`\r"),
            ("2026-11-20 23", "20-11-2026 23"),
            ("`1,`", "`一,`"),
        ):
            text = "\r\n".join(whole_wechat())
            assert old in text
            with pytest.raises(Unreachable):
                by_wechat(text.replace(old, new).split("\r\n"))

    def test_nothing_that_is_no_bill_raises_anything_else(self) -> None:
        dice = random.Random("bills")
        good = gzip.compress("\r\n".join(whole_wechat()).encode())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("明细.csv", "\r\n".join(whole_alipay()).encode("gbk"))
        for whole, read in ((good, lambda told: wechat_lines(told, sha1="0")), (packed.getvalue(), alipay_lines)):
            bent = [b"", b"<html>", whole[: len(whole) // 2]]
            for _time in range(300):
                spoiled = bytearray(whole)
                for _bit in range(dice.randint(1, 4)):
                    spoiled[dice.randrange(len(whole))] = dice.randrange(256)
                bent.append(bytes(spoiled))
            for told in bent:
                try:
                    read(told)
                except Unreachable:
                    continue


class TestAmounts:
    def test_are_exact_both_ways(self) -> None:
        for minor in (0, 1, 9, 10, 99, 100, 1290, 10**11 + 1, -1, -1290):
            assert minor_of(yuan_of(minor)) == minor
        assert [minor_of(told) for told in ("1,234.50", "0.005", "-0.005", "")] == [123450, 1, -1, 0]
        for told in ("NaN", "Infinity", "一", "1.2.3", "0x10"):
            with pytest.raises(Unreachable):
                minor_of(told)
