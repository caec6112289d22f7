"""The description of the API is complete, kept in the repository, and true of itself."""

from pathlib import Path
from typing import Any

import pytest

from api.store.description import describe, written
from tests.api.conftest import Shop
from tests.api.description import described, faults_of, operations

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
# What mobile/ and strangers' code call; a name here is never changed, only added to.
OPERATIONS = {
    "getStore", "sendSmsCode", "signIn", "signOut", "getMe", "listPickupPoints", "getPickupPoint", "listCampaigns",
    "getProduct", "quoteLines", "placeOrder", "listOrders", "getOrder", "cancelOrder", "startPayment", "getPayment",
    "refuseLater", "listPickupCodes", "getDesk", "listPickups", "getPickup", "handOver", "reverseHandover",
    "listCommissions",
    "listCategories", "listProducts", "suggestProducts", "listJoins", "listTeams", "getTeam",
    "listCities", "getEntry", "followLeader", "listClaimableCoupons", "listCoupons", "claimCoupon",
    "getPoints", "listPointsMoves", "listUnclaimed",
    "listProductReviews", "listReviews", "writeReview", "listLinesToReview", "addToReview", "uploadReviewPicture",
    "listAfterSales", "askAfterSale", "addAfterSalePhoto", "getAfterSale", "withdrawAfterSale", "appealAfterSale",
    "getOrderAfterSales", "listLeaderAfterSales", "askAfterSaleForMember", "getLeaderAfterSale", "judgeAfterSale",
    "takeGoodsBack", "noteReplaced",
    "getJoinDraft", "confirmJoinDraft",
    "readLeaderChain", "listLeaderDrafts", "makeLeaderDrafts", "withdrawLeaderDraft",
    "listStockWaits", "waitForStock", "stopWaiting", "noteSearch", "listHotWords", "listSimilarProducts",
    "leavePointWish", "listLeaderOffers", "hideLeaderOffer",
    "listLeaderRests", "takeLeaderRest", "previewLeaderRest", "endLeaderRest",
    "getCart", "putCart", "placeCheckout", "getCheckout",
    "listDeliveryWays", "listDeliverySlots", "listAddresses", "addAddress", "changeAddress", "forgetAddress",
    "openListProducts", "openGetProduct", "openSetListing", "openListStock", "openCountStock", "openListOrders",
    "openGetOrder", "openListCampaigns", "openCloseCampaign", "openListLeaders", "openListMembers",
}  # fmt: skip
KEYED = {
    "claimCoupon", "placeOrder", "placeCheckout", "startPayment", "handOver", "askAfterSale", "askAfterSaleForMember",
    "makeLeaderDrafts",
    "openSetListing", "openCountStock", "openCloseCampaign",
}  # fmt: skip


def _contents(operation: dict[str, Any]) -> list[tuple[dict[str, Any], list[Any]]]:
    bodies = [operation.get("requestBody", {}), *(operation["responses"][code] for code in operation["responses"])]
    return [
        (content["schema"], [example["value"] for example in content.get("examples", {}).values()])
        for body in bodies
        for media_type, content in body.get("content", {}).items()
        if media_type == "application/json"
    ]


class TestDescription:
    def test_is_the_one_that_is_kept(self) -> None:
        assert FILE.read_text() == written(describe()), "run `linli openapi`"

    def test_is_served(self, shop: Shop) -> None:
        answer = shop.stranger.get("/openapi.json")

        assert answer.headers["Content-Type"] == "application/json"
        assert answer.content == FILE.read_bytes()

    def test_is_of_openapi_3_1_and_names_every_operation(self) -> None:
        assert described()["openapi"].startswith("3.1")
        assert {operation["operationId"] for _method, _path, operation in operations()} == OPERATIONS

    @pytest.mark.parametrize(("method", "path", "operation"), operations(), ids=lambda part: str(part)[:60])
    def test_every_operation_has_a_true_example_and_its_errors(
        self, method: str, path: str, operation: dict[str, Any]
    ) -> None:
        for schema, examples in _contents(operation):
            assert examples, f"{operation['operationId']} shows no example"
            for example in examples:
                assert faults_of(example, schema) == []
        problems = [code for code in operation["responses"] if int(code) >= 400]
        assert {"500", "503"} <= set(problems)
        for code in problems:
            assert "application/problem+json" in operation["responses"][code]["content"]

    def test_keys_are_asked_for_where_money_or_stock_moves(self) -> None:
        keyed = {
            operation["operationId"]
            for _method, _path, operation in operations()
            for parameter in operation.get("parameters", [])
            if parameter["name"] == "Idempotency-Key" and parameter["required"]
        }

        assert keyed == KEYED

    def test_says_that_unknown_words_are_refused(self) -> None:
        for _method, _path, operation in operations():
            for media_type in operation.get("requestBody", {}).get("content", {}).values():
                name = media_type["schema"]["$ref"].rsplit("/", 1)[-1]
                assert described()["components"]["schemas"][name]["additionalProperties"] is False
