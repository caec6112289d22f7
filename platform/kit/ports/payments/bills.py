"""The companies' daily statements, as they write them, read into lines.

WeChat: gzipped UTF-8 CSV, a backtick before every value so that spreadsheets leave it alone, two summary rows at the
end. Alipay: a zip of GBK CSV files with comment lines and tabs. Amounts are yuan with two decimals; the fee column may
have more. Times are China's.
"""

import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from kit.ports.payments.words import StatementLine, Unreachable

CHINA = ZoneInfo("Asia/Shanghai")
MOST_BYTES = 50_000_000  # unpacked; a store with more needs another way to read it
_CENTS = Decimal(100)


def wechat_lines(packed: bytes, *, sha1: str) -> list[StatementLine]:
    """Read WeChat's trade bill. :raises Unreachable: broken on the way, or not a bill."""
    text = _gunzip(packed)
    if hashlib.sha1(text, usedforsecurity=False).hexdigest() != sha1.lower():  # what WeChat gives to compare with
        raise Unreachable("the statement does not match its hash")
    rows = csv.reader(io.StringIO(text.decode("utf-8-sig")))
    names = next(rows, [])
    found: list[StatementLine] = []
    for row in rows:
        if not row or not row[0].startswith("`"):  # the summary's heading: the trades are over
            break
        told = dict(zip(names, (value.removeprefix("`").strip() for value in row), strict=False))
        found.append(_wechat_line(told))
    return found


def alipay_lines(packed: bytes) -> list[StatementLine]:
    """Read Alipay's trade bill. :raises Unreachable: broken on the way, or not a bill."""
    rows = csv.reader(io.StringIO(_unzip_details(packed).decode("gb18030")))
    names: list[str] = []
    found: list[StatementLine] = []
    for row in rows:
        values = [value.strip() for value in row]
        if not values or values[0].startswith("#") or not values[0]:
            continue
        if values[0] == "支付宝交易号":
            names = values
            continue
        if names:
            found.append(_alipay_line(dict(zip(names, values, strict=False))))
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
    except (OSError, EOFError) as error:
        raise Unreachable("not a gzip file") from error


def _unzip_details(packed: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for name in _details(archive):
                with archive.open(name) as file:
                    return _within(file.read(MOST_BYTES + 1))
    except zipfile.BadZipFile as error:
        raise Unreachable("not a zip file") from error
    raise Unreachable("no details in the archive")


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
