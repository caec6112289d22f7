"""Bills as Alipay writes them: comment lines, tabs after the numbers, GBK, two files in a zip."""

import io
import zipfile
from datetime import datetime

from tests.simulators.company import CHINA, PaidBack, Trade

NAMES = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
FEE_PPM = 6_000


def trade_bill(trades: list[Trade], refunds: list[PaidBack], book: dict[str, Trade], *, day: str, seller: str) -> str:
    """Write the trades of a day; empty when there were none."""
    rows = [
        _row(one, kind="交易", at=one.paid_at, amount=one.amount, fee=-_fee(one.amount), request="")
        for one in trades
        if _day(one.paid_at) == day
    ]
    rows += [
        _row(book[back.trade], kind="退款", at=back.at, amount=-back.amount, fee=_fee(back.amount), request=back.key)
        for back in refunds
        if back.state == "done" and _day(back.at) == day
    ]
    if not rows:
        return ""
    return "\r\n".join(
        [
            "#支付宝业务明细查询",
            f"#账号：[{seller}0156]",
            f"#起始日期：[{day} 00:00:00]   终止日期：[{day} 24:00:00]",
            "#-----------------------------------------业务明细列表----------------------------------------",
            NAMES,
            *rows,
            "#-----------------------------------------业务明细列表结束------------------------------------",
            f"#交易合计：{len(rows)}笔",
            "",
        ]
    )


def packed(text: str, *, day: str, seller: str) -> bytes:
    """Pack the details and the summary as one zip."""
    content = io.BytesIO()
    name = f"{seller}0156_{day.replace('-', '')}_业务明细"
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}(汇总).csv", "#支付宝业务汇总查询\r\n".encode("gbk"))
        archive.writestr(f"{name}.csv", text.encode("gbk"))
    return content.getvalue()


def _row(trade: Trade, *, kind: str, at: str, amount: int, fee: int, request: str) -> str:
    numbers = f"{trade.number}\t,{trade.key}\t,{kind},{trade.title}\t,{_time(trade.made_at)},{_time(at)},"
    money = f",,,,138****0000\t,{_yuan(amount)},{_yuan(amount)},0.00,0.00,0.00,0.00,0.00,,0.00,0.00,"
    return f"{numbers}{money}{request}\t,{_yuan(fee)},0.00,"


def _fee(amount: int) -> int:
    return (amount * FEE_PPM + 500_000) // 1_000_000


def _yuan(minor: int) -> str:
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // 100}.{minor % 100:02d}"


def _day(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(CHINA).date().isoformat() if moment else ""


def _time(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
