from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0007_teams'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='balance_from',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='balance_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='deposit_percent',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='keeps_deposit',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='kind',
            field=models.CharField(choices=[('daily', '今日团'), ('solitaire', '接龙'), ('flash', '秒杀'), ('team', '拼团'), ('presale', '预售')], default='daily', max_length=10),
        ),
        AddConstraintNotValid(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('deposit_percent__isnull', True), models.Q(('balance_until__gt', models.F('balance_from')), ('deposit_percent__range', (1, 99))), _connector='OR'), name='deposit_has_balance_time'),
        ),
        ValidateConstraint(model_name='campaign', name='deposit_has_balance_time'),
    ]
