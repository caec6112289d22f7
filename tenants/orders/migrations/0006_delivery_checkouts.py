import django.db.models.deletion
import kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leaders', '0002_areas_and_entry'),
        ('members', '0001_initial'),
        ('orders', '0005_lines_sold_by_weight'),
    ]

    operations = [
        migrations.CreateModel(
            name='Checkout',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=255)),
                ('total_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('placed_at', models.DateTimeField()),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkouts', to='members.member')),
            ],
            options={'constraints': [models.UniqueConstraint(fields=('member', 'key'), name='checkout_once_a_key'), models.CheckConstraint(condition=models.Q(('total_minor__gte', 0)), name='checkout_total_not_negative')]},
        ),
        migrations.AddField(
            model_name='order',
            name='checkout',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.checkout'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('checkout__isnull', False)), fields=['checkout'], name='orders_of_checkout'),
        ),
    ]
