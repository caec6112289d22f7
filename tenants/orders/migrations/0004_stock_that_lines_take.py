import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_shelves_units_and_prices'),
        ('inventory', '0003_serving_orders'),
        ('orders', '0003_refunds_of_lines'),
    ]

    operations = [
        migrations.AddField(
            model_name='orderline',
            name='stock_factor',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='orderline',
            name='stock_sku',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku'),
        ),
        migrations.AddField(
            model_name='order',
            name='source_note',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.AddField(
            model_name='orderline',
            name='warehouse',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse'),
        ),
        AddConstraintNotValid(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('stock_factor__gte', 1)), name='line_takes_stock'),
        ),
        ValidateConstraint(model_name='orderline', name='line_takes_stock'),
    ]
