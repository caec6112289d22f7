"""A top-up that was taken back, as the operator and the merchant see it."""

from django.test import Client

from billing.models.wallet import TopUp, TopUpMethod
from control.console.health import health_lines
from control.people.models import Person, Role
from kit import clock
from kit.tenancy import in_control
from tests.billing.documents import Desk
from tests.billing.world import World
from tests.control.account.conftest import Desk as Browser


def test_both_see_what_left_the_wallet(world: World, operator: Person, at_console: Client) -> None:
    world.save_card()
    world.hear()
    desk = Desk(world)
    desk.top_up(50_000, method=TopUpMethod.CARD)
    world.hear()
    desk.invoice(30_000)
    with in_control():
        ref = TopUp.objects.get().gateway_ref
    assert "钱包充值被退回" not in at_console.get("/console/disputes").text

    told = world.fake.pull("disputes", payment_intent=ref)
    world.hear()

    page = at_console.get("/console/disputes").text
    for shown in (told["id"], "¥500.00", "¥200.00", "¥300.00", "持卡人争议"):
        assert shown in page
    with in_control():
        [line] = [line for line in health_lines(now=world.now) if line.merchant.pk == world.store.merchant_id]
    assert "有银行卡争议" in [reason.sentence for reason in line.health.reasons]
    timeline = at_console.get(f"/console/stores/{world.store.merchant_id}/timeline").text
    assert "充值 ¥500.00 被持卡人争议" in timeline
    with clock.at(world.now):
        wallet = Browser(world, Role.OWNER).get("wallet")
    assert "被退回银行卡的充值" in wallet
    assert "从钱包扣除 ¥200.00" in wallet
