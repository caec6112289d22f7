"""Top-ups that a bank, or a person at the card company's desk, takes back."""

import django.db.models.deletion
import kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0016_usage_that_comes_late'),
    ]

    operations = [
        migrations.CreateModel(
            name='TopUpReversal',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('dispute', '持卡人争议'), ('refund', '在支付公司后台退款')], max_length=7)),
                ('state', models.CharField(choices=[('open', '处理中'), ('gone', '已退给持卡人'), ('returned', '已退还钱包')], default='open', max_length=8)),
                ('gateway_ref', models.CharField(max_length=64, unique=True)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('reason', models.CharField(blank=True, max_length=40)),
                ('due_by', models.DateTimeField(null=True)),
                ('withdrawn_minor', models.BigIntegerField(default=0)),
                ('from_lot_minor', models.BigIntegerField(default=0)),
                ('returned_minor', models.BigIntegerField(default=0)),
                ('to_lot_minor', models.BigIntegerField(default=0)),
                ('fee_minor', models.BigIntegerField(default=0)),
                ('fee_returned_minor', models.BigIntegerField(default=0)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('top_up', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='billing.topup')),
            ],
            options={
                'indexes': [models.Index(fields=['-opened_at'], name='top_up_reversals_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('from_lot_minor__lte', models.F('withdrawn_minor')), ('returned_minor__gte', models.F('to_lot_minor')), ('returned_minor__lte', models.F('withdrawn_minor')), ('to_lot_minor__gte', 0), ('to_lot_minor__lte', models.F('from_lot_minor'))), name='top_up_reversal_adds_up')],
            },
        ),
    ]
