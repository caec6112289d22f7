"""The one page that says which schema a table lives in. An app never moves between the two lists."""

SHARED_APPS = [  # the control plane: schema public
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "control.merchants",
    "control.people",
    "control.audit",
    "control.support",
    "control.inbox",
    "control.post",
    "control.provisioning",
    "control.domains",
    "control.lifecycle",
    "control.fleet",
    "billing",
]

TENANT_APPS = [  # the store plane: one schema a merchant
    "django.contrib.sessions",
    "tenants.journal",
    "tenants.integrations",
    "tenants.ledger",
    "tenants.members",
    "tenants.leaders",
    "tenants.catalog",
    "tenants.content",
    "tenants.inventory",
    "tenants.delivery",
    "tenants.promotions",
    "tenants.points",
    "tenants.campaigns",
    "tenants.wishes",
    "tenants.orders",
    "tenants.payments",
    "tenants.commissions",
    "tenants.tracing",
    "tenants.purchasing",
    "tenants.reviews",
    "tenants.fulfilment",
    "tenants.aftersales",
]

DOORS = [  # no tables: pages, templates, static files, tasks
    "django.contrib.staticfiles",
    "django.contrib.messages",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "kit.web",
    "control.signup",
    "control.account",
    "control.console",
    "tenants.sales",
    "tenants.backoffice",
    "api",
    "config",
]

TENANT_MODEL = "merchants.Merchant"
TENANT_DOMAIN_MODEL = "merchants.Domain"
TENANT_LIMIT_SET_CALLS = True  # one search_path statement a scope; the backend re-sets it after any rollback
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
LINLI_STORE_DIRECTORY = "control.merchants.directory.find_store"
