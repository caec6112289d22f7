"""A stranger becomes a merchant."""

from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from billing.services.start_trial import start_trial
from control.audit.services import record_act
from control.merchants.models import Merchant
from control.merchants.slugs import SlugRefused, check_slug
from control.people.models import Role
from control.people.services import give_seat, issue_pass, register_person
from control.provisioning.services.fill_pool import claim_schema
from control.provisioning.services.open_store import open_store
from control.provisioning.tasks import fill_pool
from control.signup.services.prove_phone import check_phone_code, use_phone_code
from kit.errors import Kind, Refused


class AgreementMissing(Refused):
    """The terms were not accepted."""

    code, kind, sentence = "agreement_missing", Kind.INVALID, _("请先阅读并同意服务协议。")


class NameMissing(Refused):
    """The store has no name."""

    code, kind, sentence = "name_missing", Kind.INVALID, _("请填写店铺名称。")


class NotOpenYet(Refused):
    """The store is registered but could not be opened at once; ``resume_half_built`` will. Facts: the merchant."""

    code, kind, sentence = "not_open_yet", Kind.CONFLICT, _("店铺正在开通，请稍等片刻。")


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """What the stranger told us."""

    phone: str
    code: str
    email: str
    password: str
    store_name: str
    slug: str
    city: str = ""
    owner_name: str = ""
    language: str = "zh-hans"
    accepted_terms: bool = False


@dataclass(frozen=True, kw_only=True)
class NewStore:
    """The store, and the pass that carries its owner into the back office."""

    merchant: Merchant
    entry_pass: str


def sign_up(*, asked: SignUp, now: datetime) -> NewStore:
    """Register the owner, claim a ready schema, start the trial and open the store.

    One control-plane transaction names everything; seeding follows, and a crash between the two is finished by
    ``resume_half_built``.
    :raises AgreementMissing, NameMissing, SlugRefused, NotAPhone, WrongCode, EmailTaken, WeakPassword: nothing done.
    :raises NotOpenYet: registered; opening will be finished by a task.
    """
    if not asked.accepted_terms:
        raise AgreementMissing(fields={"accepted_terms": [AgreementMissing.sentence]})
    name = asked.store_name.strip()
    if not name:
        raise NameMissing(fields={"store_name": [NameMissing.sentence]})
    slug = check_slug(asked.slug, name=name)
    phone = check_phone_code(phone=asked.phone, code=asked.code, now=now)
    try:
        with transaction.atomic(durable=True):
            new = _register(asked=asked, name=name, slug=slug, phone=phone, now=now)
            transaction.on_commit(fill_pool.delay)
    except IntegrityError as race:
        if "merchant_slug_once" not in str(race):
            raise
        check_slug(slug, name=name)  # says who was faster, with suggestions
        raise SlugRefused(fields={"slug": [SlugRefused.sentence]}) from race
    try:
        open_store(merchant=new.merchant, now=now)
    except DatabaseError as error:
        raise NotOpenYet(merchant=new.merchant) from error
    return new


def _register(*, asked: SignUp, name: str, slug: str, phone: str, now: datetime) -> NewStore:
    use_phone_code(phone=phone, now=now)
    owner = register_person(
        email=asked.email,
        phone=phone,
        password=asked.password,
        name=asked.owner_name or name,
        now=now,
        language=asked.language,
    )
    merchant = Merchant.objects.create(
        slug=slug, name=name, city=asked.city, schema_name=claim_schema(now=now), state_since=now, created_at=now
    )
    give_seat(person=owner, merchant_id=merchant.id, role=Role.OWNER, now=now)
    start_trial(
        merchant_id=merchant.id,
        name=name,
        email=owner.email,
        phone=phone,
        timezone=merchant.timezone,
        currency=merchant.currency,
        now=now,
    )
    record_act(what="merchant.signed_up", actor=owner.email, now=now, merchant_id=merchant.id, slug=slug)
    return NewStore(merchant=merchant, entry_pass=issue_pass(person=owner, merchant_id=merchant.id, now=now))
