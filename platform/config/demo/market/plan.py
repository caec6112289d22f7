"""Who lives in the living market. Companies, people and estates are made up; the cities are real."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Point:
    """A pickup point and the leader who keeps it."""

    leader: str
    estate: str
    district: str
    address: str
    latitude: Decimal
    longitude: Decimal
    hours: str = "16:00–20:30"


@dataclass(frozen=True)
class Store:
    """A merchant of the demo: since when, how busy, on which plan."""

    slug: str
    name: str
    owner: str
    city: str
    days: int  # since the sign-up
    orders_a_day: int
    members: int
    goods: slice  # of the list of goods
    points: tuple[Point, ...]
    notice: str
    edition: str = ""  # "" stays on trial
    card: str = ""  # number typed at the card page
    collects_money: bool = False  # by WeChat Pay and Alipay, at the simulators; otherwise by the trial cashier
    partner_of: str = ""  # the slug of the headquarters that pays for it


def _point(leader: str, estate: str, district: str, address: str, latitude: str, longitude: str) -> Point:
    return Point(leader, estate, district, address, Decimal(latitude), Decimal(longitude))


def _partner(slug: str, name: str, owner: str, city: str, *points: Point) -> Store:
    return Store(
        slug=slug,
        name=name,
        owner=owner,
        city=city,
        days=32,
        orders_a_day=3,
        members=12,
        goods=slice(0, 24),
        notice="总部统一供货，下单第二天下午到团长家门口取。",
        points=points,
        edition="starter",
        card="4242424242424242",
        partner_of="greenhome",
    )


STORES = (
    Store(
        slug="greenhome",
        name="绿家生鲜",
        owner="周建国",
        city="杭州市",
        days=36,
        orders_a_day=11,
        members=60,
        goods=slice(0, 71),
        notice="晚上 11 点截单，第二天下午 4 点起到团长家门口取货。坏果包赔，拍照发客服。",
        edition="chain",
        card="4242424242424242",
        collects_money=True,
        points=(
            _point("王秀兰", "翠湖花苑", "西湖区", "文三西路 88 号 3 幢一楼车库", "30.276500", "120.109800"),
            _point("李娟", "秀水人家", "西湖区", "古翠路 126 号东门便利店", "30.281200", "120.128600"),
            _point("陈国强", "东信家园", "滨江区", "江南大道 512 号 7 幢 101", "30.206300", "120.205100"),
            _point("赵敏", "运河新村", "拱墅区", "丽水路 58 号社区活动室", "30.316900", "120.140200"),
            _point("孙丽华", "城东雅苑", "上城区", "凯旋路 219 号南门水果店", "30.262800", "120.196400"),
        ),
    ),
    _partner(
        "greenhome-nb",
        "绿家生鲜·宁波",
        "郑海波",
        "宁波市",
        _point("郑阿姨", "东湖花园", "鄞州区", "中河路 268 号 12 幢车棚", "29.818600", "121.551200"),
        _point("林小燕", "江东苑", "鄞州区", "百丈东路 92 号快递驿站", "29.871500", "121.580300"),
    ),
    _partner(
        "greenhome-sx",
        "绿家生鲜·绍兴",
        "沈国平",
        "绍兴市",
        _point("沈师傅", "鉴湖人家", "越城区", "胜利西路 710 号传达室旁", "30.001200", "120.556700"),
    ),
    Store(
        slug="chuanwei",
        name="川味鲜选",
        owner="罗蓉",
        city="成都市",
        days=9,
        orders_a_day=7,
        members=26,
        goods=slice(28, 71),
        notice="今天下单，明天下午取。蔬菜都是早上刚进的货。",
        points=(
            _point("罗小芳", "锦绣天府", "高新区", "天府二街 66 号 2 栋架空层", "30.543700", "104.066100"),
            _point("何伟", "玉林小院", "武侯区", "玉林西路 31 号院门卫室旁", "30.629400", "104.052300"),
            _point("杨雪", "万年丽都", "成华区", "万年路 145 号 5 栋底商", "30.658900", "104.116700"),
        ),
    ),
    Store(
        slug="guoduo",
        name="果多多社区水果",
        owner="吴海燕",
        city="杭州市",
        days=24,
        orders_a_day=5,
        members=24,
        goods=slice(0, 22),
        notice="只卖当季水果，不甜包退。",
        edition="starter",
        card="4000000000000341",  # attaches well, and every later charge is declined
        points=(
            _point("吴阿姨", "金色海岸", "上城区", "之江路 900 号西门岗亭", "30.241500", "120.209700"),
            _point("沈洁", "大学城北", "钱塘区", "学源街 258 号快递驿站", "30.314200", "120.344800"),
        ),
    ),
)

SMALL_STORES = (
    Store(
        slug="xiaoman",
        name="小满鲜果",
        owner="何小满",
        city="苏州市",
        days=3,
        orders_a_day=7,
        members=9,
        goods=slice(0, 14),
        notice="晚上 11 点截单，第二天下午 4 点起取货。坏果包赔。",
        edition="starter",
        card="4242424242424242",
        points=(
            _point("王秀兰", "翠湖花苑", "姑苏区", "干将东路 566 号 3 幢一楼", "31.304300", "120.629800"),
            _point("李娟", "秀水人家", "工业园区", "现代大道 18 号东门便利店", "31.322700", "120.707300"),
        ),
    ),
)

NICKNAMES = """
    小满妈妈 爱吃西瓜 3幢张姐 阿波 团团爸 秋天的风 老周 Lily 豆豆妈 一米阳光 陈阿姨 小李飞刀
    海边的卡夫卡 糖糖
    青青草 邻家小妹 大鹏 莉莉安 五月 六六 胖虎 佳佳 可乐加冰 番茄炒蛋 晴天娃娃 王大爷 慢慢来 静水 阿芳 花花 菜头
    小鱼儿 木木 老街坊 刘奶奶 南瓜车 圆圆 向日葵 橙子 阿杰 甜甜圈 橘子汽水 二丫 清风 猫叔 小雨点 米粒 茉莉 星星
    阿龙 跑步的老林 芝麻 冬瓜汤 阿梅 悠悠 小北 土豆泥 早睡早起 毛毛 汤圆""".split()
