"""A process that provisions and may die at it: forks for every life that its parent asks for, and says how it ended.

Reads lines of JSON ``{"at": 17, "slug": "shop-17", "target": 3}`` from its parent; answers each with
``{"status": -9}`` or ``{"status": 0, "steps": [...]}``. A fork is a process of its own with connections of its own.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django


def main() -> None:
    """Serve lives until the parent closes the line."""
    django.setup()
    for line in sys.stdin:
        print(json.dumps(_live(json.loads(line))), flush=True)  # noqa: T201 - the answer to the parent


def _live(asked: dict[str, Any]) -> dict[str, Any]:
    said, says = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(said)
        _provision(asked)
        from tests.control.provisioning.mortal.base import fate

        with os.fdopen(says, "w") as line:
            json.dump(fate.steps, line)
        os._exit(0)
    os.close(says)
    with os.fdopen(said) as line:
        steps = json.loads(line.read() or "[]")
    _pid, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "steps": steps}


def _provision(asked: dict[str, Any]) -> None:
    from control.provisioning import tasks
    from control.provisioning.services.fill_pool import fill_pool
    from control.signup.services.sign_up import SignUp, sign_up
    from kit.tenancy import in_control
    from tests.control.provisioning.mortal.base import fate
    from tests.database import BORN

    setattr(tasks, "TARGET", asked["target"])  # noqa: B010 - a test's hand in the module: what sign-up's own refill goes up to
    fate.at = asked["at"]
    now = BORN + timedelta(days=2)
    fill_pool(target=asked["target"], now=now)
    with in_control():
        sign_up(
            asked=SignUp(
                phone=asked["phone"],
                code="246810",
                email=f"{asked['slug']}@example.com",
                password="green-leaf-88",
                store_name=f"店 {asked['slug']}",
                slug=asked["slug"],
                accepted_terms=True,
            ),
            now=now,
        )


if __name__ == "__main__":
    main()
