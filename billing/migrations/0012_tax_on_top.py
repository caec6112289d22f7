"""A price may be listed before tax; figures of days are kept without tax and worked out anew."""

from django.db import migrations, models

# Kept days counted the tax of inclusive prices in. They are derived: the next run of the clock measures all of them.
MEASURE_ANEW = "DELETE FROM public.billing_metricday"


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_favours")]

    operations = [
        migrations.AddField(
            model_name="addonprice",
            name="tax_inclusive",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="priceversion",
            name="tax_inclusive",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="waitingline",
            name="tax_inclusive",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.RunSQL(sql=MEASURE_ANEW, reverse_sql=MEASURE_ANEW),
    ]
