"""How far long work has come, told from one process to another. It is not kept: without Redis nobody sees a bar."""

import json
from functools import cache

import redis
from django.conf import settings

_KEEP = 3600  # seconds


def tell(name: str, what: str, done: int, of: int) -> None:
    """Say how far ``name`` has come; ``of`` is 0 while nobody knows."""
    try:
        _client(settings.LINLI_REDIS_URL).set(f"progress:{name}", json.dumps([what[-60:], done, of]), ex=_KEEP)
    except redis.RedisError:
        return


def told(name: str) -> tuple[str, int, int] | None:
    """Read how far ``name`` has come; None when nobody said."""
    try:
        said = _client(settings.LINLI_REDIS_URL).get(f"progress:{name}")
    except redis.RedisError:
        return None
    if not isinstance(said, bytes):
        return None
    what, done, of = json.loads(said)
    return str(what), int(done), int(of)


@cache  # one connection pool a process and address; holds nothing of any store
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.2)
