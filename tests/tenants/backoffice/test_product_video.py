"""商品视频: put in, covered and taken out beside the editor's form."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from control.people.models import Person
from kit.ports.storage import files_here, keep_file
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import Product, ProductPicture
from tenants.catalog.selectors import product_of
from tenants.catalog.services.keep_video import video_shown
from tests.factories.videos import a_track, a_video
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.goods import LIST, a_product, text_of
from tests.tenants.shelf import NOON


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


class TestVideo:
    @pytest.fixture
    def product(self, acme: StoreRef) -> Product:
        return a_product(acme)

    @pytest.fixture
    def upload(self, desk: Client, product: Product) -> Any:
        def uploaded(content: bytes, name: str = "大闸蟹.mp4") -> Any:
            file = SimpleUploadedFile(name, content, content_type="video/mp4")
            return desk.post(f"{LIST}/{product.pk}/video", {"video": file}, headers={"HX-Request": "true"})

        return uploaded

    def test_is_kept_shown_and_taken_away_with_its_file(
        self, acme: StoreRef, desk: Client, product: Product, upload: Any
    ) -> None:
        page = text_of(upload(a_video()))
        assert "8 秒，720×1280" in page

        address = self.told(acme, product)["url"]
        shown: Any = desk.get(address, headers={"range": "bytes=4-7"})
        assert (shown.status_code, b"".join(shown.streaming_content)) == (206, b"ftyp")
        assert f'src="{address}"' in desk.get(f"{LIST}/{product.pk}").content.decode()

        desk.post(f"{LIST}/{product.pk}/video/removal")
        assert desk.get(address).status_code == 404
        assert self.told(acme, product) is None

    def test_in_the_place_of_another_takes_the_former_file_away(
        self, acme: StoreRef, desk: Client, product: Product, upload: Any
    ) -> None:
        upload(a_video())
        former = self.told(acme, product)["url"]
        upload(a_video(millis=9_000))

        assert desk.get(former).status_code == 404
        assert self.told(acme, product)["seconds"] == 9

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"<html>", "不是完整的 MP4"),
            (a_video()[:-50], "不是完整的 MP4"),
            (a_video(a_track(codec=b"hvc1")), "只支持 H.264"),
            (a_video(millis=61_000), "最长 60 秒"),
        ],
    )
    def test_that_is_none_is_refused_and_leaves_no_file(
        self, acme: StoreRef, product: Product, upload: Any, content: bytes, sentence: str
    ) -> None:
        answer = upload(content)

        assert answer.status_code == 422
        assert sentence in text_of(answer)
        assert self.told(acme, product) is None
        with in_store(acme):
            assert list(files_here()) == []

    def test_that_starts_late_is_kept_and_said(self, upload: Any) -> None:
        assert "要整段下载完才开始播" in text_of(upload(a_video(is_fast=False)))

    def test_has_one_of_the_products_pictures_before_it(
        self, acme: StoreRef, desk: Client, product: Product, upload: Any
    ) -> None:
        upload(a_video())
        assert self.told(acme, product)["cover_key"] == ""
        with in_store(acme):
            first, second = (
                ProductPicture.objects.create(
                    product=product, position=at, width=9, height=9,
                    file_key=keep_file(content=b"w", room="goods", suffix="webp"),
                )
                for at in (0, 1)
            )  # fmt: skip
            strange = ProductPicture.objects.create(product=a_product(acme, title="别的"), width=9, height=9)
        assert self.told(acme, product)["cover_key"] == first.file_key

        desk.post(f"{LIST}/{product.pk}/video/cover", {"picture": second.pk})
        assert self.told(acme, product)["cover_key"] == second.file_key
        refused = desk.post(f"{LIST}/{product.pk}/video/cover", {"picture": strange.pk}, headers={"HX-Request": "true"})
        assert refused.status_code == 422
        with in_store(acme):
            ProductPicture.objects.filter(pk=second.pk).update(removed_at=NOON)
        assert self.told(acme, product)["cover_key"] == first.file_key

    def test_is_not_for_clerks_nor_for_the_shop_next_door(
        self, acme: StoreRef, rival: StoreRef, sign_in: SignIn, clerk: Person, desk: Client, product: Product
    ) -> None:
        files = {"video": SimpleUploadedFile("a.mp4", a_video())}
        assert sign_in(clerk).post(f"{LIST}/{product.pk}/video", files).status_code == 403
        theirs = a_product(rival)
        files = {"video": SimpleUploadedFile("a.mp4", a_video())}
        assert desk.post(f"{LIST}/{theirs.pk}/video", files).status_code == 404

    def told(self, acme: StoreRef, product: Product) -> Any:
        with in_store(acme):
            return video_shown(product_of(product.pk))
