"""Who is asking: a member's token, which lives in this store's schema and nowhere else."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from kit import clock
from kit.errors import Kind, Refused
from tenants.leaders.models import Leader
from tenants.leaders.selectors import leader_of
from tenants.members.models import Member
from tenants.members.services.member_of_token import member_of_token

_MOST_LETTERS = 200


class NotALeader(Refused):
    """A member who is no leader of this store knocked at the leaders' desk."""

    code, kind, sentence = "not_a_leader", Kind.FORBIDDEN, _("您还不是本店团长，请联系商家开通。")


class MemberTokenAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer <token>``. Another store's token is as unknown here as an invented one."""

    def authenticate(self, request: Request) -> tuple[Any, str] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= _MOST_LETTERS:
            raise AuthenticationFailed
        member = member_of_token(token=token, now=clock.now())
        if member is None:
            raise AuthenticationFailed
        return member, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="store"'


class IsMember(BasePermission):
    """Lets in members of this store."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, Member)


class IsLeader(BasePermission):
    """Lets in members who are leaders; the view finds ``leader_asking(request)``. :raises NotALeader:"""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Member):
            return False
        leader = leader_of(request.user)
        if leader is None:
            raise NotALeader
        request.leader = leader
        return True


def member_asking(request: Request) -> Member:
    """Return the member whose token came with the request; behind ``IsMember`` there always is one."""
    return cast(Member, request.user)


def leader_asking(request: Request) -> Leader:
    """Return the leader whose token came with the request; behind ``IsLeader`` there always is one."""
    return cast(Leader, request.leader)  # type: ignore[attr-defined]
