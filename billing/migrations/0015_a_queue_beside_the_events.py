"""Usage that waits for its fee stands in a queue of its own, and the events carry no mark any more."""

import django.db.models.deletion
from django.db import migrations, models

# The tie to the events is made at the end of the migration, so that no check of it is pending when they are changed
FILL = """
INSERT INTO billing_waitingusage (event_id, merchant_id)
SELECT id, merchant_id FROM billing_usageevent WHERE rated_at IS NULL AND problem = ''
"""
MARK = """
UPDATE billing_usageevent SET rated_at = collected_at
WHERE problem = '' AND id NOT IN (SELECT event_id FROM billing_waitingusage)
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0014_fees_that_were_not_charged")]

    operations = [
        migrations.CreateModel(
            name="WaitingUsage",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="waiting",
                        serialize=False,
                        to="billing.usageevent",
                    ),
                ),
                ("merchant_id", models.UUIDField()),
            ],
        ),
        migrations.RunSQL(FILL, MARK),
        migrations.RemoveIndex(model_name="usageevent", name="usage_to_rate"),
        migrations.RemoveField(model_name="usageevent", name="rated_at"),
        migrations.AddIndex(
            model_name="waitingusage",
            index=models.Index(fields=["merchant_id", "event"], name="usage_to_rate"),
        ),
    ]
