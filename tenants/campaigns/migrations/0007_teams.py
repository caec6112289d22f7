import django.db.models.deletion
import kit.ids
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0006_reach_of_lists'),
        ('members', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='team_hours',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='team_size',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='kind',
            field=models.CharField(choices=[('daily', '今日团'), ('solitaire', '接龙'), ('flash', '秒杀'), ('team', '拼团')], default='daily', max_length=10),
        ),
        AddConstraintNotValid(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'team'), _negated=True), models.Q(('team_hours__gte', 1), ('team_size__gte', 2)), _connector='OR'), name='team_has_size'),
        ),
        ValidateConstraint(model_name='campaign', name='team_has_size'),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('size', models.PositiveSmallIntegerField()),
                ('hours', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('waiting', '等团主付款'), ('open', '拼团中'), ('formed', '拼团成功'), ('failed', '拼团失败')], default='waiting', max_length=8)),
                ('taken', models.PositiveSmallIntegerField(default=0)),
                ('paid', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='campaigns.campaignitem')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['expires_at'], name='teams_to_end'), models.Index(fields=['item', 'state'], name='teams_of_item')],
                'constraints': [models.CheckConstraint(condition=models.Q(('paid__lte', models.F('taken')), ('taken__lte', models.F('size'))), name='team_seats_within'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'formed'), _negated=True), ('paid', models.F('size')), _connector='OR'), name='team_formed_when_full')],
            },
        ),
        migrations.CreateModel(
            name='TeamSeat',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('order_id', models.UUIDField(unique=True)),
                ('is_first', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('held', '待付款'), ('paid', '已付款'), ('released', '未付款退出'), ('given_back', '已退款')], default='held', max_length=10)),
                ('at', models.DateTimeField()),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='campaigns.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['held', 'paid'])), fields=('team', 'member'), name='one_seat_a_member'), models.UniqueConstraint(condition=models.Q(('is_first', True)), fields=('team',), name='one_first_a_team')],
            },
        ),
    ]
