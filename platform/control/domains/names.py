"""Which domains a merchant may bring. Only the form is judged here; whose a domain is, the DNS says.

Rules of names: RFC 5890 (IDNA) and RFC 1035 for the form, the Public Suffix List for what belongs to a registry,
Unicode's advice (UTS #39) against mixed scripts, of which the strictest reading serves our merchants: a label is
plain ASCII, or Chinese characters with digits and hyphens.
"""

import ipaddress
import re
from functools import cache
from typing import Any

import idna
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from publicsuffixlist import PublicSuffixList

from kit.errors import Kind, Refused

_ADDRESS = re.compile(r"[:/?#@\\]|\s")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\u3007\u3005]")
_LONGEST = 240  # room for "_linli-verify." before it


class DomainRefused(Refused):
    """A merchant cannot bring this domain; the sentence says why."""

    code, kind, sentence = "domain_refused", Kind.INVALID, _("这个域名不能用。")


def check_name(text: str) -> str:
    """Return a domain in its plain form: ASCII, lower case, no final dot. :raises DomainRefused:"""
    written = text.strip().lower().replace("。", ".").removesuffix(".")
    if not written or _ADDRESS.search(written):
        raise _refuse(_("只填域名，例如 shop.example.com，不带 http:// 和斜杠。"))
    if "*" in written:
        raise _refuse(_("不支持泛域名，请填写一个具体的域名。"))
    if _is_address(written):
        raise _refuse(_("不能用 IP 地址，请填写域名。"))
    name = _in_ascii(written)
    if len(name) > _LONGEST or not all(_LABEL.match(label) for label in name.split(".")):
        raise _refuse(_("域名格式不对，例如 shop.example.com。"))
    if _is_ours(name):
        raise _refuse(_("这是平台的域名，请填写您自己的域名。"))
    if not _can_be_owned(name):
        raise _refuse(_("这是公共后缀，不是某一家的域名，请填写完整的域名。"))
    return name


def _refuse(sentence: Any) -> DomainRefused:
    return DomainRefused(sentence, fields={"domain": [sentence]})


def _is_address(written: str) -> bool:
    try:
        ipaddress.ip_address(written.strip("[]"))
    except ValueError:
        # 127.1, 0x7f.1 and 2130706433 are addresses to many programs: no top-level domain begins with a digit
        return written.rpartition(".")[2][:1].isdigit()
    return True


def _in_ascii(written: str) -> str:
    try:
        return ".".join(_plain_label(label) for label in written.split("."))
    except (idna.IDNAError, UnicodeError):
        raise _refuse(_("域名格式不对，例如 shop.example.com。")) from None


def _plain_label(label: str) -> str:
    spoken = idna.decode(label) if label.startswith("xn--") else idna.uts46_remap(label, std3_rules=True)
    if spoken.isascii():
        if spoken[2:4] == "--":
            raise idna.IDNAError("reserved")
        return spoken
    if not all(_HAN.match(letter) or letter in "0123456789-" for letter in spoken):
        raise _refuse(_("域名里混用了不同的文字，容易和别家混淆。请用纯英文或纯中文域名。"))
    return idna.encode(spoken).decode()


def _is_ours(name: str) -> bool:
    ours = settings.LINLI_DOMAIN
    return name == ours or name.endswith(f".{ours}") or ours.endswith(f".{name}")


def _can_be_owned(name: str) -> bool:
    if name.rpartition(".")[2] in settings.LINLI_TRIAL_SUFFIXES:
        return name.count(".") >= 1
    return _suffixes().privatesuffix(name) is not None


@cache  # the list of the installed release; holds nothing of any store
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
