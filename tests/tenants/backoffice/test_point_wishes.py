"""The desk follows neighbours' wishes up, and makes leaders of them."""

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.leaders.models import Leader, PickupPoint, PointWish
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.backoffice.test_leaders import TYPED
from tests.tenants.backoffice.test_orders import page_of
from tests.tenants.leaders.test_point_wishes import left


def test_are_listed_searched_counted_and_exported(acme: StoreRef, desk: Client) -> None:
    assert "还没有开团申请" in page_of(desk.get("/backoffice/wishes"))
    with in_store(acme):
        left(would_lead=True, address="锦绣路 100 弄")
        left(phone="13900000001", name="李先生", estate="阳光里")

    page = page_of(desk.get("/backoffice/wishes?q=绿城"))
    assert "13812345678" in page
    assert "上海 绿城一期 锦绣路 100 弄" in page
    assert "愿意" in page
    assert "阳光里" not in page
    assert "李先生" not in page_of(desk.get("/backoffice/wishes?state=opened"))
    sheet = desk.get("/backoffice/wishes?export=xlsx")
    assert sheet["Content-Type"].startswith("application/vnd.openxmlformats")


def test_is_followed_up(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        wish = left()

    drawer = page_of(desk.get(f"/backoffice/wishes/{wish.pk}"))
    assert "没有定位" in drawer
    assert desk.post(f"/backoffice/wishes/{wish.pk}", {"state": "touched", "note": "周末看场地"}).status_code == 303
    page = page_of(desk.get("/backoffice/wishes?state=touched"))
    assert "周末看场地" in page
    assert desk.post(f"/backoffice/wishes/{wish.pk}", {"state": "opened"}).status_code == 422


def test_becomes_a_leader_with_everything_filled_in(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        wish = left(latitude="31.230400", longitude="121.473700", address="锦绣路 100 弄")

    page = page_of(desk.get(f"/backoffice/leaders/new?wish={wish.pk}"))
    for value in ("王女士", "13812345678", "绿城一期", "上海", "锦绣路 100 弄", "31.230400", "121.473700"):
        assert f'value="{value}"' in page
    answer = desk.post("/backoffice/leaders/new", {**TYPED, "wish": str(wish.pk)})

    with in_store(acme):
        leader, point = Leader.objects.get(), PickupPoint.objects.get()
        wish.refresh_from_db()
    assert answer["Location"].endswith(str(leader.pk))
    assert (wish.state, wish.leader_id, point.leader_id) == ("opened", leader.pk, leader.pk)
    assert leader.name in page_of(desk.get("/backoffice/wishes?state=opened"))
    assert "已经开成了" in page_of(
        desk.post("/backoffice/leaders/new", {**TYPED, "phone": "13900000002", "wish": str(wish.pk)})
    )
    assert desk.get("/backoffice/leaders/new?wish=nobody").status_code == 404


def test_a_clerk_only_looks(acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
    with in_store(acme):
        wish = left()
    visitor = sign_in(clerk)
    assert visitor.get("/backoffice/wishes").status_code == 200
    assert visitor.post(f"/backoffice/wishes/{wish.pk}", {"state": "refused"}).status_code == 403


def test_cost_no_statement_each(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        left()
    one = statements_of(desk, "/backoffice/wishes")
    with in_store(acme):
        for number in range(4):
            left(phone=f"1390000000{number}")
            PointWish.objects.filter(phone=f"1390000000{number}").update(note="好")

    assert statements_of(desk, "/backoffice/wishes") == one
