"""Which names a merchant may bring."""

import pytest

from control.domains.names import DomainRefused, check_name

ACCEPTED = {
    "shop.example.com": "shop.example.com",
    " Shop.Example.COM. ": "shop.example.com",
    "example.com": "example.com",
    "a.b.c.example.com.cn": "a.b.c.example.com.cn",
    "绿家.com": "xn--fctz43f.com",
    "绿家8-8.中国": "xn--8-8-ui0fl17m.xn--fiqs8s",
    "shop。example。com": "shop.example.com",
    "ｓｈｏｐ.example.com": "shop.example.com",
    "x-1.example.co.uk": "x-1.example.co.uk",
}
REFUSED = {
    "": "只填域名",
    "   ": "只填域名",
    "https://shop.example.com": "只填域名",
    "shop.example.com/path": "只填域名",
    "shop.example.com:8443": "只填域名",
    "owner@example.com": "只填域名",
    "shop example.com": "只填域名",
    "shop.example.com\x00": "格式",
    "*.example.com": "泛域名",
    "192.0.2.1": "IP",
    "[2001:db8::1]": "只填域名",
    "127.1": "IP",
    "2130706433": "IP",
    "0x7f.0.0.1": "IP",
    "localhost": "公共后缀",
    "shop": "公共后缀",
    "shop.test": "公共后缀",
    "shop.internal": "公共后缀",
    "com": "公共后缀",
    "com.cn": "公共后缀",
    "co.uk": "公共后缀",
    "github.io": "公共后缀",
    "linli.test": "平台",
    "acme.linli.test": "平台",
    "rival.linli.test": "平台",
    "deep.acme.linli.test": "平台",
    "LINLI.TEST.": "平台",
    "test": "平台",  # the parent of our own
    "-shop.example.com": "格式",
    "shop-.example.com": "格式",
    "shop..example.com": "格式",
    ".example.com": "格式",
    "shop_1.example.com": "格式",
    "ab--cd.example.com": "格式",
    "xn--zzzzzzzz.example.com": "格式",
    "a" * 64 + ".example.com": "格式",
    ".".join(["a" * 60] * 5) + ".com": "格式",
    "аpple.com": "混用",  # a Cyrillic letter among Latin ones
    "xn--pple-43d.com": "混用",  # the same, written as it travels
    "αβγ.com": "混用",
    "绿家fresh.com": "混用",
    "пример.com": "混用",
    "👍.com": "",
}


class TestNames:
    @pytest.mark.parametrize(("written", "plain"), ACCEPTED.items())
    def test_a_domain_of_ones_own_is_taken_in_one_form(self, written: str, plain: str) -> None:
        assert check_name(written) == plain

    @pytest.mark.parametrize(("written", "because"), REFUSED.items(), ids=lambda value: ascii(value)[:24])
    def test_anything_else_is_refused_with_a_sentence(self, written: str, because: str) -> None:
        with pytest.raises(DomainRefused) as refusal:
            check_name(written)

        assert because in str(refusal.value)
        assert refusal.value.fields["domain"]
