"""Which program is asking: a key that lives in this store's schema and nowhere else."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.errors import KeyRefused
from kit import clock
from kit.errors import Kind, Refused
from tenants.integrations.models import ApiKey
from tenants.integrations.services.keys import key_of, refuse_without_plan

_MOST_LETTERS = 100


class ScopeMissing(Refused):
    """The key may not do this. Facts: ``scope``, the one it lacks."""

    code, kind, sentence = "scope_missing", Kind.FORBIDDEN, _("这个密钥没有这项权限，请在商家后台重新创建。")


class ApiKeyAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer lk_…``. Another store's key is as unknown here as an invented one."""

    def authenticate(self, request: Request) -> tuple[Any, str]:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(text) <= _MOST_LETTERS:
            raise KeyRefused
        key = key_of(text=text, now=clock.now())
        if key is None:
            raise KeyRefused
        return key, text

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="open"'


class HasScope(BasePermission):
    """Lets in keys with the scope that the view names for this method; a method without one is nobody's.

    :raises NotInPlan, ScopeMissing:
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        scope = view.scopes.get(request.method)
        if not isinstance(request.user, ApiKey) or scope is None:
            return False
        refuse_without_plan(scope=scope)
        if scope not in request.user.scopes:
            raise ScopeMissing(scope=scope)
        return True


def key_asking(request: Request) -> ApiKey:
    """Return the key that came with the request; behind ``HasScope`` there always is one."""
    return cast(ApiKey, request.user)
