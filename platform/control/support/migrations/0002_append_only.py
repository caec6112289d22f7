"""What visitors did is only ever added to."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("support", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE TRIGGER support_steps_append_only BEFORE UPDATE OR DELETE ON public.support_supportstep
                FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
            """,
            reverse_sql="DROP TRIGGER support_steps_append_only ON public.support_supportstep;",
        )
    ]
