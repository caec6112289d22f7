"""The process behind ``deaths``: ``python -m tests.faults.forking <company's address>``, one wish on each line."""

import json
import os
import signal
import sys
import time
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import django


def main() -> None:
    """Import everything, then fork a worker for every line until there are no more."""
    django.setup()
    import pytest
    from celery import current_app
    from django.conf import settings
    from django.db import connection

    from tests.simulators.keys import read_once

    host = sys.argv[1]
    settings.LINLI_PAYMENT_HOSTS = {"wechat": host, "wechat_login": host, "alipay": "", "stripe": ""}
    current_app.loader.import_default_modules()
    with pytest.MonkeyPatch.context() as patched:
        read_once(patched)
        for line in sys.stdin:
            wish = json.loads(line)
            if not (wish["at"] or wish["after"]):
                _work(wish)  # unharmed, here: what is read once is read now
                connection.close()
                _say(killed=False)
                continue
            child = os.fork()
            if not child:
                _live_and_die(wish)
            if wish["after"]:
                time.sleep(wish["after"])
                os.kill(child, signal.SIGKILL)
            _pid, status = os.waitpid(child, 0)
            is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            _say(killed=is_killed, trouble="" if is_killed else os.WEXITSTATUS(status))


def _say(*, killed: bool, trouble: Any = "") -> None:
    print(json.dumps({"killed": killed, "trouble": trouble}), flush=True)  # noqa: T201 - the test reads it


def _live_and_die(wish: dict[str, Any]) -> None:
    code = 1
    try:
        if wish["at"]:
            _die_at(wish["at"])
        _work(wish)
        code = 0
    except BaseException as trouble:
        print(repr(trouble), file=sys.stderr, flush=True)  # noqa: T201 - the only way out of a fork
    finally:
        os._exit(code)


def _die_at(number: int) -> None:
    """Count statements, and each commit twice: before it is sent and after it was heard of."""
    from django.db import connection

    left, commit = number, connection._commit  # type: ignore[attr-defined]

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        count()
        return execute(sql, params, many, context)

    def counted_commit() -> None:
        count()
        commit()
        count()

    connection.execute_wrappers.append(statement)
    connection._commit = counted_commit  # type: ignore[attr-defined]


def _work(wish: dict[str, Any]) -> None:
    from django.test import Client

    from kit import clock
    from kit.tenancy import in_store
    from tenants.members.models import Member
    from tenants.sales.services.start_payment import start_payment
    from tenants.sales.services.watch_payments import watch_payments
    from tests.stores import store_ref

    now = datetime.fromisoformat(wish["now"])
    with clock.at(now):
        if wish["story"] == "hear":
            client = Client(headers={"host": "acme.linli.test"})
            body, headers = b64decode(wish["body"]), wish["headers"]
            answer = client.post(wish["path"], body, content_type="application/json", headers=headers)
            assert answer.status_code == 200, answer.content
            return
        with in_store(store_ref("acme")):
            if wish["story"] == "pay":
                member = Member.objects.get(pk=UUID(wish["member"]))
                asked = {"order_id": UUID(wish["order"]), "member": member, "key": wish["key"]}
                start_payment(**asked, method="wechat_native", now=now)
            else:
                watch_payments(now=now)


if __name__ == "__main__":
    main()
