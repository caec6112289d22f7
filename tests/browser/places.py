"""Every page there is: where it stands, who may open it. `{names}` are filled in by what the demo holds."""

from dataclasses import dataclass

from playwright.sync_api import Page, ViewportSize

GUEST, OWNER, OPERATOR, SHOPPER, LEADER = "guest", "owner", "operator", "shopper", "leader"
Known = dict[str, str]
DESK: ViewportSize = {"width": 1366, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Place:
    """A page. `path` begins at the platform's host or, for everybody of a store, at the store's."""

    name: str
    path: str
    who: str
    is_ours_to_shape: bool = True  # False: uni-app draws the frame, so the landmarks are not ours

    def __str__(self) -> str:
        return f"{self.who}-{self.name}"


def _places(who: str, prefix: str, paths: dict[str, str]) -> list[Place]:
    return [Place(name, prefix + path, who) for name, path in paths.items()]


def _h5(who: str, **paths: str) -> list[Place]:
    return [Place(name.replace("_", "-"), f"/m/#/{path}", who, is_ours_to_shape=False) for name, path in paths.items()]


PUBLIC = _places(
    GUEST,
    "",
    {
        "home": "/", "features": "/features", "prices": "/prices", "help": "/help", "terms": "/terms",
        "privacy": "/privacy", "signup": "/signup", "login": "/login", "opening": "/signup/opening/{merchant}",
        "console-login": "/console/login", "console-password-forgotten": "/console/password/forgotten",
        "console-password-set": "/console/password/used-up", "kit-error": "/kit/broken/500",
        "not-found": "/nothing-here",
    },
)  # fmt: skip
STORE_DOORS = _places(
    "passer-by",
    "",
    {
        "backoffice-login": "/backoffice/login", "backoffice-password-forgotten": "/backoffice/password/forgotten",
        "backoffice-password-set": "/backoffice/password/used-up", "store-not-found": "/nothing-here",
    },
)  # fmt: skip
BACKOFFICE = _places(
    OWNER,
    "/backoffice/",
    {
        "overview": "",
        "campaigns": "campaigns", "campaign-calendar": "campaigns/calendar",
        "campaign-new": "campaigns/new", "campaign": "campaigns/{campaign}",
        "campaign-edit": "campaigns/{campaign}/edit", "campaign-closing": "campaigns/{campaign}/closing",
        "campaign-calling-off": "campaigns/{campaign}/calling-off", "campaign-cutoff": "campaigns/{campaign}/cutoff",
        "campaign-joins": "campaigns/{chain}/joins", "campaign-teams": "campaigns/{team_buy}/teams",
        "campaign-reach": "campaigns/{campaign}/reach", "campaign-repeat": "campaigns/{campaign}/repeat",
        "wishes": "wishes", "areas": "areas", "area-new": "areas/new", "entry-rule": "areas/rule",
        "delivery": "delivery", "delivery-way": "delivery/leader_home",
        "delivery-slots": "delivery/slots", "delivery-slot-new": "delivery/slots/new",
        "freight": "delivery/freight", "freight-zone-new": "delivery/freight/new",
        "campaign-paste": "campaigns/{chain}/paste",
        "campaign-drafts": "campaigns/{chain}/drafts",
        "products": "products", "products-none": "products?q=nothing-like-this", "product-new": "products/new",
        "product": "products/{product}", "product-prices": "products/prices?ids={product}",
        "products-many": "products/many?ids={product}",
        "imports": "imports", "intake": "sheets/suppliers", "import-columns": "imports/{import_to_map}/columns",
        "import": "imports/{import_returned}",
        "stock": "stock", "stock-receive": "stock/{sku}/receive", "stock-count": "stock/{sku}/count",
        "stock-moves": "stock/{sku}/moves", "stock-explained": "stock/{sku}/explained",
        "stock-limits": "stock/{sku}/limits", "stock-loss": "stock/{sku}/loss", "transfer-new": "stock/{sku}/transfer",
        "transfers": "transfers", "warehouses": "warehouses", "warehouse-new": "warehouses/new",
        "sourcing-rule": "warehouses/rule",
        "batches": "batches", "recalls": "recalls", "recall-new": "recalls/new",
        "suppliers": "suppliers", "supplier-new": "suppliers/new", "purchases": "purchases",
        "purchase-new": "purchases/new", "takes": "takes", "take-new": "takes/new",
        "categories": "categories", "category-new": "categories/new", "tags": "tags", "tag-new": "tags/new",
        "brand-new": "brands/new", "reviews": "reviews",
        "payments": "payments", "payments-stuck": "payments/stuck", "payments-books": "payments/books",
        "channel": "payments/channels/wechat", "balances": "balances",
        "members": "members", "member": "members/{member}",
        "orders": "orders", "orders-of-a-filter": "orders?state=paid",
        "order-filter-new": "orders/filters/new?state=paid",
        "order-remarks": "orders/remarks?ids={order}&how=replace&words=vip",
        "order": "orders/{order}", "order-refund": "orders/{order}/refund",
        "after-sales": "aftersales", "after-sale-new": "orders/{order}/aftersales/new",
        "liability": "aftersales/liability", "liability-of": "aftersales/liability/store",
        "instant-rule": "aftersales/instant", "weighing": "orders/weighing",
        "shortages": "orders/shortages",
        "unclaimed": "orders/unclaimed", "unclaimed-rule": "orders/unclaimed/rule",
        "leaders": "leaders", "leader-new": "leaders/new", "leader": "leaders/{leader}",
        "leader-edit": "leaders/{leader}/edit", "leader-rest": "leaders/{leader}/rest",
        "rest-new": "leaders/{leader}/rests/new",
        "leader-resume": "leaders/{leader}/resume", "point-new": "leaders/{leader}/points/new",
        "point": "leaders/points/{point}",
        "coupons": "coupons", "coupon-new": "coupons/new", "coupon": "coupons/{coupon}",
        "coupon-edit": "coupons/{coupon}/edit", "promotions": "promotions",
        "hot-words": "hot-words", "hot-word-new": "hot-words/new",
        "points": "points", "points-rule": "points/rule", "points-adjust": "points/adjust",
        "promotion-new": "promotions/new/spend_and_save", "next-piece-new": "promotions/new/next_piece",
        "promotion": "promotions/{promotion}",
        "commission": "commission", "shop": "shop", "password": "password",
    },
)  # fmt: skip
ACCOUNT = _places(
    OWNER,
    "/backoffice/account/",
    {
        "plan": "", "plans": "plans", "choose": "plans/{price}", "change": "changes/new?movement=cancel_later",
        "leave-now": "changes/new?movement=cancel_now", "card": "card",
        "invoices": "invoices", "invoice": "invoices/{invoice}", "exports": "exports",
        "domains": "domains",
        "partners": "partners",
        "fees": "fees", "wallet": "wallet", "fapiao": "fapiao", "fapiao-titles": "fapiao/titles",
        "statements": "statements", "outstanding": "outstanding",
        "bank-transfers": "transfers", "bank-transfer-new": "transfers/new",
        "prepay": "wallet/prepay",
        "shares": "shares",
        "transfers": "transfers",
        "staff": "staff", "staff-new": "staff/new",
        "transfer-new": "transfers/new",
        "open": "open", "key-new": "open/keys/new", "endpoint-new": "open/endpoints/new", "support": "support",
    },
)  # fmt: skip
CONSOLE = _places(
    OPERATOR,
    "/console/",
    {
        "overview": "", "stores": "stores", "store": "stores/{merchant}", "invoices": "invoices",
        "invoice": "invoices/{invoice}", "charges": "charges", "letters": "letters", "events": "events", "pool": "pool",
        "fleet": "fleet", "domains": "domains",
        "suspend": "stores/{merchant}/suspension", "erasure": "stores/{merchant}/erasure",
        "subscription": "stores/{merchant}/subscription",
        "movement": "stores/{merchant}/subscription/movement?movement=cancel_later",
        "prices": "prices", "price-new": "prices/{price}/next", "cohort": "prices/{price}/cohort",
        "coupons": "coupons", "coupon-new": "coupons/new", "payers": "payers",
        "add-on-price": "prices/add-ons/{add_on_price}/next", "calendar": "stores/{merchant}/calendar",
        "dunning": "dunning", "disputes": "disputes", "bank-transfers": "transfers",
        "reconciliation": "reconciliation", "parked": "parked", "write-off": "invoices/{invoice}/write-off",
        "revenue": "revenue",
        "favours": "stores/{merchant}/favours",
        "credits": "credits", "fapiao": "fapiao", "wallet": "stores/{merchant}/wallet",
        "archive": "stores/{merchant}/archive", "credit-new": "invoices/{invoice}/credit",
        "visits": "support", "visit-begin": "stores/{merchant}/support",
        "metrics": "metrics", "cohorts": "metrics/cohorts", "trade": "metrics/trade", "health": "metrics/health",
        "timeline": "stores/{merchant}/timeline",
        "password": "password", "people": "people", "person-new": "people/new",
    },
)  # fmt: skip
STOREFRONT = [
    *_h5(
        SHOPPER,
        home="pages/home/index", category="pages/category/index", cart="pages/cart/index", me="pages/me/index",
        product="sub/goods/detail?id={product}", joins="sub/goods/joins?id={chain}",
        team="sub/goods/team?id={team}", teams="sub/goods/teams?item={team_item}&product={team_product}",
        search="sub/goods/search?q=fq", points="sub/pickup/choose", point_wish="sub/pickup/wish",
        reviews="sub/review/list?product={product}",
        review_mine="sub/review/mine",
        review_write="sub/review/write?line=x&title=%E7%95%AA%E8%8C%84",
        confirm="sub/order/confirm", cashier="sub/order/cashier?order={unpaid_order}",
        result="sub/order/result?order={paid_order}", orders="sub/order/list",
        order="sub/order/detail?id={paid_order}", code="sub/order/code",
        after_sales="sub/aftersale/list", after_sale_new="sub/aftersale/new?order={paid_order}",
        my_points="sub/account/points", coupons="sub/account/coupons",
        settings="sub/account/settings", agreement="sub/account/agreement",
        addresses="sub/account/addresses", address="sub/account/address",
    ),
    Place("sandbox-cashier", "{cashier}", SHOPPER),
    *_h5("passer-by", login="sub/account/login"),
    *_h5(
        LEADER,
        desk="sub/leader/desk", pickups="sub/leader/pickups", verify="sub/leader/verify",
        pickup="sub/leader/pickup?id={pickup}", leader_after_sales="sub/aftersale/list?leader=1",
        commissions="sub/leader/commissions", unclaimed="sub/leader/unclaimed",
        offers="sub/leader/offers", rests="sub/leader/rests",
        paste="sub/leader/paste", drafts="sub/leader/drafts?campaign={chain}",
    ),
]  # fmt: skip
PLACES = [*PUBLIC, *STORE_DOORS, *BACKOFFICE, *ACCOUNT, *CONSOLE, *STOREFRONT]

# Addresses with a name that are no page of their own, and what they are
NO_PAGES = {
    "signup:slug": "fragment", "signup:code": "fragment", "backoffice:search": "fragment", "console:search": "fragment",
    "backoffice:import-progress": "fragment", "backoffice:import-start": "leads on",
    "backoffice:products-export": "file", "backoffice:orders-export": "file", "backoffice:import-template": "file",
    "backoffice:import-problems": "file", "backoffice:intake-template": "file", "backoffice:intake-problems": "file",
    "backoffice:product-video": "post", "backoffice:product-video-cover": "post",
    "backoffice:product-video-remove": "post", "backoffice:intake-check": "needs one", "backoffice:intake-drop": "post",
    "console:download": "file", "console:resume": "while suspended", "console:export": "post",
    "console:erasure-approve": "post", "console:erasure-withdraw": "post", "account:export-begin": "post",
    "backoffice:enter": "leads on", "account:card-done": "leads on",
    "backoffice:orders-batch": "post", "backoffice:order-filter-forget": "post",
    "backoffice:order-remarks-undo": "post",
    "backoffice:campaign-copy": "post", "backoffice:campaign-act": "post", "backoffice:late-order": "post",
    "backoffice:campaign-repeat-stop": "post", "backoffice:hot-word-decide": "post",
    "backoffice:rest": "needs one", "backoffice:rest-end": "post",
    "backoffice:wish": "needs one",
    "backoffice:rest-tell": "needs one",
    "backoffice:campaign-cut": "post", "backoffice:products-batch": "post",
    "backoffice:area": "needs one", "backoffice:order-dispatch": "needs one", "backoffice:order-brought": "post",
    "backoffice:draft-withdraw": "post", "backoffice:unclaimed-hold": "needs one",
    "backoffice:unclaimed-discount": "needs one",
    "backoffice:unclaimed-return": "post", "backoffice:unclaimed-loss": "post",
    "backoffice:products-undo": "post", "backoffice:product-pictures": "post",
    "backoffice:product-pictures-order": "post", "backoffice:product-picture-remove": "post",
    "backoffice:product-picture-restore": "post", "backoffice:import-undo": "post", "backoffice:logout": "post",
    "console:logout": "post", "console:retry": "post", "account:card-begin": "post", "account:pay": "post",
    # "needs one": a page of a thing that the demo's market does not have yet
    "console:aging-file": "file", "console:cohorts-file": "file", "console:failures-file": "file",
    "console:health-file": "file", "console:metrics-moves-file": "file", "console:metrics-recurring-file": "file",
    "console:trade-file": "file",
    "account:credit-paper": "file", "account:export-file": "file", "account:fapiao-paper": "file",
    "account:fees-download": "file", "account:invoice-lines": "file", "account:invoice-paper": "file",
    "account:statement-paper": "file", "account:support-export": "file", "account:wallet-download": "file",
    "backoffice:campaign-poster": "file", "backoffice:payments-export": "file", "console:credit-paper": "file",
    "account:delivery-replay": "post", "account:domain-check": "post", "account:domain-remove": "post",
    "account:endpoint-pause": "post", "account:endpoint-removal": "post", "account:endpoint-resume": "post",
    "account:endpoint-secret": "post", "account:endpoint-test": "post", "account:export-link": "post",
    "account:fapiao-title-drop": "post", "account:fapiao-withdraw": "post", "account:key-revoke": "post",
    "account:staff-invite": "post", "console:person-invite": "post", "console:person-remove": "post",
    "account:support-consent": "post", "account:support-end": "post", "account:top-up": "post",
    "account:wallet-rules": "post", "backoffice:allocation": "post", "backoffice:batch-hold": "post",
    "backoffice:batch-unhold": "post", "backoffice:brand-remove": "post", "backoffice:categories-order": "post",
    "backoffice:category-remove": "post", "backoffice:channel-check": "post", "backoffice:channel-first": "post",
    "backoffice:channel-off": "post", "backoffice:channel-on": "post", "backoffice:coupon-stop": "post",
    "backoffice:payment-close": "post", "backoffice:payment-look": "post", "backoffice:payment-return": "post",
    "backoffice:promotion-stop": "post", "backoffice:purchase-close": "post", "backoffice:purchase-send": "post",
    "backoffice:recall-close": "post", "backoffice:recall-refund": "post", "backoffice:recall-tell": "post",
    "backoffice:refund-balance": "post", "backoffice:refund-retry": "post", "backoffice:tag-remove": "post",
    "backoffice:take-approve": "post", "backoffice:take-counted": "post", "backoffice:take-drop": "post",
    "console:credit-approve": "post", "console:credit-rescue": "post", "console:credit-withdraw": "post",
    "account:prepay-refund-paper": "file", "console:dispute-evidence": "file", "console:favour-approve": "post",
    "console:favour-withdraw": "post", "console:prepay-refund-new": "needs one",
    "console:prepay-refund-paper": "file",
    "console:prepay-refund-approve": "post", "console:prepay-refund-withdraw": "post",
    "console:domain-check": "post", "console:fapiao-reject": "post", "console:grant-approve": "post",
    "console:grant-withdraw": "post", "console:visit-end": "post",
    "backoffice:after-sales-grant": "post", "backoffice:after-sale-reopen": "post",
    "backoffice:after-sale-replaced": "post", "backoffice:after-sale-photo": "file",
    "backoffice:purchase-photo": "file",
    "backoffice:after-sale": "needs one",
    "backoffice:after-sale-grant": "needs one", "backoffice:after-sale-refuse": "needs one",
    "backoffice:after-sale-returned": "needs one",
    "account:domain": "needs one", "account:endpoint": "needs one", "account:endpoint-edit": "needs one",
    "account:fapiao-ask": "needs one", "account:support-visit": "needs one", "backoffice:batch": "needs one",
    "backoffice:batch-choose": "needs one", "backoffice:batch-cut": "needs one",
    "backoffice:batch-return": "needs one", "backoffice:batch-rule": "needs one", "backoffice:brand": "needs one",
    "backoffice:category": "needs one", "backoffice:difference": "needs one",
    "backoffice:product-matrix": "needs one", "backoffice:product-new-matrix": "needs one",
    "backoffice:purchase": "needs one", "backoffice:purchase-confirm": "needs one",
    "backoffice:purchase-deliver": "needs one", "backoffice:delivery-slot": "needs one",
    "backoffice:freight-zone": "needs one", "backoffice:freight-zone-remove": "post",
    "backoffice:freight-on": "post", "backoffice:freight-off": "post", "backoffice:freight-example": "fragment",
    "backoffice:shortage-new": "needs one", "backoffice:shortage": "needs one", "backoffice:shortage-retry": "post",
    "backoffice:recall": "needs one", "backoffice:supplier": "needs one",
    "backoffice:product-draft": "post", "backoffice:product-draft-drop": "post",
    "backoffice:product-new-draft": "post", "backoffice:product-new-draft-drop": "post",
    "backoffice:review": "needs one", "backoffice:review-hide": "needs one",
    "backoffice:review-reply": "needs one", "backoffice:review-show": "post",
    "backoffice:tag": "needs one", "backoffice:take": "needs one", "backoffice:take-count": "needs one",
    "backoffice:transfer-receive": "needs one", "backoffice:warehouse": "needs one", "console:copy": "needs one",
    "console:credit": "needs one", "console:domain-lift": "needs one", "console:fapiao-one": "needs one",
    "console:red-letter": "needs one", "console:restore": "needs one", "console:visit": "needs one",
    "account:card-default": "post", "account:card-remove": "post", "account:pay-return": "leads on",
    "account:transfer-proof": "file", "backoffice:refund-hand": "needs one",
    "backoffice:refund-hand-confirm": "post", "console:coupon-stop": "needs one", "console:gift-end": "needs one",
    "console:difference": "post", "console:dispute": "needs one", "console:dunning-exclude": "needs one",
    "console:dunning-include": "post", "console:promise": "needs one", "console:reconcile-now": "post",
    "console:release": "post", "console:release-ask": "post", "console:transfer": "needs one",
    "console:transfer-accept": "post", "console:transfer-proof": "file", "console:transfer-reject": "post",
    "signup:check": "needs one", "account:section": "needs one", "console:payer-end": "needs one",
    "account:prepay-pay": "needs one",
    "account:share": "needs one", "account:share-download": "file",
    "account:share-paid": "post",
    "console:revenue-download": "file", "console:payer-approve": "post", "console:payer-withdraw": "post",
    "account:staff-role": "post", "account:staff-remove": "post",
}  # fmt: skip


def is_on_platform(place: Place) -> bool:
    """Tell the platform's host from the store's."""
    return place.who in {GUEST, OPERATOR}


def settled(page: Page) -> None:
    """Wait until a page has drawn itself: no skeleton, no busy line, its fonts there."""
    page.wait_for_function("() => document.fonts.status === 'loaded' && !document.querySelector('.htmx-request')")
    if "/m/" in page.url:
        page.wait_for_function(
            "() => [...document.querySelectorAll('uni-page-body')].some(e => e.offsetParent && e.innerText.trim())"
        )
        page.wait_for_function(
            "() => ![...document.querySelectorAll('[data-testid=skeleton],.uni-loading')].some(e => e.offsetParent)"
        )
