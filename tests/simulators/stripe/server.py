"""Sockets and headers: the HTTP face of the fake."""

import json
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.simulators.stripe.api import Answer, begin_idempotent, check_request, new_request_id, remember, run_request
from tests.simulators.stripe.clock import Clock
from tests.simulators.stripe.control import Control, shown
from tests.simulators.stripe.faults import Fault, Faults
from tests.simulators.stripe.hosted import Hosted
from tests.simulators.stripe.store import API_VERSION, Store, public
from tests.simulators.stripe.webhooks import Webhooks
from tests.simulators.stripe.wire import ApiError, Obj, decode_form, decode_upload

SAVE_EVERY_SECONDS = 0.3
LARGEST_BODY = 16_000_000  # a form is small, a file is not
BEFORE_EFFECT = {
    "500": (500, {"error": {"type": "api_error", "message": "An unknown error occurred"}}),
    "429": (
        429,
        {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded."}},
    ),
}


class StripeFake:
    """The whole thing, ready to start on a port of 127.0.0.1 (0 picks a free one)."""

    def __init__(
        self,
        *,
        port: int = 0,
        webhook_url: str = "",
        webhook_secret: str = "",
        state_file: Path | None = None,
        public_url: str = "",
        quiet: bool = True,
    ) -> None:
        self.server = Server(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.store = Store(clock=Clock(), public_url=public_url or self.url, state_file=state_file)
        self.store.load()
        self.faults = Faults()
        self.webhooks = Webhooks(self.store, url=webhook_url, secret=webhook_secret)
        self.control = Control(self.store, self.faults, self.webhooks)
        self.hosted = Hosted(self.store)
        self.quiet = quiet
        self.server.fake = self
        self.stopped = threading.Event()
        self.threads = [
            threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True),
            threading.Thread(target=self.keep_state, daemon=True),
        ]

    def start(self) -> None:
        """This function will begin to answer, and return at once."""
        self.webhooks.start()
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """This function will stop answering and write the state a last time."""
        self.faults.stopping.set()
        self.webhooks.stop()
        self.server.shutdown()
        self.server.server_close()
        self.stopped.set()
        self.store.changed.set()
        self.threads[1].join(timeout=5)
        self.store.save()

    def keep_state(self) -> None:
        while not self.stopped.is_set():
            self.store.changed.wait()
            self.store.changed.clear()
            self.store.save()
            self.stopped.wait(SAVE_EVERY_SECONDS)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    fake: StripeFake

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the game; anything else is a bug to see."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # one small write per answer: without this each waits 40 ms for an acknowledgement
    disable_nagle_algorithm = True
    wbufsize = -1

    server: Server

    def do_GET(self) -> None:
        self.serve("GET")

    def do_POST(self) -> None:
        self.serve("POST")

    def do_DELETE(self) -> None:
        self.serve("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        if not self.server.fake.quiet:
            super().log_message(format, *args)

    def serve(self, method: str) -> None:
        try:
            self.route(method)
        except ApiError as error:  # a form or a header so broken that nobody below could read it
            self.close_connection = True
            self.send_json(error.status, {"error": public(error.body)})

    def route(self, method: str) -> None:
        parts = urlsplit(self.path)
        told = self.headers.get("Content-Length") or "0"
        if not told.isdigit():
            raise ApiError(400, "Invalid Content-Length.")
        length = int(told)
        if length > LARGEST_BODY:
            raise ApiError(413, "Request too large.")
        raw = self.rfile.read(length)
        kind = self.headers.get("Content-Type") or ""
        is_upload = kind.startswith("multipart/form-data")
        body = decode_upload(raw, kind) if is_upload else raw.decode("utf-8", "replace")
        if parts.path.startswith("/_control"):
            self.serve_control(method, parts.path, body)
        elif parts.path.startswith("/v1/"):
            self.serve_api(method, parts.path.rstrip("/"), body if method == "POST" else parts.query)
        else:
            accepts = self.headers.get("Accept-Language") or ""
            page = self.server.fake.hosted.answer(
                method, parts.path, decode_form(parts.query), decode_form(body), accepts
            )
            self.send(page.status, page.html.encode(), "text/html; charset=utf-8", page.headers)

    def serve_control(self, method: str, path: str, body: str) -> None:
        try:
            given = json.loads(body or "{}")
            if not isinstance(given, dict):
                raise ApiError(400, "Send a JSON object.")
            self.send_json(200, shown(self.server.fake.control.answer(method, path, given)))
        except ApiError as error:
            self.send_json(error.status, {"error": public(error.body)})
        except (ValueError, TypeError, KeyError) as error:
            self.send_json(400, {"error": {"type": "invalid_request_error", "message": str(error)}})

    def serve_api(self, method: str, path: str, form: str) -> None:
        fake, request_id = self.server.fake, new_request_id()
        entry: Obj = {
            "id": request_id,
            "at": fake.store.now(),
            "method": method,
            "path": path,
            "idempotency_key": self.headers.get("Idempotency-Key"),
            "version": self.headers.get("Stripe-Version"),
            "status": None,
        }
        fake.store.log.append(entry)
        fault = fake.faults.take(method, path)
        entry["fault"] = fault.kind if fault else None
        if fault and self.fail_before_effect(fault, entry):
            return
        try:
            answer = self.answer_api(method, path, form, request_id=request_id, entry=entry, fault=fault)
        except ApiError as error:
            answer = Answer(error.status, {"error": public(error.body)})
        if fault and self.fail_after_effect(fault, entry):
            return
        entry["status"] = answer.status
        headers = {"Request-Id": request_id, "Stripe-Version": entry["version"] or API_VERSION}
        if entry["idempotency_key"]:
            headers["Idempotency-Key"] = entry["idempotency_key"]
        if answer.replayed:
            headers["Idempotent-Replayed"] = "true"
        if "error" in answer.body:
            answer.body["error"].setdefault("request_log_url", f"{fake.url}/_control/requests")
        self.send_json(answer.status, answer.body, headers)

    def answer_api(
        self, method: str, path: str, form: str, *, request_id: str, entry: Obj, fault: Fault | None
    ) -> Answer:
        store = self.server.fake.store
        self.check_key()
        given = decode_form(form)
        entry["params"] = hide_cards(given)
        run, params, refs = check_request(method, path, given)
        key = self.headers.get("Idempotency-Key") if method == "POST" else None
        if key is None:
            return run_request(store, run, params, refs, request_id=request_id, key=None)
        saved = begin_idempotent(store, key, method=method, path=path, params=given)
        if saved is not None:
            entry["replayed"] = True
            return saved
        try:
            if fault and fault.kind == "slow":
                self.server.fake.faults.wait(fault.seconds)
            answer = run_request(store, run, params, refs, request_id=request_id, key=key)
            kept = Answer(*BEFORE_EFFECT["500"]) if fault and fault.kind == "500_saved" else answer
            remember(store, key, kept, method=method, path=path, params=given)
            return answer
        finally:
            with store.lock:
                store.keys_in_use.discard(key)

    def check_key(self) -> None:
        kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
        if kind != "Bearer" or not token:
            raise ApiError(
                401,
                "You did not provide an API key. You need to provide your API key in the Authorization header, "
                "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            )
        if not token.startswith(("sk_test_", "rk_test_")):
            raise ApiError(401, f"Invalid API Key provided: {token[:8]}****", code="api_key_invalid")

    def fail_before_effect(self, fault: Fault, entry: Obj) -> bool:
        if fault.kind in BEFORE_EFFECT:
            status, body = BEFORE_EFFECT[fault.kind]
            entry["status"] = status
            self.send_json(status, body, {"Request-Id": entry["id"]})
        elif fault.kind == "502_html":
            entry["status"] = 502
            self.send(502, b"<html><body>Bad Gateway</body></html>", "text/html")
        elif fault.kind == "hang":
            self.server.fake.faults.wait(fault.seconds)
            self.close_connection = True
        elif fault.kind == "reset":
            self.reset_connection()
        else:
            return False
        return True

    def fail_after_effect(self, fault: Fault, entry: Obj) -> bool:
        if fault.kind in ("500_after_effect", "500_saved"):
            status, body = BEFORE_EFFECT["500"]
            entry["status"] = status
            self.send_json(status, body, {"Request-Id": entry["id"]})
        elif fault.kind == "hang_after_effect":
            self.server.fake.faults.wait(fault.seconds)
            self.close_connection = True
        elif fault.kind == "reset_after_effect":
            self.reset_connection()
        else:
            return False
        return True

    def reset_connection(self) -> None:
        # linger 0 makes close() send RST instead of FIN
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def send_json(self, status: int, body: Obj, headers: dict[str, str] | None = None) -> None:
        text = json.dumps(body, indent=2, ensure_ascii=False).encode()
        self.send(status, text, "application/json", headers)

    def send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def hide_cards(given: Obj) -> Obj:
    """This function will copy the parameters for the log without what is printed on a card."""
    copied: Obj = json.loads(json.dumps(given))
    for name in ("number", "cvc"):
        if isinstance(copied.get("card"), dict) and name in copied["card"]:
            copied["card"][name] = "****"
    return copied


def wait_forever(fake: StripeFake) -> None:
    """This function will serve until it is interrupted, then leave everything written down."""
    fake.start()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass
    finally:
        fake.stop()
