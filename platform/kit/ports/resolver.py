"""Asking the DNS. Yes and no are both answers; a silent or broken server is neither, and is said apart.

Which servers are asked is in the setting LINLI_DNS: ``servers`` as "address" or "address:port" (none: the machine's
own resolver), ``timeout`` in seconds for one question with all its repetitions.
"""

from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver
from django.conf import settings

_MOST = 50  # records looked at; nobody has more, and a liar may send thousands


class Unanswered(Exception):
    """The DNS said neither yes nor no: a timeout, SERVFAIL, a broken answer."""


@dataclass(frozen=True)
class Pointing:
    """Where a name leads: the names on the way, and the addresses at the end."""

    names: frozenset[str]
    addresses: frozenset[str]


def txt_records(name: str) -> list[str]:
    """Read the TXT records of a name; an empty list when there surely are none. :raises Unanswered:"""
    answer = _ask(name, "TXT")
    if answer is None:
        return []
    # A record is written in pieces of at most 255 bytes; what is not text cannot be what we look for
    return [b"".join(record.strings).decode("utf-8", "replace") for record in list(answer)[:_MOST]]


def pointing(name: str) -> Pointing:
    """Follow a name to its addresses; both sets are empty when it leads nowhere. :raises Unanswered:"""
    names: set[str] = set()
    addresses: set[str] = set()
    for kind in ("A", "AAAA"):
        answer = _ask(name, kind)
        if answer is None:
            continue
        addresses |= {record.address for record in list(answer)[:_MOST]}
        for rrset in answer.response.answer:
            if rrset.rdtype == dns.rdatatype.CNAME:
                names |= {record.target.to_text(omit_final_dot=True).lower() for record in rrset}
    return Pointing(names=frozenset(names), addresses=frozenset(addresses))


def _ask(name: str, kind: str) -> dns.resolver.Answer | None:
    try:
        return _resolver().resolve(name + ".", kind, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except (dns.exception.DNSException, OSError) as error:
        raise Unanswered(f"{kind} {name}: {type(error).__name__}") from error


def _resolver() -> dns.resolver.Resolver:
    asked: dict[str, Any] = settings.LINLI_DNS
    servers = asked["servers"]
    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [_server(server) for server in servers]
    resolver.lifetime = asked["timeout"]
    resolver.timeout = asked["timeout"] / 2  # each question is asked twice at least
    return resolver


def _server(written: str) -> dns.nameserver.Nameserver:
    address, _colon, port = written.rpartition(":") if written.count(":") == 1 else (written, "", "")
    return dns.nameserver.Do53Nameserver(address, int(port or 53))
