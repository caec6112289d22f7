"""In which freight zone an address lies, by the names of provinces, cities and districts. Pure."""

from collections.abc import Iterable, Sequence

from tenants.delivery.models import Address, FreightZone

# The first-level divisions of the People's Republic of China (GB/T 2260), as people call them
PROVINCES = (
    *("北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建"),
    *("江西", "山东", "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏"),
    *("陕西", "甘肃", "青海", "宁夏", "新疆", "台湾", "香港", "澳门"),
)
# What people call them in one sign, in the order of PROVINCES, and several at once
_SIGNS = "京 津 冀 晋 蒙 辽 吉 黑 沪 苏 浙 皖 闽 赣 鲁 豫 鄂 湘 粤 桂 琼 渝 川 贵 云 藏 陕 甘 青 宁 新 台 港 澳".split()
SHORT_NAMES = {sign: (name,) for sign, name in zip(_SIGNS, PROVINCES, strict=False)} | {
    "江浙沪": ("江苏", "浙江", "上海"), "江浙沪皖": ("江苏", "浙江", "上海", "安徽"),
    "京津冀": ("北京", "天津", "河北"), "东三省": ("辽宁", "吉林", "黑龙江"), "东北三省": ("辽宁", "吉林", "黑龙江"),
    "云贵川": ("云南", "贵州", "四川"), "两广": ("广东", "广西"), "两湖": ("湖北", "湖南"),
    "港澳台": ("香港", "澳门", "台湾"),
}  # fmt: skip
_CITIES = ("北京", "天津", "上海", "重庆", "香港", "澳门")  # a province and a city at once
_ENDINGS = ("", "省", "市", "自治区", "壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区")


def zone_of(address: Address, zones: Iterable[FreightZone]) -> FreightZone | None:
    """Find the zone whose word names the address best: its district before its city, that before its province.

    Of words for the same, the longer wins, then the older zone. What nobody names is in the default zone, if any.
    """
    zones = sorted(zones, key=lambda zone: str(zone.pk))
    ranked = [(_rank(address, word), zone) for zone in zones for word in zone.words]
    best = max(ranked, key=lambda pair: pair[0], default=((0, 0), None))
    return best[1] if best[0][0] else next((zone for zone in zones if zone.is_default), None)


def is_vague(address: Address, zones: Sequence[FreightZone]) -> bool:
    """Say whether only its province could tell in which zone an address lies, and it has none."""
    if _province_of(address) or not any(zone.words for zone in zones):
        return False
    return not any(_rank(address, word)[0] for zone in zones for word in zone.words)


def _rank(address: Address, word: str) -> tuple[int, int]:
    province = _province_named(word)
    if province:  # never a city that begins alike: 海南藏族自治州 is not in 海南
        return (1, len(word)) if province == _province_of(address) else (0, 0)
    for rank, place in ((3, address.district), (2, address.city), (1, address.province)):
        if place.startswith(word):
            return rank, len(word)
    return 0, 0


def _province_named(word: str) -> str:
    return next((name for name in PROVINCES if word in {name + ending for ending in _ENDINGS}), "")


def _province_of(address: Address) -> str:
    """Read the province, also where it was typed before the city; a foreign one as it is."""
    for name in PROVINCES:
        is_before_city = address.city.startswith(name) and (
            name in _CITIES or address.city[len(name) :].startswith(("省", "自治区", *_ENDINGS[4:]))
        )
        if address.province.startswith(name) or (not address.province and is_before_city):
            return name
    return address.province
