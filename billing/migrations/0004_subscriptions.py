"""Subscriptions that move: add-ons, coupons, quoted changes, entitlement grants and gifts."""

from datetime import UTC, datetime

import django.db.models.deletion
from django.db import migrations, models

import kit.ids
from kit.ids import new_id

# An add-on's price is guarded like a plan's (0002): frozen once held, never two of one offer at once.
GUARDS = """
ALTER TABLE public.billing_addonprice ADD CONSTRAINT one_add_on_price_at_a_time EXCLUDE USING gist (
    int8range(hashtextextended(add_on_id::text || currency || interval, 0),
              hashtextextended(add_on_id::text || currency || interval, 0), '[]') WITH =,
    tstzrange(valid_from, valid_until) WITH &&
);
CREATE FUNCTION public.billing_refuse_add_on_repricing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_end public.billing_addonprice;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.billing_subscriptionitem WHERE price_id = OLD.id) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        may_end := NEW;
        may_end.valid_until := OLD.valid_until;
        IF may_end IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'add-on price % is in use', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER add_on_price_frozen BEFORE UPDATE OR DELETE ON public.billing_addonprice
    FOR EACH ROW EXECUTE FUNCTION public.billing_refuse_add_on_repricing();
"""
UNGUARD = """
DROP TRIGGER add_on_price_frozen ON public.billing_addonprice;
DROP FUNCTION public.billing_refuse_add_on_repricing();
ALTER TABLE public.billing_addonprice DROP CONSTRAINT one_add_on_price_at_a_time;
"""
# Plans in use get the words for what they already allow: a gift, no repricing, so the guard looks away for it.
LOOK_AWAY = "ALTER TABLE public.billing_priceversion DISABLE TRIGGER price_frozen"
LOOK_AGAIN = "ALTER TABLE public.billing_priceversion ENABLE TRIGGER price_frozen"

GROWTH = ["api_read", "api_write", "webhooks", "batches", "routes"]
FEATURES = {
    "trial": GROWTH,
    "starter": ["api_read"],
    "growth": GROWTH,
    "chain": [*GROWTH, "headquarters", "audit_export"],
}
DOMAINS = {"trial": 1, "starter": 1, "growth": 3, "chain": None}
CHAIN_FROM = datetime(2026, 10, 1, tzinfo=UTC)  # from here on Chain holds five cities, and more are bought
CHAIN_CITIES = 5
ADD_ONS = [
    # code, name, name_en, gives, editions, yuan a month, yuan a year
    ("city", "增加城市", "Extra city", {"cities": 1}, ["growth", "chain"], 198, 1_980),
    ("staff_pack", "员工包（5 人）", "Staff pack of 5", {"staff": 5}, ["starter", "growth"], 50, 500),
    ("leader_pack", "团长包（100 位）", "Leader pack of 100", {"leaders": 100}, ["starter", "growth"], 80, 800),
]
TAX_PPM = 60_000


def say_features(apps, schema_editor):
    for price in apps.get_model("billing", "PriceVersion").objects.select_related("edition"):
        price.features = FEATURES.get(price.edition.code, [])
        price.limits = {"domains": DOMAINS.get(price.edition.code), **price.limits}
        price.save(update_fields=["features", "limits"])


def publish(apps, schema_editor):
    add_on_of, add_on_price = apps.get_model("billing", "AddOn"), apps.get_model("billing", "AddOnPrice")
    for rank, (code, name, name_en, gives, editions, month, year) in enumerate(ADD_ONS):
        add_on = add_on_of.objects.create(
            id=new_id(), code=code, name=name, name_en=name_en, gives=gives, editions=editions, rank=rank
        )
        for interval, yuan in (("month", month), ("year", year)):
            add_on_price.objects.create(
                id=new_id(), add_on=add_on, currency="CNY", interval=interval, amount_minor=yuan * 100,
                tax_ppm=TAX_PPM, valid_from=datetime(2025, 1, 1, tzinfo=UTC),
            )  # fmt: skip
    prices = apps.get_model("billing", "PriceVersion").objects
    for price in prices.filter(edition__code="chain", valid_until=None):
        prices.filter(pk=price.pk).update(valid_until=CHAIN_FROM)
        price.id, price.valid_from = new_id(), CHAIN_FROM
        price.limits = {**price.limits, "cities": CHAIN_CITIES}
        price.save(force_insert=True)


def grant_what_runs(apps, schema_editor):
    """Who is on a plan already gets its grants, and the words that are new in them."""
    grants = apps.get_model("billing", "EntitlementGrant").objects
    merchants = apps.get_model("merchants", "Merchant").objects
    for phase in apps.get_model("billing", "Phase").objects.select_related("price", "subscription__billing_account"):
        if phase.ends_at == phase.starts_at:
            continue
        gives = [*phase.price.limits.items(), *((feature, 1) for feature in phase.price.features)]
        for what, amount in gives:
            grants.create(
                id=new_id(), billing_account=phase.subscription.billing_account, what=what, amount=amount,
                source="plan", source_id=phase.id, starts_at=phase.starts_at, ends_at=phase.ends_at,
            )  # fmt: skip
        now = datetime.now(UTC)
        if phase.starts_at <= now and (phase.ends_at is None or now < phase.ends_at):
            limits = {**phase.price.limits, "features": sorted(phase.price.features)}
            merchants.filter(pk=phase.subscription.billing_account.merchant_id).update(limits=limits)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_catalogue"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddOn",
            fields=[
                ("id", models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=30)),
                ("name_en", models.CharField(max_length=40)),
                ("gives", models.JSONField()),
                ("editions", models.JSONField()),
                ("rank", models.PositiveSmallIntegerField(unique=True)),
            ],
            options={
                "ordering": ["rank"],
            },
        ),
        migrations.AddField(
            model_name="billingaccount",
            name="bills_by_calendar",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="priceversion",
            name="features",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="subscription",
            name="cancel_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="cancel_reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="subscription",
            name="lock_version",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="subscription",
            name="paused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="kind",
            field=models.CharField(
                choices=[("period", "订阅与交易服务费"), ("change", "订阅变更")], default="period", max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("subscription", "订阅费"),
                    ("add_on", "增购"),
                    ("unused", "已付未用退回"),
                    ("discount", "优惠"),
                    ("fee", "交易服务费"),
                    ("reversal", "退款冲回的服务费"),
                    ("to_credit", "转入账户余额"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="ledgeraccount",
            name="book",
            field=models.CharField(
                choices=[
                    ("ar", "应收账款"),
                    ("deferred_revenue", "预收订阅费"),
                    ("revenue_fee", "交易服务费收入"),
                    ("discount", "优惠折让"),
                    ("tax_payable", "应交税费"),
                    ("merchant_credit", "商家账户余额"),
                    ("clearing_stripe", "Stripe 在途资金"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="state",
            field=models.CharField(
                choices=[
                    ("trialing", "试用中"),
                    ("active", "生效中"),
                    ("past_due", "欠费"),
                    ("paused", "已暂停"),
                    ("expired", "试用已结束"),
                    ("cancelled", "已退订"),
                ],
                default="trialing",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="AddOnPrice",
            fields=[
                ("id", models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("interval", models.CharField(choices=[("month", "按月"), ("year", "按年")], max_length=5)),
                ("amount_minor", models.BigIntegerField()),
                ("tax_ppm", models.PositiveIntegerField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "add_on",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="prices", to="billing.addon"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Coupon",
            fields=[
                ("id", models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=30, unique=True)),
                ("percent_ppm", models.PositiveIntegerField(null=True)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "duration",
                    models.CharField(
                        choices=[("once", "首期"), ("months", "前几个月"), ("forever", "一直有效")], max_length=7
                    ),
                ),
                ("months", models.PositiveSmallIntegerField(null=True)),
                ("redeem_by", models.DateTimeField(null=True)),
                ("max_redemptions", models.PositiveIntegerField(null=True)),
                ("redeemed", models.PositiveIntegerField(default=0)),
                ("editions", models.JSONField(default=list)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("made_by", models.CharField(max_length=254)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-made_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount_minor__isnull", True),
                                ("percent_ppm__gt", 0),
                                ("percent_ppm__isnull", False),
                                ("percent_ppm__lte", 1000000),
                            ),
                            models.Q(
                                ("amount_minor__gt", 0),
                                ("percent_ppm__isnull", True),
                                models.Q(("currency", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="coupon_percent_or_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("duration", "months"), ("months__gt", 0)),
                            models.Q(models.Q(("duration", "months"), _negated=True), ("months__isnull", True)),
                            _connector="OR",
                        ),
                        name="coupon_months_when_counted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_redemptions__isnull", True),
                            ("redeemed__lte", models.F("max_redemptions")),
                            _connector="OR",
                        ),
                        name="coupon_not_overspent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EntitlementGrant",
            fields=[
                ("id", models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("what", models.CharField(max_length=30)),
                ("amount", models.BigIntegerField(null=True)),
                (
                    "source",
                    models.CharField(choices=[("plan", "套餐"), ("add_on", "增购"), ("gift", "赠送")], max_length=6),
                ),
                ("source_id", models.UUIDField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                (
                    "billing_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="grants", to="billing.billingaccount"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Gift",
            fields=[
                ("id", models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("what", models.CharField(max_length=30)),
                ("amount", models.BigIntegerField(null=True)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("given_by", models.CharField(max_length=254)),
                ("reason", models.CharField(max_length=200)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "billing_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gifts", to="billing.billingaccount"
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_at"],
            },
        ),
        migrations.CreateModel(
            name="PlanChange",
            fields=[
                ("id", models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "movement",
                    models.CharField(
                        choices=[
                            ("start", "开通套餐"),
                            ("switch_now", "立即更换套餐"),
                            ("switch_later", "到期更换套餐"),
                            ("add_on", "调整增购"),
                            ("coupon", "使用优惠码"),
                            ("cancel_later", "到期退订"),
                            ("cancel_now", "立即退订"),
                            ("resume", "撤销退订"),
                            ("pause", "暂停营业"),
                            ("unpause", "恢复营业"),
                        ],
                        max_length=12,
                    ),
                ),
                ("wish", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "待确认"),
                            ("waiting", "等待付款"),
                            ("done", "已生效"),
                            ("withdrawn", "未生效"),
                        ],
                        default="offered",
                        max_length=9,
                    ),
                ),
                ("lock_version", models.PositiveIntegerField()),
                ("total_minor", models.BigIntegerField()),
                ("due_now_minor", models.BigIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("quoted_by", models.CharField(max_length=254)),
                ("quoted_at", models.DateTimeField()),
                ("confirmed_by", models.CharField(blank=True, max_length=254)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "invoice",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="change",
                        to="billing.invoice",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="billing.subscription"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                ("id", models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("redeemed_at", models.DateTimeField()),
                ("starts_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="redemptions", to="billing.coupon"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="billing.subscription",
                    ),
                ),
            ],
            options={
                "ordering": ["redeemed_at"],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionItem",
            fields=[
                ("id", models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("quantity", models.PositiveIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                (
                    "add_on",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="billing.addon"
                    ),
                ),
                (
                    "price",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="billing.addonprice"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="billing.subscription"
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="addonprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="add_on_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="addonprice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                ),
                name="add_on_validity_runs",
            ),
        ),
        migrations.AddIndex(
            model_name="entitlementgrant",
            index=models.Index(fields=["billing_account", "ends_at"], name="grants_of_account"),
        ),
        migrations.AddConstraint(
            model_name="entitlementgrant",
            constraint=models.UniqueConstraint(fields=("source_id", "what"), name="one_grant_a_source"),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__isnull", True), ("amount__gt", 0), _connector="OR"),
                name="gift_gives_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__isnull", True), ("ends_at__gte", models.F("starts_at")), _connector="OR"),
                name="gift_runs_forward",
            ),
        ),
        migrations.AddIndex(
            model_name="planchange",
            index=models.Index(fields=["subscription", "-quoted_at"], name="changes_of_subscription"),
        ),
        migrations.AddConstraint(
            model_name="planchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("subscription",), name="one_change_waits_for_payment"
            ),
        ),
        migrations.AddConstraint(
            model_name="planchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_now_minor__gte", 0)), name="change_due_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(fields=("coupon", "subscription"), name="coupon_once_a_subscription"),
        ),
        migrations.AddConstraint(
            model_name="subscriptionitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_at__isnull", True)),
                fields=("subscription", "add_on"),
                name="one_open_item_an_add_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptionitem",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="item_quantity_positive"),
        ),
        migrations.AddConstraint(
            model_name="subscriptionitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__isnull", True), ("ends_at__gte", models.F("starts_at")), _connector="OR"),
                name="item_runs_forward",
            ),
        ),
        migrations.RunSQL(sql=GUARDS, reverse_sql=UNGUARD),
        migrations.RunSQL(sql=LOOK_AWAY, reverse_sql=LOOK_AGAIN),
        migrations.RunPython(say_features, migrations.RunPython.noop),
        migrations.RunPython(grant_what_runs, migrations.RunPython.noop),
        migrations.RunSQL(sql=LOOK_AGAIN, reverse_sql=LOOK_AWAY),
        migrations.RunPython(publish, migrations.RunPython.noop),
    ]
