"""The first editions and prices (docs/decisions/0020: where they come from and what was chosen)."""

from datetime import UTC, datetime

from django.db import migrations

from kit.ids import new_id

ON_SALE_FROM = datetime(2025, 1, 1, tzinfo=UTC)
TAX_PPM = 60_000  # 6 % value-added tax on services, included
YUAN = 100

TRIAL = {"staff": 15, "skus": None, "leaders": 300, "cities": 3}
EDITIONS = [
    # code, name, name_en, motto, motto_en
    ("trial", "试用", "Trial", "免费用 14 天，不用绑卡", "14 days free, no card needed"),
    ("starter", "启航", "Starter", "一座城市、一支团长队伍，先把第一批团开起来", "One city, a first team of leaders"),
    ("growth", "成长", "Growth", "团长多了、城市多了，账和货都要跟得上", "More cities and leaders, under control"),
    ("chain", "连锁", "Chain", "总部带城市合伙人，一盘货、一套规矩", "Headquarters with city partners"),
]
# edition, interval, price in yuan, fee in ppm, included volume in yuan, limits
PRICES = [
    ("trial", "month", 0, 0, 0, TRIAL),
    ("starter", "month", 298, 6000, 0, {"staff": 3, "skus": 500, "leaders": 30, "cities": 1}),
    ("starter", "year", 2_980, 6000, 300_000, {"staff": 3, "skus": 500, "leaders": 30, "cities": 1}),
    ("growth", "month", 980, 4000, 0, TRIAL),
    ("growth", "year", 9_800, 4000, 3_000_000, TRIAL),
    ("chain", "month", 2_980, 2000, 0, {"staff": None, "skus": None, "leaders": None, "cities": None}),
    ("chain", "year", 29_800, 2000, 15_000_000, {"staff": None, "skus": None, "leaders": None, "cities": None}),
]


def publish(apps, schema_editor):
    edition_of, price_of = apps.get_model("billing", "Edition"), apps.get_model("billing", "PriceVersion")
    editions = {
        code: edition_of.objects.create(
            id=new_id(), code=code, name=name, name_en=name_en, motto=motto, motto_en=motto_en, rank=rank
        )
        for rank, (code, name, name_en, motto, motto_en) in enumerate(EDITIONS)
    }
    for code, interval, yuan, ppm, included, limits in PRICES:
        price_of.objects.create(
            id=new_id(), edition=editions[code], currency="CNY", interval=interval, amount_minor=yuan * YUAN,
            tax_ppm=TAX_PPM, tiers=[[None, ppm]], included_minor=included * YUAN, limits=limits,
            valid_from=ON_SALE_FROM,
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_guards")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
