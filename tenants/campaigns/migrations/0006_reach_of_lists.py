import django.db.models.deletion
import kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_flash_kind'),
        ('leaders', '0002_areas_and_entry'),
    ]

    operations = [
        migrations.CreateModel(
            name='CampaignReach',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('city', models.CharField(blank=True, max_length=30)),
                ('area', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leaders.servicearea')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reaches', to='campaigns.campaign')),
                ('leader', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leaders.leader')),
            ],
            options={'constraints': [models.UniqueConstraint(fields=('campaign', 'area', 'leader', 'city'), name='reach_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('area__isnull', False), ('city', ''), ('leader__isnull', True)), models.Q(('area__isnull', True), ('city', ''), ('leader__isnull', False)), models.Q(('area__isnull', True), ('leader__isnull', True), models.Q(('city', ''), _negated=True)), _connector='OR'), name='reach_is_one_place')]},
        ),
    ]
