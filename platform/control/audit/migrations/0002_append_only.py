"""The platform's memory is only ever added to. billing uses the same function for its books."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '%: rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON public.audit_auditentry
                FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
            """,
            reverse_sql="""
            DROP TRIGGER audit_append_only ON public.audit_auditentry;
            DROP FUNCTION public.refuse_change();
            """,
        )
    ]
