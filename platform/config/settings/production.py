"""A deployment that strangers reach: secrets are required, https is assumed."""

from config.settings import environment
from config.settings.base import *  # noqa: F403 - the one permitted chain: an override of base

environment.read(need_secrets=True)
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
