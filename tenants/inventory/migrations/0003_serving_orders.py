import kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0002_places_and_batches'),
    ]

    operations = [
        migrations.AddField(
            model_name='warehouse',
            name='serves_orders',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='SourcingRule',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('only', models.BooleanField(default=True, unique=True)),
                ('may_split', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('only', True)), name='one_sourcing_rule')],
            },
        ),
    ]
