"""A line of its own for what a reversal of fees does not give back: a choice of words, no column changes."""

from django.db import migrations, models

KINDS = [
    ("subscription", "订阅费"),
    ("add_on", "增购"),
    ("unused", "已付未用退回"),
    ("discount", "优惠"),
    ("fee", "交易服务费"),
    ("reversal", "退款冲回的服务费"),
    ("not_charged", "冲回中未实收的部分"),
    ("to_credit", "转入账户余额"),
]


class Migration(migrations.Migration):
    dependencies = [("billing", "0013_a_lot_pays_in_parts")]

    operations = [
        migrations.AlterField(
            model_name=model, name="kind", field=models.CharField(choices=KINDS, max_length=12)
        )
        for model in ("invoiceline", "waitingline")
    ]
