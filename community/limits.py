"""How often one client may ask: so many requests in any so many seconds, exactly, however many ask at once.

The window slides: the times of the requests that were let through are kept in Redis, and one Lua
script looks and records in one step. What was refused does not count. While Redis is away nobody
is refused: the town stays open, and the log says so.
"""

from __future__ import annotations

import functools
import ipaddress
import math
import time
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django_redis import get_redis_connection
from redis import Redis, RedisError
from redis.commands.core import Script
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

logger = structlog.get_logger(__name__)

PAUSE = 5.0  # seconds in which an unreachable Redis is not asked again, so that it does not slow every answer

# KEYS[1] the client; ARGV[1] how many, ARGV[2] in how many microseconds.
# Returns whether this one is let through, how many more would be, and microseconds until a place frees up.
SLIDE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local quota, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
local through = used < quota
if through then
    redis.call('ZADD', KEYS[1], now, clock[1] .. clock[2] .. used)
    redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
    used = used + 1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {through and 1 or 0, quota - used, oldest[2] + window - now}
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """A named limit: ``quota`` requests in any ``window`` seconds."""

    name: str
    quota: int
    window: int

    def __str__(self) -> str:
        return f'"{self.name}";q={self.quota};w={self.window}'


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands: whether this request is let through, how many more would be, seconds until one more is."""

    policy: Policy
    is_through: bool
    remaining: int
    seconds: int

    def __str__(self) -> str:
        return f'"{self.policy.name}";r={self.remaining};t={self.seconds}'


def tell(response: HttpResponse, limit: Standing | Policy) -> None:
    """Say in an answer's headers which limit holds, and where the client stands if that is known."""
    if isinstance(limit, Standing):
        response["RateLimit-Policy"], response["RateLimit"] = str(limit.policy), str(limit)
    else:
        response["RateLimit-Policy"] = str(limit)


def _policy(name: str) -> Policy:
    quota, window = settings.API_LIMITS[name]
    return Policy(name, quota, window)


def _name(policy: Policy, client: str) -> str:
    return f"limit:{policy.name}:{client}"


@functools.cache
def _script() -> Script:
    client: Redis = get_redis_connection("default")
    return client.register_script(SLIDE)


def network_of(address: str, bits: int = 64) -> str:
    """What one customer has: an address, of IPv6 the first 64 bits."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, bits), strict=False))
    return str(ip)


class ClientLimit(BaseThrottle):
    """The API's limit: by token, by member for those who came by a session, else by address."""

    _away_until = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        policy, client = self.policy(request), self.client(request)
        self.standing = self.ask(policy, client)
        request._request.limit = self.standing or policy  # type: ignore[attr-defined]  # for the headers, see answers
        return self.standing is None or self.standing.is_through

    def count(self, request: HttpRequest) -> Standing | Policy:
        """Count a request of which no more than the address is known; the limit alone while Redis is away."""
        policy = _policy("anonymous")
        return self.ask(policy, self.address(request)) or policy

    def wait(self) -> float | None:
        return self.standing.seconds if self.standing else None

    def policy(self, request: Request) -> Policy:
        """The limit that holds for whoever asks."""
        name = "token" if request.auth else "member" if request.user.is_authenticated else "anonymous"
        return _policy(name)

    def client(self, request: Request) -> str:
        """Who asks: a token, a member, or an address."""
        bearer: Any = request.auth
        if bearer:
            return str(bearer.token)
        return str(request.user.pk) if request.user.is_authenticated else self.address(request)

    def address(self, request: Request | HttpRequest) -> str:
        """The caller's network; of IPv6 the 64 bits that stand for one customer."""
        return network_of(self.get_ident(request))  # type: ignore[arg-type]  # it reads META alone

    def forget(self, policy: Policy, client: str) -> None:
        """Let a client's count begin anew."""
        cache.delete(_name(policy, client))

    def ask(self, policy: Policy, client: str) -> Standing | None:
        """Where the client stands, or None while Redis is away."""
        if time.monotonic() < ClientLimit._away_until:
            return None
        key = str(cache.make_key(_name(policy, client)))
        try:
            through, remaining, micros = _script()(keys=[key], args=[policy.quota, policy.window * 1_000_000])
        except RedisError as error:
            ClientLimit._away_until = time.monotonic() + PAUSE
            logger.warning("limits_off", reason=type(error).__name__)
            return None
        return Standing(policy, bool(through), remaining, max(1, math.ceil(micros / 1_000_000)))
