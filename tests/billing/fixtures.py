"""Pytest fixtures of a billed merchant; a conftest imports the ones it needs."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from kit.tenancy import StoreRef
from tests.billing.world import World
from tests.database import copy_of_template, drop_database
from tests.simulators.receiver import Receiver
from tests.simulators.stripe.fixtures import SECRET, RunningFake
from tests.stores import store_ref


@pytest.fixture
def world(
    acme: StoreRef,
    stripe_fake: RunningFake,
    receiver: Receiver,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> World:
    """Acme in the middle of its trial's first day, with Stripe listening."""
    settings.LINLI_STRIPE = stripe_settings(stripe_fake)
    return begun(World(acme, stripe_fake, receiver, django_capture_on_commit_callbacks))


@pytest.fixture
def racing_world(
    django_db_setup: str,
    django_db_blocker: Any,
    worker_id: str,
    stripe_fake: RunningFake,
    receiver: Receiver,
    settings: Any,
) -> Iterator[World]:
    """The same in a database of its own where everything commits, for several connections at once."""
    settings.LINLI_STRIPE = stripe_settings(stripe_fake)
    usual = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        url = copy_of_template(worker=f"{worker_id}_billing")
        yield begun(World(store_ref("acme"), stripe_fake, receiver, lambda execute: nullcontext()))
        drop_database(url)
    django_settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = usual


def begun(world: World) -> World:
    world.move(world.now)
    world.begin()
    return world


def stripe_settings(fake: RunningFake) -> dict[str, object]:
    return {"api_key": "sk_test_linli", "api_base": fake.url, "webhook_secret": SECRET, "timeout": 5}
