"""The name server: one thread, one UDP socket, messages in wire format (RFC 1035)."""

import socket
import threading
from collections.abc import Callable

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.simulators.dns.zone import Fault, Zone

_LONGEST_CHAIN = 8


class NameServer:
    """Answers until stopped. ``questions`` are the names it was asked, in order."""

    def __init__(self, zone: Callable[[], Zone], *, port: int = 0) -> None:
        self._zone, self.questions = zone, list[str]()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.1)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        self._thread.join(timeout=5)
        self._socket.close()

    def _serve(self) -> None:
        while not self._ends.is_set():
            try:
                wire, who = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            reply = self._reply(wire)
            if reply is not None:
                self._socket.sendto(reply, who)

    def _reply(self, wire: bytes) -> bytes | None:
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
        except Exception:
            return None
        name = question.name.to_text(omit_final_dot=True).lower()
        self.questions.append(name)
        zone = self._zone()
        fault = zone.fault_of(name)
        return _misbehaving(query, fault) if fault else _answer(query, zone, name, question.rdtype).to_wire()


def _answer(query: dns.message.Message, zone: Zone, name: str, kind: int) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA
    wanted = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(kind))
    for _step in range(_LONGEST_CHAIN):
        known = zone.records.get(name)
        if known is None:
            if not reply.answer:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            break
        if wanted in known:
            reply.answer.append(_rrset(name, wanted, known[wanted]))
            break
        if "CNAME" not in known:
            break
        reply.answer.append(_rrset(name, "CNAME", known["CNAME"]))
        name = known["CNAME"][0].rstrip(".").lower()
    return reply


def _rrset(name: str, kind: str, values: list[str]) -> dns.rrset.RRset:
    texts = [_in_pieces(value) for value in values] if kind == "TXT" else values
    texts = [f"{text.rstrip('.')}." for text in texts] if kind == "CNAME" else texts
    return dns.rrset.from_text(dns.name.from_text(name), 60, "IN", kind, *texts)


def _in_pieces(value: str) -> str:
    escaped = [
        value[start : start + 200].replace("\\", "\\\\").replace('"', '\\"') for start in range(0, len(value), 200)
    ]
    return " ".join(f'"{piece}"' for piece in escaped or [""])


def _misbehaving(query: dns.message.Message, fault: Fault) -> bytes | None:
    if fault == "silence":
        return None
    if fault == "garbage":
        return b"\x00\x01 this is no message"
    reply = dns.message.make_response(query)
    if fault in ("servfail", "refused"):
        reply.set_rcode(dns.rcode.SERVFAIL if fault == "servfail" else dns.rcode.REFUSED)
    if fault == "wrong_id":
        reply.id = (query.id + 1) % 65_536
    if fault == "truncated":  # and nobody listens for TCP
        reply.flags |= dns.flags.TC
    return reply.to_wire()
