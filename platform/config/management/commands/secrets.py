"""linli secrets: seal every store's secrets again with the present key."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand

from control.merchants.models import Merchant, MerchantState
from kit.sealing import SealBroken, current_key_id
from kit.tenancy import in_control, in_store
from tenants.integrations.services.reseal import reseal_endpoints
from tenants.payments.channels import ChannelMissing
from tenants.payments.setup import reseal_channels

EXAMPLES = """
examples:
  LINLI_SEALING_KEYS=k2:...,k1:... linli secrets rotate    seal with k2 what k1 sealed; then k1 can be taken away
"""
_WITHOUT = (MerchantState.BUILDING, MerchantState.ERASED)


class Command(BaseCommand):
    help = "Rotate the key that seals the stores' secrets. Safe to repeat; exit code 1 when a store could not be done."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["rotate"])

    def handle(self, *args: Any, **options: Any) -> None:
        with in_control():
            stores = [
                merchant.ref for merchant in Merchant.objects.filter(cell="").exclude(state__in=_WITHOUT).order_by("pk")
            ]
        done, broken = 0, []
        for store in stores:
            try:
                with in_store(store):
                    done += reseal_channels() + reseal_endpoints()
            except (ChannelMissing, SealBroken):
                broken.append(store.slug)
        self.stdout.write(f"{done} secrets in {len(stores)} stores sealed again with key {current_key_id()}.")
        if broken:
            self.stderr.write(f"could not be opened, the owner must give the secrets again: {', '.join(broken)}")
            raise SystemExit(1)
