"""What a shopper's visitor gets from the store's host: the app, its files, pictures, the sandbox cashier."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kit.ports.storage import keep_file, public_url
from kit.tenancy import StoreRef, in_store
from tenants.orders.models import Order
from tenants.payments.models import Payment, SandboxCharge
from tests.api.conftest import Shop
from tests.factories.orders import a_pending_order, a_started_payment


@pytest.fixture
def visitor(acme: StoreRef) -> Client:
    return Client(headers={"host": "acme.linli.test"})


@pytest.fixture
def build(settings: Any, tmp_path: Path) -> Path:
    """A build of the app, and a secret beside it."""
    root = tmp_path / "h5"
    (root / "assets").mkdir(parents=True)
    (root / "static").mkdir()
    (root / "index.html").write_text("<!doctype html><div id=app></div>")
    (root / "assets" / "index-DxT1a.js").write_text("console.log(1)" * 200)
    (root / "static" / "logo.png").write_bytes(b"\x89PNG")
    (root / ".env").write_text("SECRET=1")
    (tmp_path / "secret.txt").write_text("secret")
    settings.LINLI_H5_ROOT = root
    return root


class TestApp:
    def test_stands_at_m(self, visitor: Client) -> None:
        assert visitor.get("/").headers["Location"] == "/m/"
        assert visitor.get("/m").headers["Location"] == "/m/"

    def test_page_is_asked_for_each_time_and_its_assets_never_again(self, visitor: Client, build: Path) -> None:
        page = visitor.get("/m/")
        asset = visitor.get("/m/assets/index-DxT1a.js")
        static = visitor.get("/m/static/logo.png")

        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-cache")
        assert page.headers["Content-Type"].startswith("text/html")
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert asset.headers["Content-Type"].startswith(("text/javascript", "application/javascript"))
        assert static.headers["Cache-Control"] == "public, max-age=3600"

    def test_runs_no_script_but_its_own(self, visitor: Client, build: Path) -> None:
        policy = visitor.get("/m/").headers["Content-Security-Policy"]

        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy

    def test_is_sent_packed(self, visitor: Client, build: Path) -> None:
        packed = visitor.get("/m/assets/index-DxT1a.js", headers={"accept-encoding": "gzip"})

        assert packed.headers["Content-Encoding"] == "gzip"

    def test_is_not_sent_twice(self, visitor: Client, build: Path) -> None:
        first = visitor.get("/m/")

        again = visitor.get("/m/", headers={"if-modified-since": first.headers["Last-Modified"]})

        assert again.status_code == 304

    @pytest.mark.parametrize(
        "path",
        ["../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", ".env", "assets", "assets/", "assets/../.env",
         "none.js", "/etc/passwd", "assets//index-DxT1a.js"],
    )  # fmt: skip
    def test_gives_away_nothing_beside_it(self, visitor: Client, build: Path, path: str) -> None:
        answer = visitor.get(f"/m/{path}")

        assert answer.status_code == 404
        assert b"secret" not in answer.content

    def test_says_how_to_build_it(self, visitor: Client, settings: Any, tmp_path: Path) -> None:
        settings.LINLI_H5_ROOT = tmp_path / "none"

        page = visitor.get("/m/")

        assert page.status_code == 404
        assert "npm run build:h5" in page.content.decode()


class TestMedia:
    @pytest.fixture(autouse=True)
    def files(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path / "media"

    def test_shows_a_picture_to_who_knows_its_name(self, visitor: Client, acme: StoreRef) -> None:
        with in_store(acme):
            address = public_url(keep_file(content=b"RIFFxxxxWEBP", room="goods", suffix="webp"))

        shown: Any = visitor.get(address)

        assert (shown.status_code, shown.content) == (200, b"RIFFxxxxWEBP")
        assert shown.headers["Content-Type"] == "image/webp"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert visitor.get(address, headers={"if-none-match": shown.headers["ETag"]}).status_code == 304

    def test_shows_no_picture_of_another_store(self, visitor: Client, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(rival):
            address = public_url(keep_file(content=b"RIFFxxxxWEBP", room="goods", suffix="webp"))

        assert Client(headers={"host": "rival.linli.test"}).get(address).status_code == 200
        assert visitor.get(address).status_code == 404

    def test_shows_no_file_of_a_room_that_is_not_public(self, visitor: Client, acme: StoreRef) -> None:
        with in_store(acme):
            key = keep_file(content=b"costs", room="imports", suffix="xlsx")

        assert visitor.get("/media/" + key.split("/", 2)[2]).status_code == 404
        assert visitor.get(f"/media/{key}").status_code == 404

    @pytest.mark.parametrize("path", ["../../../etc/passwd", "goods/ab/x.webp", "goods", "%00", "goods/%2e%2e/x"])
    def test_refuses_a_name_that_is_none(self, visitor: Client, path: str) -> None:
        assert visitor.get(f"/media/{path}").status_code == 404


class TestVideo:
    FILM = bytes(range(256)) * 4

    @pytest.fixture
    def address(self, acme: StoreRef, settings: Any, tmp_path: Path) -> str:
        settings.MEDIA_ROOT = tmp_path / "media"
        with in_store(acme):
            return public_url(keep_file(content=self.FILM, room="goods", suffix="mp4"))

    def test_is_given_whole_and_says_that_it_can_be_had_in_parts(self, visitor: Client, address: str) -> None:
        shown: Any = visitor.get(address)

        assert (shown.status_code, b"".join(shown.streaming_content)) == (200, self.FILM)
        assert shown.headers["Content-Type"] == "video/mp4"
        assert shown.headers["Accept-Ranges"] == "bytes"
        assert shown.headers["Content-Length"] == "1024"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert visitor.get(address, headers={"if-none-match": shown.headers["ETag"]}).status_code == 304

    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("bytes=0-", 0, 1023),
            ("bytes=0-1", 0, 1),
            ("bytes=1000-", 1000, 1023),
            ("bytes=1000-9999", 1000, 1023),
            ("bytes=-24", 1000, 1023),
            ("bytes=-9999", 0, 1023),
            ("bytes=1023-1023", 1023, 1023),
        ],
    )
    def test_is_given_in_the_part_asked_for(
        self, visitor: Client, address: str, asked: str, first: int, last: int
    ) -> None:
        shown: Any = visitor.get(address, headers={"range": asked})

        assert (shown.status_code, b"".join(shown.streaming_content)) == (206, self.FILM[first : last + 1])
        assert shown.headers["Content-Range"] == f"bytes {first}-{last}/1024"
        assert shown.headers["Content-Length"] == str(last - first + 1)

    @pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=9-3", "bytes=-0"])
    def test_has_nothing_beyond_its_end(self, visitor: Client, address: str, asked: str) -> None:
        shown: Any = visitor.get(address, headers={"range": asked})

        assert (shown.status_code, shown.headers["Content-Range"]) == (416, "bytes */1024")

    @pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "seconds=1-2", "bytes=", "bytes=a-b", "bytes=0-" + "9" * 40])
    def test_is_given_whole_to_who_asks_what_we_do_not_know(self, visitor: Client, address: str, asked: str) -> None:
        shown: Any = visitor.get(address, headers={"range": asked})
        assert (shown.status_code, len(b"".join(shown.streaming_content))) == (200, 1024)

    def test_that_became_another_is_given_whole(self, visitor: Client, address: str) -> None:
        shown = visitor.get(address, headers={"range": "bytes=0-1", "if-range": '"another"'})
        assert shown.status_code == 200

    def test_of_another_store_is_not_here(self, address: str, rival: StoreRef) -> None:
        next_door = Client(headers={"host": "rival.linli.test"})
        assert next_door.get(address, headers={"range": "bytes=0-1"}).status_code == 404


class TestCashier:
    @pytest.fixture
    def payment(self, shop: Shop) -> Payment:
        with in_store(shop.ref):
            return a_started_payment(a_pending_order(shop.item, quantity=2, member=shop.member, point=shop.point))

    def test_shows_what_is_to_be_paid(self, visitor: Client, payment: Payment) -> None:
        page = visitor.get(f"/pay/sandbox/{payment.key}")

        text = page.content.decode()
        for word in ("¥25.80", "绿家生鲜", "支付成功", "支付失败", "不回应"):
            assert word in text
        assert "no-store" in page.headers["Cache-Control"]

    @pytest.mark.parametrize(
        ("decision", "order", "charge"),
        [("pay", "paid", "paid"), ("fail", "pending_payment", "failed"), ("silent", "pending_payment", "paid")],
    )
    def test_does_what_was_pressed_and_goes_back(
        self, shop: Shop, visitor: Client, payment: Payment, decision: str, order: str, charge: str
    ) -> None:
        back = visitor.post(f"/pay/sandbox/{payment.key}", {"decision": decision})

        assert (back.status_code, back.headers["Location"]) == (302, f"/m/#/sub/order/result?order={payment.order_id}")
        with in_store(shop.ref):
            assert Order.objects.get(pk=payment.first_order_id).state == order
            assert SandboxCharge.objects.get(key=payment.key).state == charge

    def test_decides_once(self, visitor: Client, payment: Payment) -> None:
        visitor.post(f"/pay/sandbox/{payment.key}", {"decision": "pay"})

        changed = visitor.post(f"/pay/sandbox/{payment.key}", {"decision": "fail"})
        shown = visitor.get(f"/pay/sandbox/{payment.key}").content.decode()

        assert changed.status_code == 409
        assert "已经付过了" in shown
        assert "不回应" not in shown

    @pytest.mark.parametrize("words", [{}, {"decision": "gift"}, {"decision": ""}])
    def test_asks_again_when_nothing_was_pressed(
        self, visitor: Client, payment: Payment, words: dict[str, str]
    ) -> None:
        assert visitor.post(f"/pay/sandbox/{payment.key}", words).status_code == 422

    def test_takes_no_form_from_elsewhere(self, payment: Payment) -> None:
        strict = Client(headers={"host": "acme.linli.test"}, enforce_csrf_checks=True)

        assert strict.post(f"/pay/sandbox/{payment.key}", {"decision": "pay"}).status_code == 403

    def test_knows_only_charges_of_this_store(self, visitor: Client, payment: Payment, rival: StoreRef) -> None:
        assert Client(headers={"host": "rival.linli.test"}).get(f"/pay/sandbox/{payment.key}").status_code == 404
        assert visitor.get("/pay/sandbox/none").status_code == 404
