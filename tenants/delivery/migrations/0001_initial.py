import django.db.models.deletion
import kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('members', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeliveryWay',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('pickup', '到点自提'), ('leader_home', '团长送货上门'), ('same_day', '门店当日送'), ('next_day', '次日送达')], max_length=12, unique=True)),
                ('is_on', models.BooleanField(default=False)),
                ('fee_minor', models.BigIntegerField(default=0)),
                ('free_from_minor', models.BigIntegerField(null=True)),
                ('reach_m', models.PositiveIntegerField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('fee_minor__gte', 0)), name='delivery_fee_not_negative'), models.CheckConstraint(condition=models.Q(('kind', 'pickup'), _negated=True), name='fetching_is_no_way_of_delivery')],
            },
        ),
        migrations.CreateModel(
            name='Address',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=30)),
                ('phone', models.CharField(max_length=20)),
                ('city', models.CharField(max_length=30)),
                ('district', models.CharField(blank=True, max_length=30)),
                ('detail', models.CharField(max_length=120)),
                ('latitude', models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ('longitude', models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ('is_default', models.BooleanField(default=False)),
                ('saved_at', models.DateTimeField()),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='members.member')),
            ],
            options={
                'ordering': ['-is_default', '-saved_at', 'id'],
                'indexes': [models.Index(fields=['member', '-saved_at'], name='addresses_of_member')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('member',), name='one_default_address'), models.CheckConstraint(condition=models.Q(models.Q(('latitude__isnull', True), ('longitude__isnull', True)), models.Q(('latitude__isnull', False), ('longitude__isnull', False)), _connector='OR'), name='address_is_a_place')],
            },
        ),
    ]
