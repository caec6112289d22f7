"""Bills as WeChat writes them: a backtick before each value, two rows of sums at the end, gzip, SHA-1 of the text."""

import gzip
import hashlib
from datetime import datetime

from tests.simulators.company import CHINA, PaidBack, Trade

NAMES = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUND_NAMES = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FEE_PPM = 6_000
_TITLE = "<title>"


def trade_bill(
    trades: list[Trade], refunds: list[PaidBack], book: dict[str, Trade], *, day: str, appid: str, mchid: str
) -> str:
    """Write the trades of a day; empty when there were none."""
    rows: list[list[str]] = []
    for one in (one for one in trades if _day(one.paid_at) == day):
        money = f"{_yuan(one.amount)},0.00,0,0,0.00,0.00,,,{_TITLE},,"
        money += f"{_fee(one.amount)},0.60%,{_yuan(one.amount)},0.00,"
        rows.append(_values(one, one.paid_at, "SUCCESS", money, appid=appid, mchid=mchid))
    # A refund stands on the bill of the day it was taken in, with its state of that moment, never changed later
    for back in (back for back in refunds if _day(back.at) == day):
        one = book[back.trade]
        state = {"sent": "PROCESSING", "done": "SUCCESS", "failed": "FAIL"}[back.state]
        money = f"0.00,0.00,{back.number},{back.key},{_yuan(back.amount)},0.00,ORIGINAL,{state},{_TITLE},,"
        money += f"{_fee(-back.amount)},0.60%,0.00,{_yuan(back.amount)},"
        rows.append(_values(one, back.at, "REFUND", money, appid=appid, mchid=mchid))
    if not rows:
        return ""
    # A backtick before every value and no quotes: a name of goods is written as it is
    ticked = [",".join("`" + value for value in row) for row in rows]
    total = sum(one.amount for one in trades if _day(one.paid_at) == day)
    return "\r\n".join(
        [NAMES, *ticked, SUMS, f"`{len(rows)},`{_yuan(total)},`0.00,`0.00,`0.00,`{_yuan(total)},`0.00", ""]
    )


def _values(one: Trade, at: str, state: str, money: str, *, appid: str, mchid: str) -> list[str]:
    moved = f"{_time(at)},{appid},{mchid},0,,42{one.payment},{one.key},{one.payer or 'o'},"
    plain = f"{moved}{one.kind.upper()},{state},OTHERS,{one.currency},{money}".split(",")
    return [one.title if value == _TITLE else value for value in plain]


def fund_bill(
    trades: list[Trade], refunds: list[PaidBack], book: dict[str, Trade], *, day: str, appid: str, mchid: str
) -> str:
    """Write how the balance moved on a day."""
    rows, balance = [], 0
    for one in (one for one in trades if _day(one.paid_at) == day):
        balance += one.amount
        rows.append(
            f"`{_time(one.paid_at)},`42{one.payment},`{one.number},`交易,`交易,`收入,`{_yuan(one.amount)},`{_yuan(balance)},"
            f"`system,`,`{one.key}"
        )
    return "\r\n".join([FUND_NAMES, *rows, "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额", ""]) if rows else ""


def packed(text: str) -> tuple[bytes, str]:
    """Pack a bill and say the hash of what is in it."""
    content = ("\ufeff" + text).encode()
    return gzip.compress(content), hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _fee(amount: int) -> str:
    fee, sign = abs(amount) * FEE_PPM, "-" if amount < 0 else ""
    exact = f"{fee // 100_000_000}.{fee % 100_000_000:08d}"
    return f"{sign}{exact[:-3]}"


def _yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _day(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(CHINA).date().isoformat() if moment else ""


def _time(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
