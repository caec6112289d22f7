"""Who is asking: a member's token, which lives in this store's schema and nowhere else."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission


class MemberTokenAuthentication(BaseAuthentication):
    def authenticate(self, request):  # type: ignore[no-untyped-def]
        return None


class IsMember(BasePermission):
    pass
