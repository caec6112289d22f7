"""How fast somebody may go, counted in one place for all processes: GCRA, the leaky bucket that keeps one number.

A bucket of ``burst`` calls is refilled at ``per_second``. The number is the theoretical arrival time of the next call
that would be just in time; Redis reads, decides and writes it in one script, by its own clock, so that two web
servers with different clocks count as one.
"""

from dataclasses import dataclass
from functools import cache
from math import ceil

import redis
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)
_SCRIPT = """
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = tonumber(ARGV[3])
if now < 0 then
  local t = redis.call('TIME')
  now = t[1] * 1000000 + t[2]
end
local due = tonumber(redis.call('GET', KEYS[1]) or now)
if due < now then due = now end
local next_due = due + interval
local wait = next_due - interval * burst - now
if wait > 0 then
  return {0, 0, wait, due - now}
end
redis.call('SET', KEYS[1], string.format('%.0f', next_due), 'PX', math.ceil((next_due - now) / 1000) + 1000)
return {1, math.floor((now + interval * burst - next_due) / interval), 0, next_due - now}
"""
_MICRO = 1_000_000


@dataclass(frozen=True)
class Pace:
    """Whether this call may go on, how many more could follow at once, and when. Times in whole seconds, rounded up."""

    is_allowed: bool
    limit: int
    remaining: int
    retry_after: int
    full_after: int


def step(*, name: str, burst: int, per_second: int, at: float | None = None) -> Pace | None:
    """Count one call of ``name``; None when Redis does not answer, and then nobody is slowed down.

    ``at`` replaces Redis's clock (seconds; for tests).
    """
    interval = _MICRO // per_second
    moment = -1 if at is None else int(at * _MICRO)
    try:
        allowed, remaining, wait, full = _script()(keys=[f"pace:{name}"], args=[interval, burst, moment])
    except redis.RedisError:
        log.warning("pace_unknown", name=name.partition(":")[0])
        return None
    return Pace(bool(allowed), burst, int(remaining), ceil(wait / _MICRO), ceil(full / _MICRO))


@cache  # one connection pool a process and address; holds nothing of any store
def _script_at(url: str) -> "redis.commands.core.Script":
    patience = {"socket_timeout": 0.5, "socket_connect_timeout": 0.2}
    return redis.Redis.from_url(url, **patience).register_script(_SCRIPT)


def _script() -> "redis.commands.core.Script":
    return _script_at(settings.LINLI_REDIS_URL)
