import django.db.models.deletion
import kit.ids
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0001_initial'),
        ('catalog', '0002_shelves_units_and_prices'),
        ('inventory', '0003_serving_orders'),
        ('members', '0001_initial'),
        ('orders', '0003_refunds_of_lines'),
    ]

    operations = [
        migrations.CreateModel(
            name='CartLine',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('put_at', models.DateTimeField()),
                ('campaign_item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.campaignitem')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cart_lines', to='members.member')),
            ],
            options={'ordering': ['put_at', 'id'], 'constraints': [models.UniqueConstraint(fields=('member', 'campaign_item'), name='item_once_a_cart'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='cart_line_has_quantity')]},
        ),
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
