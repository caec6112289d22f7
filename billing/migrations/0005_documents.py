"""Wallet, credit notes, 发票, discounts on lines."""

import django.db.models.deletion
import django.db.models.expressions
import kit.ids
from django.db import migrations, models

# What the database itself refuses (docs/decisions/0021): credit beyond a line, rewritten notes, a settled top-up undone
GUARDS = """
CREATE TRIGGER walletuse_append_only BEFORE UPDATE OR DELETE ON public.billing_walletuse
    FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER creditnoteline_append_only BEFORE UPDATE OR DELETE ON public.billing_creditnoteline
    FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER fapiaopaper_append_only BEFORE UPDATE OR DELETE ON public.billing_fapiaopaper
    FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE FUNCTION public.billing_refuse_overcredit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most bigint;
BEGIN
    SELECT gross_minor INTO most FROM public.billing_invoiceline WHERE id = NEW.invoice_line_id FOR UPDATE;
    IF (SELECT sum(l.gross_minor) FROM public.billing_creditnoteline l
        JOIN public.billing_creditnote n ON n.id = l.credit_note_id
        WHERE l.invoice_line_id = NEW.invoice_line_id AND n.state <> 'void') > most THEN
        RAISE EXCEPTION 'credit of invoice line % is more than the line', NEW.invoice_line_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_within_line AFTER INSERT ON public.billing_creditnoteline
    FOR EACH ROW EXECUTE FUNCTION public.billing_refuse_overcredit();

CREATE FUNCTION public.billing_refuse_rewriting_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'void' OR (OLD.number IS NOT NULL AND (OLD.invoice_id, OLD.number,
        OLD.currency, OLD.net_minor, OLD.tax_minor, OLD.gross_minor, OLD.promo_minor, OLD.issued_at)
       IS DISTINCT FROM (NEW.invoice_id, NEW.number,
        NEW.currency, NEW.net_minor, NEW.tax_minor, NEW.gross_minor, NEW.promo_minor, NEW.issued_at)) THEN
        RAISE EXCEPTION 'credit note % is final', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER creditnote_final BEFORE UPDATE OR DELETE ON public.billing_creditnote
    FOR EACH ROW EXECUTE FUNCTION public.billing_refuse_rewriting_credit();

CREATE FUNCTION public.billing_refuse_unsettling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.state = 'settled' AND (NEW.state, NEW.amount_minor, NEW.wallet_id)
       IS DISTINCT FROM (OLD.state, OLD.amount_minor, OLD.wallet_id)) THEN
        RAISE EXCEPTION 'top-up % is settled', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER topup_settled_stays BEFORE UPDATE OR DELETE ON public.billing_topup
    FOR EACH ROW EXECUTE FUNCTION public.billing_refuse_unsettling();
"""

UNGUARD = """
DROP TRIGGER topup_settled_stays ON public.billing_topup;
DROP FUNCTION public.billing_refuse_unsettling();
DROP TRIGGER creditnote_final ON public.billing_creditnote;
DROP FUNCTION public.billing_refuse_rewriting_credit();
DROP TRIGGER credit_within_line ON public.billing_creditnoteline;
DROP FUNCTION public.billing_refuse_overcredit();
DROP TRIGGER fapiaopaper_append_only ON public.billing_fapiaopaper;
DROP TRIGGER creditnoteline_append_only ON public.billing_creditnoteline;
DROP TRIGGER walletuse_append_only ON public.billing_walletuse;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0004_subscriptions'),
    ]

    operations = [
        migrations.CreateModel(
            name='CardRefund',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('key', models.CharField(max_length=80, unique=True)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('created', '已发起'), ('unknown', '结果未知'), ('processing', '退款中'), ('succeeded', '已退回'), ('failed', '退款失败')], default='created', max_length=10)),
                ('gateway_ref', models.CharField(max_length=64, null=True, unique=True)),
                ('failure', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('next_look_at', models.DateTimeField(null=True)),
                ('looks', models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=24, null=True, unique=True)),
                ('state', models.CharField(choices=[('draft', '待审批'), ('issued', '退款中'), ('applied', '已抵扣'), ('refunded', '已退款'), ('void', '已撤回')], default='draft', max_length=8)),
                ('destination', models.CharField(choices=[('offset', '抵扣这张账单'), ('credit', '退到钱包'), ('refund', '原卡退回')], max_length=8)),
                ('reason', models.CharField(max_length=200)),
                ('currency', models.CharField(max_length=3)),
                ('net_minor', models.BigIntegerField()),
                ('tax_minor', models.BigIntegerField()),
                ('gross_minor', models.BigIntegerField()),
                ('promo_minor', models.BigIntegerField(default=0)),
                ('key', models.UUIDField(unique=True)),
                ('requested_by', models.CharField(max_length=80)),
                ('requested_at', models.DateTimeField()),
                ('approved_by', models.CharField(blank=True, max_length=80)),
                ('issued_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('voided_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='CreditNoteLine',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('net_minor', models.BigIntegerField()),
                ('tax_minor', models.BigIntegerField()),
                ('gross_minor', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Fapiao',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('type', models.CharField(choices=[('normal', '数电普票'), ('special', '数电专票')], max_length=8)),
                ('state', models.CharField(choices=[('requested', '待开票'), ('issued', '已开票'), ('reversed', '已红冲'), ('rejected', '已驳回'), ('withdrawn', '已撤回')], default='requested', max_length=10)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('email', models.EmailField(max_length=254)),
                ('key', models.UUIDField(unique=True)),
                ('requested_by', models.CharField(max_length=80)),
                ('requested_at', models.DateTimeField()),
                ('number', models.CharField(max_length=20, null=True, unique=True)),
                ('issued_by', models.CharField(blank=True, max_length=80)),
                ('issued_at', models.DateTimeField(null=True)),
                ('closed_because', models.CharField(blank=True, max_length=200)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='FapiaoPaper',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('content', models.BinaryField()),
                ('kept_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='FapiaoShare',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField()),
                ('reversed_minor', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='FapiaoTitle',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('personal', '个人'), ('company', '企业')], max_length=8)),
                ('name', models.CharField(max_length=100)),
                ('tax_number', models.CharField(blank=True, max_length=18)),
                ('address', models.CharField(blank=True, max_length=160)),
                ('phone', models.CharField(blank=True, max_length=30)),
                ('bank', models.CharField(blank=True, max_length=80)),
                ('bank_number', models.CharField(blank=True, max_length=40)),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PromoGrant',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('expires_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(max_length=200)),
                ('key', models.UUIDField(unique=True)),
                ('requested_by', models.CharField(max_length=80)),
                ('requested_at', models.DateTimeField()),
                ('approved_by', models.CharField(blank=True, max_length=80)),
                ('granted_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='RedLetter',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('needed', '待红冲'), ('issued', '已红冲')], default='needed', max_length=6)),
                ('amount_minor', models.BigIntegerField()),
                ('number', models.CharField(max_length=20, null=True, unique=True)),
                ('needed_at', models.DateTimeField()),
                ('issued_by', models.CharField(blank=True, max_length=80)),
                ('issued_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='TopUp',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('method', models.CharField(choices=[('card', '银行卡'), ('bank', '对公转账'), ('wechat', '微信支付'), ('alipay', '支付宝')], max_length=8)),
                ('state', models.CharField(choices=[('pending', '处理中'), ('settled', '已到账'), ('failed', '未成功')], default='pending', max_length=8)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('is_automatic', models.BooleanField(default=False)),
                ('key', models.CharField(max_length=80, unique=True)),
                ('asked_by', models.CharField(max_length=80)),
                ('gateway_ref', models.CharField(max_length=64, null=True, unique=True)),
                ('failure_code', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('next_look_at', models.DateTimeField(null=True)),
                ('looks', models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('auto_below_minor', models.BigIntegerField(null=True)),
                ('auto_amount_minor', models.BigIntegerField(null=True)),
                ('auto_again_at', models.DateTimeField(null=True)),
                ('alert_below_minor', models.BigIntegerField(null=True)),
                ('alerted_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='WalletLot',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('promo', '赠送'), ('paid', '充值')], max_length=5)),
                ('source', models.CharField(max_length=80, unique=True)),
                ('amount_minor', models.BigIntegerField()),
                ('remaining_minor', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('expired_at', models.DateTimeField(null=True)),
                ('expired_minor', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='WalletUse',
            fields=[
                ('id', models.UUIDField(default=kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField()),
                ('used_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='discount_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='tax_inclusive',
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='book',
            field=models.CharField(choices=[('ar', '应收账款'), ('deferred_revenue', '预收订阅费'), ('revenue_fee', '交易服务费收入'), ('discount', '优惠折让'), ('tax_payable', '应交税费'), ('merchant_credit', '商家账户余额'), ('wallet_paid', '钱包充值余额'), ('wallet_promo', '钱包赠送余额'), ('refund_payable', '应退商家款'), ('clearing_stripe', 'Stripe 在途资金'), ('clearing_wechat', '微信支付在途资金'), ('clearing_alipay', '支付宝在途资金'), ('bank', '银行存款')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('discount_minor__gte', 0)), name='line_discount_not_negative'),
        ),
        migrations.AddField(
            model_name='cardrefund',
            name='attempt',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.chargeattempt'),
        ),
        migrations.AddField(
            model_name='creditnote',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='cardrefund',
            name='credit_note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.creditnote'),
        ),
        migrations.AddField(
            model_name='creditnoteline',
            name='credit_note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.creditnote'),
        ),
        migrations.AddField(
            model_name='creditnoteline',
            name='invoice_line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='billing.invoiceline'),
        ),
        migrations.AddField(
            model_name='fapiao',
            name='billing_account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fapiao', to='billing.billingaccount'),
        ),
        migrations.AddField(
            model_name='fapiaopaper',
            name='fapiao',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='billing.fapiao'),
        ),
        migrations.AddField(
            model_name='fapiaoshare',
            name='fapiao',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='billing.fapiao'),
        ),
        migrations.AddField(
            model_name='fapiaoshare',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fapiao_shares', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='fapiaotitle',
            name='billing_account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fapiao_titles', to='billing.billingaccount'),
        ),
        migrations.AddField(
            model_name='fapiao',
            name='title',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fapiao', to='billing.fapiaotitle'),
        ),
        migrations.AddField(
            model_name='redletter',
            name='credit_note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='red_letters', to='billing.creditnote'),
        ),
        migrations.AddField(
            model_name='redletter',
            name='fapiao',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='red_letters', to='billing.fapiao'),
        ),
        migrations.AddField(
            model_name='fapiaopaper',
            name='red_letter',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paper', to='billing.redletter'),
        ),
        migrations.AddField(
            model_name='topup',
            name='card',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='billing.savedcard'),
        ),
        migrations.AddField(
            model_name='wallet',
            name='billing_account',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='wallet', to='billing.billingaccount'),
        ),
        migrations.AddField(
            model_name='topup',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='billing.wallet'),
        ),
        migrations.AddField(
            model_name='promogrant',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='billing.wallet'),
        ),
        migrations.AddField(
            model_name='walletlot',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='billing.wallet'),
        ),
        migrations.AddField(
            model_name='walletuse',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wallet_uses', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='walletuse',
            name='lot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='billing.walletlot'),
        ),
        migrations.AddIndex(
            model_name='creditnote',
            index=models.Index(fields=['state', '-requested_at'], name='credit_notes_by_state'),
        ),
        migrations.AddIndex(
            model_name='creditnote',
            index=models.Index(fields=['-requested_at'], name='credit_notes_latest'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('gross_minor', django.db.models.expressions.CombinedExpression(models.F('net_minor'), '+', models.F('tax_minor'))), ('gross_minor__gt', 0)), name='credit_note_sums'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', ''), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='credit_note_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number__isnull', True), ('state__in', ['draft', 'void'])), models.Q(('issued_at__isnull', False), ('number__isnull', False), ('state__in', ['issued', 'applied', 'refunded'])), _connector='OR'), name='credit_note_numbered_when_issued'),
        ),
        migrations.AddIndex(
            model_name='cardrefund',
            index=models.Index(condition=models.Q(('state__in', ['created', 'unknown', 'processing'])), fields=['next_look_at'], name='card_refunds_to_look_at'),
        ),
        migrations.AddConstraint(
            model_name='cardrefund',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'failed'), _negated=True), fields=('credit_note',), name='one_living_refund_a_credit_note'),
        ),
        migrations.AddConstraint(
            model_name='cardrefund',
            constraint=models.UniqueConstraint(fields=('credit_note', 'number'), name='card_refund_try_once'),
        ),
        migrations.AddConstraint(
            model_name='cardrefund',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='card_refund_positive'),
        ),
        migrations.AddConstraint(
            model_name='creditnoteline',
            constraint=models.UniqueConstraint(fields=('credit_note', 'invoice_line'), name='one_credit_a_line_and_note'),
        ),
        migrations.AddConstraint(
            model_name='creditnoteline',
            constraint=models.CheckConstraint(condition=models.Q(('gross_minor', django.db.models.expressions.CombinedExpression(models.F('net_minor'), '+', models.F('tax_minor'))), ('gross_minor__gt', 0)), name='credit_line_sums'),
        ),
        migrations.AddConstraint(
            model_name='fapiaoshare',
            constraint=models.UniqueConstraint(fields=('fapiao', 'invoice'), name='one_share_an_invoice'),
        ),
        migrations.AddConstraint(
            model_name='fapiaoshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('reversed_minor__gte', 0), ('reversed_minor__lte', models.F('amount_minor'))), name='fapiao_share_fits'),
        ),
        migrations.AddConstraint(
            model_name='fapiaotitle',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'company'), _negated=True), models.Q(('tax_number', ''), _negated=True), _connector='OR'), name='company_has_a_tax_number'),
        ),
        migrations.AddIndex(
            model_name='fapiao',
            index=models.Index(fields=['billing_account', '-requested_at'], name='fapiao_of_account'),
        ),
        migrations.AddIndex(
            model_name='fapiao',
            index=models.Index(fields=['state', 'requested_at'], name='fapiao_by_state'),
        ),
        migrations.AddConstraint(
            model_name='fapiao',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='fapiao_positive'),
        ),
        migrations.AddConstraint(
            model_name='fapiao',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['issued', 'reversed']), _negated=True), ('number__isnull', False), _connector='OR'), name='issued_fapiao_numbered'),
        ),
        migrations.AddIndex(
            model_name='redletter',
            index=models.Index(fields=['state', 'needed_at'], name='red_letters_by_state'),
        ),
        migrations.AddConstraint(
            model_name='redletter',
            constraint=models.UniqueConstraint(fields=('fapiao', 'credit_note'), name='one_red_letter_a_credit_note'),
        ),
        migrations.AddConstraint(
            model_name='redletter',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='red_letter_positive'),
        ),
        migrations.AddConstraint(
            model_name='fapiaopaper',
            constraint=models.UniqueConstraint(condition=models.Q(('red_letter__isnull', True)), fields=('fapiao',), name='one_paper_a_fapiao'),
        ),
        migrations.AddIndex(
            model_name='wallet',
            index=models.Index(condition=models.Q(('auto_below_minor__isnull', False)), fields=['id'], name='wallets_to_fill'),
        ),
        migrations.AddConstraint(
            model_name='wallet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('auto_amount_minor__isnull', True), ('auto_below_minor__isnull', True)), models.Q(('auto_amount_minor__gt', 0), ('auto_below_minor__gte', 0)), _connector='OR'), name='auto_top_up_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='wallet',
            constraint=models.CheckConstraint(condition=models.Q(('alert_below_minor__isnull', True), ('alert_below_minor__gte', 0), _connector='OR'), name='alert_not_negative'),
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(fields=['wallet', '-created_at'], name='top_ups_of_wallet'),
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['next_look_at'], name='top_ups_to_look_at'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='top_up_positive'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.UniqueConstraint(condition=models.Q(('is_automatic', True), ('state', 'pending')), fields=('wallet',), name='one_automatic_top_up_under_way'),
        ),
        migrations.AddIndex(
            model_name='promogrant',
            index=models.Index(fields=['wallet', '-requested_at'], name='grants_of_wallet'),
        ),
        migrations.AddConstraint(
            model_name='promogrant',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='grant_positive'),
        ),
        migrations.AddConstraint(
            model_name='promogrant',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', ''), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='grant_by_two_people'),
        ),
        migrations.AddIndex(
            model_name='walletlot',
            index=models.Index(fields=['wallet', '-created_at'], name='lots_of_wallet'),
        ),
        migrations.AddIndex(
            model_name='walletlot',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('remaining_minor__gt', 0)), fields=['expires_at'], name='lots_to_expire'),
        ),
        migrations.AddConstraint(
            model_name='walletlot',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('expired_minor__gte', 0), ('remaining_minor__gte', 0)), name='lot_not_overdrawn'),
        ),
        migrations.AddConstraint(
            model_name='walletlot',
            constraint=models.CheckConstraint(condition=models.Q(('remaining_minor__lte', django.db.models.expressions.CombinedExpression(models.F('amount_minor'), '-', models.F('expired_minor')))), name='lot_not_overfull'),
        ),
        migrations.AddConstraint(
            model_name='walletlot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'paid'), _negated=True), ('expires_at__isnull', True), _connector='OR'), name='what_was_paid_stays'),
        ),
        migrations.AddConstraint(
            model_name='walletuse',
            constraint=models.UniqueConstraint(fields=('lot', 'invoice'), name='a_lot_pays_an_invoice_once'),
        ),
        migrations.AddConstraint(
            model_name='walletuse',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='wallet_use_positive'),
        ),
        migrations.RunSQL(sql=GUARDS, reverse_sql=UNGUARD),
    ]
