"""What is true in every deployment."""

from config import logs
from config.settings import environment, tenancy
from kit.sealing import keys_from

ENV = environment.read(need_secrets=False)
ROOT = environment.ROOT

# --- who we are -------------------------------------------------------------------------------------------------
SECRET_KEY = ENV.secret_key
LINLI_DOMAIN = ENV.domain  # the platform's host; stores answer at <slug>.<domain>
LINLI_SCHEME = ENV.scheme
LINLI_PORT_SUFFIX = ENV.port_suffix
LINLI_DEMO = ENV.demo
# In a demo this code opens any phone, because its SMS reach nobody; anywhere else it is empty and opens nothing.
LINLI_DEMO_SMS_CODE = ENV.demo_sms_code if ENV.demo else ""
LINLI_CLOCK_FILE = ENV.clock_file
LINLI_VAR = ENV.var
DEBUG = False
# Custom domains cannot be listed: the routing middleware refuses every host that no store has verified.
ALLOWED_HOSTS = ["*"]
USE_X_FORWARDED_HOST = False

# --- tables -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [*dict.fromkeys([*tenancy.SHARED_APPS, *tenancy.TENANT_APPS, *tenancy.DOORS])]
SHARED_APPS = tenancy.SHARED_APPS
TENANT_APPS = tenancy.TENANT_APPS
TENANT_MODEL = tenancy.TENANT_MODEL
TENANT_DOMAIN_MODEL = tenancy.TENANT_DOMAIN_MODEL
TENANT_LIMIT_SET_CALLS = tenancy.TENANT_LIMIT_SET_CALLS
DATABASE_ROUTERS = tenancy.DATABASE_ROUTERS
LINLI_STORE_DIRECTORY = tenancy.LINLI_STORE_DIRECTORY
LINLI_STORE_ROLES = ENV.store_roles  # a database role for every store: "on", "off", or "login" (Citus)
LINLI_STORES_PER_CONNECTION = ENV.stores_per_connection
LINLI_CITUS = ENV.citus  # stores' schemas are distributed over nodes (kit.tenancy.citus)
LINLI_CELL = ENV.cell  # the name of this cell; empty while there is only one
LINLI_CELLS = ENV.cells  # the other cells: name -> {"database", "upstream", "var"}
DATABASES = {"default": environment.database(ENV.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Person"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique by its lower case, which the check does not see

# --- a request --------------------------------------------------------------------------------------------------
ROOT_URLCONF = "config.urls_public"
LINLI_STORE_URLCONF = "config.urls_store"
WSGI_APPLICATION = "config.wsgi.application"
MIDDLEWARE = [
    "kit.web.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "control.domains.certificates.CertificateMiddleware",  # asked by the proxy, whatever host it says
    "control.merchants.routing.StoreRoutingMiddleware",  # from here on the request has a scope
    "kit.web.requests.AccessLogMiddleware",
    "kit.web.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "control.people.sessions.HomeSessionMiddleware",  # a session of another store is nobody's
    "kit.web.language.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "control.support.middleware.SupportMiddleware",  # the platform's people in a merchant's back office
    "kit.web.messages.MessagesToHtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kit.web.refusals.RefusedMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "kit.web.context.kit",
            ],
            "builtins": ["kit.web.templatetags.kit"],
        },
    }
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- people -----------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["control.people.sessions.PersonBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
# No domain on any cookie: shopper's, staff's and operator's credentials never travel between hosts.
_SECURE = ENV.scheme == "https"
SESSION_COOKIE_NAME = "__Host-sid" if _SECURE else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if _SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
# A form posts to the host it stands on, whichever that is; no sibling's page is trusted, and no wildcard ever.
CSRF_TRUSTED_ORIGINS: list[str] = []
CSRF_FAILURE_VIEW = "kit.web.errors.csrf_failure"
# In a cookie: a message needs no session, and the public site has none
MESSAGE_STORAGE = "kit.web.messages.HomeCookieStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- words and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# Each app carries its own locale/en; what stands in no app belongs to kit.web (docs/decisions/0010)
LANGUAGE_COOKIE_NAME = "lang"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ENV.var / "static"
MEDIA_ROOT = ENV.var / "media"  # written through kit.ports.storage only: t/<merchant id>/...
LINLI_EXPORTS = ENV.var / "exports"  # a store's records on their way out; control.lifecycle writes and erases them
LINLI_H5_ROOT = ENV.h5
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
_SELF = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/m/"],  # the H5 storefront is a build with a policy of its own (api.storefront)
    "DIRECTIVES": {
        "default-src": _SELF,
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        # Browsers hold redirects after a form to this too: sign-up leads into the new store's own host, and
        # "add a card" to the card company's page.
        "form-action": [
            "'self'",
            f"{ENV.scheme}://*.{ENV.domain}{ENV.port_suffix}",
            ENV.stripe_api_base or "https://checkout.stripe.com",
        ],
        "frame-ancestors": ["'none'"],
    },
}

# --- remembered words --------------------------------------------------------------------------------------------
# In each process. "default" belongs to the open scope; what all stores share is asked for by the other name.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "scoped",
        "KEY_FUNCTION": "kit.tenancy.cache.scoped_key",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    "shared": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "shared"},
}

# --- work later -------------------------------------------------------------------------------------------------
LINLI_REDIS_URL = ENV.redis_url
CELERY_BROKER_URL = ENV.redis_url
CELERY_IMPORTS = ["kit.ports.messages", "tenants.integrations.services.courier"]  # tasks outside of an app's tasks.py
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Shanghai"

LOGGING = logs.configure()

# --- the outside world ------------------------------------------------------------------------------------------
LINLI_STRIPE = {
    "api_key": ENV.stripe_api_key,
    "api_base": ENV.stripe_api_base,  # empty: Stripe itself
    "webhook_secret": ENV.stripe_webhook_secret,
    "timeout": 10,
}
LINLI_DNS = {"servers": ENV.dns_servers, "timeout": 3}  # no servers: the machine's own resolver
# Where a merchant's own domain may point besides at <slug>.<domain>: the proxy's addresses, for a bare domain.
LINLI_ADDRESSES = ENV.addresses
LINLI_ASK_KEY = ENV.ask_key  # what the proxy says when it asks for a certificate; empty: it may not ask
# In a demo a merchant's own domain may end so too: browsers find such names on their own machine.
LINLI_TRIAL_SUFFIXES = frozenset({"localhost"}) if ENV.demo else frozenset()
# Where the shoppers' payment companies answer; empty: at their own addresses. The keys are each store's own
LINLI_PAYMENT_HOSTS = {
    "wechat": ENV.wechat_host,
    "wechat_login": ENV.wechat_login_host,
    "alipay": ENV.alipay_host,
    "stripe": ENV.stripe_api_base,
}
# The platform's own accounts there, for merchants that prepay; empty: not offered
LINLI_COLLECT = {"wechat": ENV.collect_wechat, "alipay": ENV.collect_alipay}
# What seals the stores' secrets; the first key seals, all of them open (`linli secrets rotate`)
LINLI_SEALING_KEYS = keys_from(ENV.sealing_keys, secret_key=ENV.secret_key)
# Webhooks may go to this machine itself, and by http: a demo and the tests, never a deployment
LINLI_OUTSIDE_LOOPBACK = ENV.demo
LINLI_OPERATOR_EMAIL = f"ops@{ENV.domain}"  # alerts of parked accounts
LINLI_SMS = "control.post.adapters.record_sms"  # a carrier's adapter in production
LINLI_EMAIL = "control.post.adapters.record_email"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.MemberTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.authentication.IsMember"],
    "DEFAULT_RENDERER_CLASSES": ["api.rendering.QuickJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.StoreSchema",
    "EXCEPTION_HANDLER": "api.errors.problem",
    "UNAUTHENTICATED_USER": None,
    # How many proxies of ours stand in front. Unset, a caller's own X-Forwarded-For would choose whom we count.
    "NUM_PROXIES": ENV.proxies,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "邻里店铺 API · Linli store API",
    "DESCRIPTION": "店铺自己的域名下的接口：小程序、H5 和团长工作台都用它。"
    "金额为最小货币单位的整数，时间为带时区的 ISO 8601，"
    "错误为 application/problem+json，列表用 cursor 翻页（每页最多 100 条）。",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [],  # enums stay where they are used: a name made up for each would change with the next
}
