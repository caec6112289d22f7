"""The companies' daily statements, as they write them, read into lines.

WeChat: gzipped UTF-8 CSV, a backtick before every value so that spreadsheets leave it alone, two summary rows at the
end. Alipay: a zip of GBK CSV files with comment lines and tabs. Neither quotes anything. Amounts are yuan with two
decimals; the fee column may have more. Times are China's. A bill without its end is not whole, and not read.
"""

import contextlib
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import takewhile
from zoneinfo import ZoneInfo

from kit.ports.payments.words import StatementLine, Unreachable

CHINA = ZoneInfo("Asia/Shanghai")
MOST_BYTES = 50_000_000  # unpacked; a store with more needs another way to read it
_CENTS = Decimal(100)
_GOODS = "商品名称"


def wechat_lines(packed: bytes, *, sha1: str) -> list[StatementLine]:
    """Read WeChat's trade bill. :raises Unreachable: broken on the way, not whole, or not a bill."""
    content = _gunzip(packed)
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != sha1.lower():  # what WeChat gives to compare with
        raise Unreachable("the statement does not match its hash")
    with _reading():
        names, *rows = _rows(content.decode("utf-8-sig"))
        columns = names.split(",")
        # A name of goods may hold commas and quotes: only comma and backtick together part two values
        trades = list(takewhile(lambda row: row.startswith("`"), rows))
        found = [_wechat_line(_named(columns, row[1:].split(",`"))) for row in trades]
        sums = dict(zip(*(row.replace("`", "").split(",") for row in rows[len(trades) :][:2]), strict=False))
        _all_there(int(sums["总交易单数"]), found)
    return found


def alipay_lines(packed: bytes) -> list[StatementLine]:
    """Read Alipay's trade bill. :raises Unreachable: broken on the way, not whole, or not a bill."""
    found: list[StatementLine] = []
    with _reading():
        for content in _unzip_details(packed):
            found += _alipay_file(_rows(content.decode("gb18030")))
    return found


def minor_of(yuan: str) -> int:
    """Read an amount in yuan, exactly; a fee finer than a fen is rounded half away from zero.

    :raises Unreachable: not an amount.
    """
    try:
        exact = Decimal(yuan.replace(",", "") or "0") * _CENTS
        return int(exact.quantize(Decimal(1), rounding="ROUND_HALF_UP"))
    except (InvalidOperation, ValueError) as error:
        raise Unreachable(f"not an amount: {yuan[:20]!r}") from error


def yuan_of(minor: int) -> str:
    """Write minor units as yuan with two decimals, no float in between: 1290 is "12.90"."""
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // 100}.{minor % 100:02d}"


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    # Whatever a file may be that is no bill: one that cannot be read is tried again, and stops nothing else
    try:
        yield
    except (ValueError, LookupError, TypeError) as error:
        raise Unreachable(f"not a bill: {type(error).__name__}") from error


def _named(columns: list[str], values: list[str]) -> dict[str, str]:
    """Give values their names; what is too many belongs to the name of the goods, which may hold commas."""
    if len(values) > len(columns) and _GOODS in columns:
        place = columns.index(_GOODS)
        surplus = len(values) - len(columns)
        values = [*values[:place], ",".join(values[place : place + surplus + 1]), *values[place + surplus + 1 :]]
    return {name.strip(): value.strip() for name, value in zip(columns, values, strict=False)}


def _rows(text: str) -> list[str]:
    # Not ``splitlines``: that also parts at signs which a name of goods may hold
    return [row.rstrip("\r") for row in text.split("\n")]


def _all_there(count: int, found: list[StatementLine]) -> None:
    # Their sum is of all rows, or of the charges alone
    if count not in (len(found), sum(line.kind == "charge" for line in found)):
        raise Unreachable(f"the statement says {count} rows and has {len(found)}")


def _alipay_file(rows: list[str]) -> list[StatementLine]:
    columns: list[str] = []
    found: list[StatementLine] = []
    is_whole = False
    for row in rows:
        if row.startswith("#"):
            is_whole = is_whole or "列表结束" in row
        elif row.split(",")[0].strip() == "支付宝交易号":
            columns = row.split(",")
        elif columns and row.strip():
            found.append(_alipay_line(_named(columns, row.split(","))))
    if not columns or not is_whole:
        raise Unreachable("the statement has no head or no end")
    return found


def _wechat_line(told: dict[str, str]) -> StatementLine:
    is_refund = told["交易状态"] == "REFUND"
    return StatementLine(
        kind="refund" if is_refund else "charge",
        key=told["商户退款单号"] if is_refund else told["商户订单号"],
        provider_ref=told["微信退款单号"] if is_refund else told["微信订单号"],
        amount_minor=minor_of(told["申请退款金额"] if is_refund else told["订单金额"]),
        fee_minor=minor_of(told["手续费"]),
        currency=told["货币种类"],
        at=_moment(told["交易时间"]),
    )


def _alipay_line(told: dict[str, str]) -> StatementLine:
    is_refund = told["业务类型"] == "退款"
    return StatementLine(
        kind="refund" if is_refund else "charge",
        key=told["退款批次号/请求号"] if is_refund else told["商户订单号"],
        provider_ref=told["支付宝交易号"],
        amount_minor=abs(minor_of(told["订单金额（元）"])),
        fee_minor=-minor_of(told["服务费（元）"]),  # written as what is taken from the seller: negative
        currency="CNY",
        at=_moment(told["完成时间"]),
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError as error:
        raise Unreachable(f"not a time: {text[:20]!r}") from error


def _gunzip(packed: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            return _within(file.read(MOST_BYTES + 1))
    except (OSError, EOFError, zlib.error) as error:
        raise Unreachable("not a gzip file") from error


def _unzip_details(packed: bytes) -> list[bytes]:
    """Unpack all files of details: a long bill comes in several."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            found: list[bytes] = []
            for name in _details(archive):
                with archive.open(name) as file:
                    found.append(file.read(MOST_BYTES + 1 - sum(map(len, found))))
                _within(b"".join(found))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise Unreachable("not a zip file that opens") from error
    if not found:
        raise Unreachable("no details in the archive")
    return found


def _details(archive: zipfile.ZipFile) -> Iterator[str]:
    for entry in archive.infolist():
        # Names come in GBK without a mark, which the zip module reads as code page 437
        name = entry.filename if entry.flag_bits & 0x800 else entry.filename.encode("cp437").decode("gbk", "replace")
        if name.endswith(".csv") and "汇总" not in name:
            yield entry.filename


def _within(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise Unreachable("the statement is too large")
    return content
