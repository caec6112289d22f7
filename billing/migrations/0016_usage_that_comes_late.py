"""A store whose usage cannot be taken is noted, until it can."""

import django.db.models.deletion
import kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0015_a_queue_beside_the_events'),
        ('merchants', '0004_money_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='LateUsage',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('error', models.CharField(max_length=300)),
                ('told_at', models.DateTimeField(null=True)),
                ('merchant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='late_usage', to='merchants.merchant')),
            ],
            options={
                'indexes': [models.Index(fields=['since'], name='usage_late_since')],
            },
        ),
    ]
