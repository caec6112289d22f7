"""Which addresses a store may have, and what to offer when one is taken."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

from control.merchants.models import Merchant
from kit.errors import Kind, Refused

_FORM = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]\Z")
RESERVED = frozenset(
    """www web api admin root mail smtp imap pop mx ns ns1 ns2 dns ftp ssh vpn status pay payment payments cdn static
    assets media img images files upload auth sso login logout signup register oauth console operator backoffice
    docs doc help support service kefu blog news about contact legal terms privacy wpad autoconfig autodiscover
    localhost local test demo dev staging prod production app apps m mobile h5 wap store stores shop shops mall
    merchant merchants partner partners hq headquarters billing invoice invoices account accounts order orders
    null none undefined webhook webhooks callback health healthz readyz metrics monitor grafana linli linlee lin-li
    official security postmaster hostmaster webmaster noreply no-reply system internal example tenant tenants public
    abuse wechat weixin alipay stripe youzan weimob""".split()
)

_LOOKS = str.maketrans({"0": "o", "1": "l", "i": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g"})


def _seen(text: str) -> str:
    """Write a name as a hurried eye reads it: digits as the letters they resemble, i and l alike, rn as m, vv as w."""
    return text.replace("-", "").translate(_LOOKS).replace("rn", "m").replace("vv", "w")


_BRAND = _seen("linli")
_RESERVED_SEEN = frozenset(_seen(word) for word in RESERVED)


class SlugRefused(Refused):
    """The address cannot be had; ``suggestions`` are three that can."""

    code, kind, sentence = "slug_refused", Kind.INVALID, _("这个店铺地址不能用。")


def plain_slug(text: str) -> str:
    """Normalise what a person typed as the store's address."""
    return text.strip().lower()


def check_slug(text: str, *, name: str = "") -> str:
    """Return the address if it is well formed, not reserved and free.

    :raises SlugRefused: with the reason beside the field, and suggestions.
    """
    slug = plain_slug(text)
    if not _FORM.match(slug) or "--" in slug:
        raise _refuse(_("店铺地址用 3–32 个小写字母、数字或短横线，以字母开头。"), slug, name)
    if _is_reserved(slug):
        raise _refuse(_("这个地址是保留的，请换一个。"), slug, name)
    if Merchant.objects.filter(slug=slug).exists():
        raise _refuse(_("这个地址已经被别的店铺使用。"), slug, name)
    return slug


def suggestions(*, wanted: str, name: str) -> list[str]:
    """Offer three free addresses close to what was wanted or to the store's name in pinyin."""
    bases = [base for base in (_clean(wanted), _from_name(name), "xiaodian") if len(base) >= 3]
    candidates = [
        candidate
        for base in dict.fromkeys(bases)
        for candidate in (base, f"{base}-shop", f"{base}-fresh", *(f"{base}{n}" for n in (8, 66, 88, 168, 2, 3)))
        if _FORM.match(candidate) and not _is_reserved(candidate)
    ]
    taken = set(Merchant.objects.filter(slug__in=candidates).values_list("slug", flat=True))
    return _first(3, (candidate for candidate in candidates if candidate not in taken and candidate != wanted))


def _is_reserved(slug: str) -> bool:
    # What the eye takes for one of ours is ours: l1nli, 1inli and iinli read as linli, adm1n as admin
    seen = _seen(slug)
    parts = {seen, *slug.split("-"), *(_seen(part) for part in slug.split("-"))}
    return slug.startswith(("xn-", "pg-")) or seen in _RESERVED_SEEN or seen.startswith(_BRAND) or _BRAND in parts


def _refuse(sentence: object, slug: str, name: str) -> SlugRefused:
    return SlugRefused(sentence, fields={"slug": [sentence]}, suggestions=suggestions(wanted=slug, name=name))


def _clean(text: str) -> str:
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9-]", "", text.lower())).strip("-0123456789")[:24].rstrip("-")


def _from_name(name: str) -> str:
    return _clean("".join(lazy_pinyin(name, style=Style.NORMAL, errors="default")))


def _first(count: int, items: Iterable[str]) -> list[str]:
    found: list[str] = []
    for item in items:
        if item not in found:
            found.append(item)
        if len(found) == count:
            break
    return found
