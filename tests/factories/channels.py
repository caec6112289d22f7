"""Channels of a store, set up with the accounts that the simulators' companies opened for it."""

from tenants.payments.models import Channel
from tenants.payments.setup import ChannelDraft, check_channel, configure_channel, switch_channel
from tenants.payments.ways import ALIPAY, WECHAT, ways_of
from tests.factories.times import NOW
from tests.simulators.companies import Companies, alipay_keys, wechat_keys

BY = {"by_name": "老板", "by_email": "boss@acme.test", "now": NOW}


def a_wechat_channel(companies: Companies, **changed: object) -> Channel:
    """WeChat Pay, tried and switched on with all its ways."""
    keys = wechat_keys(companies, certificates=(), **changed)
    return _opened(ChannelDraft(provider=WECHAT, keys=keys, ways=[way.code for way in ways_of(WECHAT)]))


def an_alipay_channel(companies: Companies) -> Channel:
    """Alipay, tried and switched on with all its ways."""
    return _opened(
        ChannelDraft(provider=ALIPAY, keys=alipay_keys(companies), ways=[way.code for way in ways_of(ALIPAY)])
    )


def _opened(draft: ChannelDraft) -> Channel:
    channel = configure_channel(draft=draft, **BY)  # type: ignore[arg-type]
    assert check_channel(provider=draft.provider, now=NOW).is_good
    switch_channel(provider=draft.provider, on=True, **BY)  # type: ignore[arg-type]
    channel.refresh_from_db()
    return channel
