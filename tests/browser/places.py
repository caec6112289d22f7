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
        "console-login": "/console/login", "kit-error": "/kit/broken/500", "not-found": "/nothing-here",
    },
)  # fmt: skip
STORE_DOORS = _places("passer-by", "", {"backoffice-login": "/backoffice/login", "store-not-found": "/nothing-here"})
BACKOFFICE = _places(
    OWNER,
    "/backoffice/",
    {
        "overview": "",
        "campaigns": "campaigns", "campaign-new": "campaigns/new", "campaign": "campaigns/{campaign}",
        "campaign-edit": "campaigns/{campaign}/edit", "campaign-closing": "campaigns/{campaign}/closing",
        "products": "products", "products-none": "products?q=nothing-like-this", "product-new": "products/new",
        "product": "products/{product}", "product-prices": "products/prices?ids={product}",
        "imports": "imports", "import-columns": "imports/{import_to_map}/columns",
        "import": "imports/{import_returned}",
        "stock": "stock", "stock-receive": "stock/{sku}/receive", "stock-count": "stock/{sku}/count",
        "stock-moves": "stock/{sku}/moves",
        "orders": "orders", "order": "orders/{order}",
        "leaders": "leaders", "leader-new": "leaders/new", "leader": "leaders/{leader}",
        "leader-edit": "leaders/{leader}/edit", "leader-rest": "leaders/{leader}/rest",
        "leader-resume": "leaders/{leader}/resume", "point-new": "leaders/{leader}/points/new",
        "point": "leaders/points/{point}",
        "coupons": "coupons", "coupon-new": "coupons/new", "coupon": "coupons/{coupon}",
        "coupon-edit": "coupons/{coupon}/edit", "promotions": "promotions",
        "promotion-new": "promotions/new/spend_and_save", "promotion": "promotions/{promotion}",
        "commission": "commission", "shop": "shop",
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
        "coupons": "coupons", "coupon-new": "coupons/new",
        "visits": "support", "visit-begin": "stores/{merchant}/support",
    },
)  # fmt: skip
STOREFRONT = [
    *_h5(
        SHOPPER,
        home="pages/home/index", category="pages/category/index", cart="pages/cart/index", me="pages/me/index",
        product="sub/goods/detail?id={product}", points="sub/pickup/choose",
        confirm="sub/order/confirm", cashier="sub/order/cashier?order={unpaid_order}",
        result="sub/order/result?order={paid_order}", orders="sub/order/list",
        order="sub/order/detail?id={paid_order}", code="sub/order/code",
        settings="sub/account/settings", agreement="sub/account/agreement",
    ),
    Place("sandbox-cashier", "{cashier}", SHOPPER),
    *_h5("passer-by", login="sub/account/login"),
    *_h5(
        LEADER,
        desk="sub/leader/desk", pickups="sub/leader/pickups", verify="sub/leader/verify",
        pickup="sub/leader/pickup?id={pickup}", commissions="sub/leader/commissions",
    ),
]  # fmt: skip
PLACES = [*PUBLIC, *STORE_DOORS, *BACKOFFICE, *ACCOUNT, *CONSOLE, *STOREFRONT]

# Addresses with a name that are no page of their own, and what they are
NO_PAGES = {
    "signup:slug": "fragment", "signup:code": "fragment", "backoffice:search": "fragment", "console:search": "fragment",
    "backoffice:import-progress": "fragment", "backoffice:import-start": "leads on",
    "backoffice:products-export": "file", "backoffice:orders-export": "file", "backoffice:import-template": "file",
    "backoffice:import-problems": "file",
    "account:export": "file", "console:download": "file", "console:resume": "while suspended", "console:export": "post",
    "console:erasure-approve": "post", "console:erasure-withdraw": "post", "account:export-begin": "post",
    "backoffice:enter": "leads on", "account:card-done": "leads on",
    "backoffice:campaign-copy": "post", "backoffice:campaign-act": "post", "backoffice:products-batch": "post",
    "backoffice:products-undo": "post", "backoffice:product-pictures": "post",
    "backoffice:product-pictures-order": "post", "backoffice:product-picture-remove": "post",
    "backoffice:product-picture-restore": "post", "backoffice:import-undo": "post", "backoffice:logout": "post",
    "console:logout": "post", "console:retry": "post", "account:card-begin": "post", "account:pay": "post",
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
