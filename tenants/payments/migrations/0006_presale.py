from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0005_disputes'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='is_deposit',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
