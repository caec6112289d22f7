import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_delivery_checkouts'),
        ('payments', '0003_refunds_of_orders'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='checkout',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='orders.checkout'),
        ),
        migrations.AddField(
            model_name='payment',
            name='covers',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='payment',
            name='part_of',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='payments.payment'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='order',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='orders.order'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('part_of__isnull', False)), fields=['part_of'], name='parts_of_payment'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('checkout__isnull', False)), fields=('checkout', 'attempt'), name='payment_attempt_once_a_checkout'),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('checkout__isnull', True), ('covers__isnull', True), ('order__isnull', False)), models.Q(('checkout__isnull', False), ('covers__isnull', False), ('order__isnull', True), ('part_of__isnull', True)), _connector='OR'), name='payment_of_order_or_checkout'),
        ),
        ValidateConstraint(model_name='payment', name='payment_of_order_or_checkout'),
    ]
