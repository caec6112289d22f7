"""Billing's verdict is kept while an operator keeps a store closed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="merchant",
            name="billed_state",
            field=models.CharField(
                choices=[
                    ("building", "开通中"),
                    ("trial", "试用中"),
                    ("active", "正常"),
                    ("past_due", "欠费"),
                    ("read_only", "只读"),
                    ("suspended", "已停用"),
                    ("archived", "已归档"),
                    ("erased", "已注销"),
                ],
                default="trial",
                max_length=12,
            ),
        ),
    ]
