from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_delivery_checkouts'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='address',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='delivery',
            field=models.CharField(choices=[('pickup', '到点自提'), ('leader_home', '团长送货上门'), ('same_day', '门店当日送'), ('next_day', '次日送达')], db_default='pickup', default='pickup', max_length=12),
        ),
        migrations.AddField(
            model_name='order',
            name='delivery_minor',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='dispatch_note',
            field=models.CharField(blank=True, db_default='', default='', max_length=60),
        ),
        migrations.AddField(
            model_name='order',
            name='dispatched_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='orderrefund',
            name='delivery_minor',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('delivery', 'pickup'), _negated=True), fields=['delivery', '-placed_at'], name='orders_to_deliver'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('address__isnull', True), ('delivery', 'pickup'), ('delivery_minor', 0)), models.Q(models.Q(('delivery', 'pickup'), _negated=True), ('address__isnull', False), ('delivery_minor__gte', 0)), _connector='OR'), name='order_goes_somewhere'),
        ),
        ValidateConstraint(model_name='order', name='order_goes_somewhere'),
    ]
