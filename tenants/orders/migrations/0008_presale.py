from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leaders', '0002_areas_and_entry'),
        ('members', '0001_initial'),
        ('orders', '0007_delivery_of_orders'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='balance_from',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='balance_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='deposit_kept_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='deposit_minor',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='deposit_paid_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='keeps_deposit',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='order',
            name='reminded_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('deposit_paid_at__isnull', False), ('reminded_at', None), ('state', 'pending_payment')), fields=['balance_from'], name='orders_to_remind'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('deposit_minor__isnull', True), models.Q(('deposit_minor__gt', 0), ('deposit_minor__lt', models.F('total_minor'))), _connector='OR'), name='order_deposit_within'),
        ),
        ValidateConstraint(model_name='order', name='order_deposit_within'),
    ]
