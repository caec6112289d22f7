"""What the database itself refuses: unbalanced books, changed history, overlapping and edited prices."""

from django.db import migrations

BALANCED = """
CREATE FUNCTION public.billing_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.billing_ledgerentry WHERE transaction_id = NEW.transaction_id
               GROUP BY currency HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM public.billing_ledgeraccount WHERE id = NEW.ledger_account_id
               AND currency <> NEW.currency) THEN
        RAISE EXCEPTION 'ledger entry % is not in its account''s currency', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_balanced AFTER INSERT ON public.billing_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.billing_refuse_unbalanced();
"""

APPEND_ONLY = "".join(
    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON public.billing_{table} "
    "FOR EACH ROW EXECUTE FUNCTION public.refuse_change();\n"
    for table in ("ledgerentry", "ledgertransaction", "invoiceline")
)

# What an invoice says is final at birth; only its payment moves on.
FINAL = """
CREATE FUNCTION public.billing_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.billing_account_id, OLD.kind, OLD.number, OLD.currency, OLD.period_starts_at,
        OLD.issued_at, OLD.subtotal_minor, OLD.discount_minor, OLD.tax_minor, OLD.total_minor)
       IS DISTINCT FROM (NEW.billing_account_id, NEW.kind, NEW.number, NEW.currency, NEW.period_starts_at,
        NEW.issued_at, NEW.subtotal_minor, NEW.discount_minor, NEW.tax_minor, NEW.total_minor) THEN
        RAISE EXCEPTION 'invoice % is final', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_final BEFORE UPDATE OR DELETE ON public.billing_invoice
    FOR EACH ROW EXECUTE FUNCTION public.billing_refuse_rewriting();
"""

# No btree_gist needed: the offer (edition, currency, interval) becomes a one-point integer range, and ranges know "="
# in plain GiST. Two offers with one hash would be refused wrongly, never accepted wrongly.
NO_OVERLAP = """
ALTER TABLE public.billing_priceversion ADD CONSTRAINT one_price_at_a_time EXCLUDE USING gist (
    int8range(hashtextextended(edition_id::text || currency || interval, 0),
              hashtextextended(edition_id::text || currency || interval, 0), '[]') WITH =,
    tstzrange(valid_from, valid_until) WITH &&
);
"""

FROZEN = """
CREATE FUNCTION public.billing_refuse_repricing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_end public.billing_priceversion;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.billing_phase WHERE price_id = OLD.id) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        may_end := NEW;
        may_end.valid_until := OLD.valid_until;
        IF may_end IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'price version % is in use', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER price_frozen BEFORE UPDATE OR DELETE ON public.billing_priceversion
    FOR EACH ROW EXECUTE FUNCTION public.billing_refuse_repricing();
"""

UNDO = """
DROP TRIGGER price_frozen ON public.billing_priceversion;
DROP FUNCTION public.billing_refuse_repricing();
ALTER TABLE public.billing_priceversion DROP CONSTRAINT one_price_at_a_time;
DROP TRIGGER invoice_final ON public.billing_invoice;
DROP FUNCTION public.billing_refuse_rewriting();
DROP TRIGGER invoiceline_append_only ON public.billing_invoiceline;
DROP TRIGGER ledgertransaction_append_only ON public.billing_ledgertransaction;
DROP TRIGGER ledgerentry_append_only ON public.billing_ledgerentry;
DROP TRIGGER ledger_balanced ON public.billing_ledgerentry;
DROP FUNCTION public.billing_refuse_unbalanced();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        migrations.RunSQL(sql=BALANCED + APPEND_ONLY + FINAL + NO_OVERLAP + FROZEN, reverse_sql=UNDO),
    ]
